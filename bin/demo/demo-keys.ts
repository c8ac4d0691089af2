// What the keys of the demo do.
import { type createFaultDesk, faultTitles, type FaultKey } from './fault-desk.ts'

interface KeyTargets {
  readonly desk: ReturnType<typeof createFaultDesk>
  readonly say: (line: string) => void
  readonly stop: () => void
}

const controlC = '\u0003'

/** A key that means nothing does nothing. */
export function press(key: string, { desk, say, stop }: KeyTargets): void {
  if (key === 'q' || key === controlC) stop()
  else if (key === 'h' || key === '?') say(helpText())
  else if (key in faultTitles) desk.press(key as FaultKey)
}

function helpText(): string {
  const keys = Object.entries(faultTitles).map(([key, title]) => `  ${key}  ${title}; again: repaired`)
  return ['keys:', ...keys, '  h  this help', '  q  quit'].join('\n')
}
