// What a channel is: something that carries one message to one address and says what became of it.
import { oneLine } from '../texts/plain-text.ts'

/** A message in every form that a channel may want; texts are in the reader's language. */
export interface Message {
  /** One line. */
  readonly subject: string
  /** Plain text; its first line says what to do. */
  readonly text: string
  readonly html: string
  /** For a lock screen or a chat: a title of one line, and a few lines. */
  readonly short: { readonly title: string; readonly body: string }
  readonly language: 'ja' | 'en'
  readonly severity: 'critical' | 'major' | 'minor' | 'warning' | 'info'
  readonly timeMs: number
  /** What it tells is over then; undefined: nobody knows. */
  readonly expiresMs?: number | undefined
  /** Where it is shown; undefined where the hub does not know its own address. */
  readonly link: string | undefined
  /** The same for every message about one alarm or bulletin: a later one may replace an earlier one that was not read yet. */
  readonly thread: string
  /** For programs: JSON. */
  readonly document: Readonly<Record<string, unknown>>
}

/** What the other side said, kept as proof: statuses, ids, hashes; never a secret, never the message. */
export type Proof = Readonly<Record<string, string | number>>

export type SendOutcome =
  | { readonly kind: 'delivered'; readonly proof: Proof }
  | { readonly kind: 'retry-later'; readonly afterMs: number; readonly reason: string; readonly proof?: Proof }
  | { readonly kind: 'refused'; readonly permanent: true; readonly reason: string; readonly proof?: Proof }

export interface Channel {
  readonly name: string
  /** At most this many messages are under way at once. */
  readonly concurrency: number
  /**
   * `idempotencyKey` is a UUID, the same for every try of one message. `signal` ends the try. Never throws: what is not
   * known is `retry-later`; its `afterMs` is the least wait that the other side asked for, 0 for none.
   */
  send(target: string, message: Message, idempotencyKey: string, signal: AbortSignal): Promise<SendOutcome>
  close(): Promise<void>
}

/** One line of a reason for the log: no control characters, not endless. */
export function reasonOf(thrown: unknown): string {
  return oneLine(thrown instanceof Error ? thrown.message : String(thrown), 300)
}
