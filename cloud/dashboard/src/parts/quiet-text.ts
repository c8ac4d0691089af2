// Why people are not told of an alarm, in words.
import type { QuietCause } from '../city/alarm-groups.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

const keys: Readonly<Record<QuietCause, TextKey>> = {
  shelved: 'quiet.shelved',
  maintenance: 'quiet.maintenance',
  'gateway-offline': 'quiet.gateway-offline',
  'device-silent': 'quiet.device-silent',
  flapping: 'quiet.flapping',
  'same-fault': 'quiet.same-fault',
}

/** A cause that this screen does not know yet is told by its code. */
export function quietText(cause: string): string {
  const key = (keys as Readonly<Record<string, TextKey>>)[cause]
  return key === undefined ? cause : t(key)
}
