// Sends this program's log to the hub while somebody there follows it, and ends by itself.
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { LogLines } from '../../broker/contract/log-lines.ts'
import { logLimits } from '../../broker/contract/log-limits.ts'
import type { Clock, Timer } from '../../broker/contract/ports.ts'
import type { LogTail } from './log-tail.ts'
import { withoutSecrets } from './masked.ts'

export interface LogStream {
  /** The last lines and every further one, without `secrets`, for so long; 0 ends it. Anew: the earlier one ends unannounced. */
  follow(seconds: number, secrets: readonly string[]): void
  stop(): void
}

const sendEveryMs = 200
/** Of the lines before the stream began. */
const linesBefore = 30

export function createLogStream(ports: {
  readonly tail: LogTail
  /** False: there is no connection; the lines are lost and counted. */
  readonly publish: (payload: Uint8Array) => boolean
  readonly clock: Clock
}): LogStream {
  const { tail, publish, clock } = ports
  /** Bound: logLimits.lines until the next message. Overflow: further lines are left out, counted in `dropped`. */
  let waiting: string[] = []
  let dropped = 0
  let sending: Timer | undefined
  let ending: Timer | undefined
  let unfollow: (() => void) | undefined
  let secrets: readonly string[] = []

  function take(line: string): void {
    if (waiting.length >= logLimits.lines) dropped += 1
    else waiting.push(withoutSecrets(line, secrets).slice(0, logLimits.line))
    sending ??= clock.setTimer(() => send(false), sendEveryMs)
  }

  function send(ended: boolean): void {
    sending?.cancel()
    sending = undefined
    const document: LogLines = { v: 1, lines: waiting, dropped, ended }
    const isSent = publish(encodeDocument(document))
    dropped = isSent ? 0 : dropped + waiting.length
    waiting = []
  }

  function end(): void {
    ending?.cancel()
    ending = undefined
    sending?.cancel()
    sending = undefined
    unfollow?.()
    unfollow = undefined
  }

  return {
    follow(seconds, unsaid) {
      const wasFollowed = unfollow !== undefined
      end()
      secrets = unsaid
      if (seconds === 0) {
        if (wasFollowed) send(true)
        return
      }
      ;[waiting, dropped] = [[], 0]
      for (const line of tail.last().slice(-linesBefore)) take(line)
      unfollow = tail.follow(take)
      ending = clock.setTimer(() => {
        end()
        send(true)
      }, seconds * 1000)
    },
    stop: end,
  }
}
