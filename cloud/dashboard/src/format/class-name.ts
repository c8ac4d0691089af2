// Names of the defects that the project's own inspection models tell apart; a class that nobody knows keeps its id.
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

const keys: Readonly<Record<string, TextKey>> = {
  bad: 'class.defect',
  defect: 'class.defect',
  anomaly: 'class.defect',
  scratch: 'class.scratch',
  dent: 'class.dent',
  stain: 'class.stain',
  blowhole: 'class.blowhole',
  break: 'class.break',
  crack: 'class.crack',
  fray: 'class.fray',
  uneven: 'class.uneven',
}

export function className(id: string): string {
  const key = keys[id]
  return key === undefined ? id : t(key)
}
