// Why a gateway did not take a step of teaching, in words.
import type { TextKey } from '../text/dictionary.ts'

const refusalKeys: Readonly<Record<string, TextKey>> = {
  'teach.state': 'teach.wrongState',
  'frame.expired': 'teach.expired',
  'event.not-correctable': 'teach.expired',
  'gateway.offline': 'teach.offline',
  'gateway.no-answer': 'teach.noAnswer',
  'driver.timeout': 'teach.noFrame',
  'driver.connection': 'teach.noFrame',
  'model.invalid': 'teach.invalid',
}

/** `code` as in docs/errors.md; undefined: the hub was not reached. */
export function refusalKey(code: string | undefined): TextKey {
  return refusalKeys[code ?? ''] ?? 'teach.refused'
}
