// What a check found: its state, what it saw, and what the person in front of the gateway should do about it.
import type { LocalizedText } from '../../broker/contract/documents.ts'

/** ok: as it should be. warn: works, but not for ever, or could not be judged. fail: the gateway does not do its work like this. */
type FindingState = 'ok' | 'warn' | 'fail'

export interface Finding {
  readonly state: FindingState
  /** Stable name of the check: `config`, `data-folder`, `clock`, `dns`, `certificate`, `hub`, `serial-port`, `device`, `camera`. */
  readonly check: string
  /** The device, port or host it is about, where there are several. */
  readonly subject?: string
  readonly seen: LocalizedText
  readonly advice?: LocalizedText
}

export function localized(ja: string, en: string): LocalizedText {
  return { ja, en }
}
