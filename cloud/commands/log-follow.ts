// Following a gateway's log: asks the gateway for it while somebody looks, and hands each line to who looks.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { LogLines } from '../../broker/contract/log-lines.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { gatewayKey, parseTopic } from '../../broker/contract/topics.ts'
import type { IncomingMessage } from '../ingest/message.ts'
import type { Commands } from './commands.ts'

interface LogReader {
  lines(document: LogLines): void
  /** Nothing follows. */
  end(): void
}

export interface LogFollow {
  /** Resolves when the gateway has begun; what is returned ends it. Throws as Commands.send, and `command.busy`. */
  follow(request: {
    readonly gateway: string
    readonly seconds: number
    readonly by: string
    readonly remote: string
    readonly reader: LogReader
  }): Promise<() => void>
  /** True where the message is a part of a log and nobody else's business. */
  take(message: IncomingMessage): boolean
  stop(): void
}

interface Following {
  /** Monotonic ms at which the time that it asked for is over. */
  readonly endAtMs: number
  readonly timer: Timer | undefined
}

/** Bound: readers of one gateway's log. Overflow: one more is refused. Owner: this. */
const mostReaders = 5
/** The gateway says itself that the time is over; one that was started anew or has gone does not. */
const graceMs = 10_000

export function createLogFollow(ports: {
  readonly commands: Pick<Commands, 'send'>
  readonly clock: Clock
  readonly log: Log
}): LogFollow {
  const { commands, clock, log } = ports
  const readers = new Map<string, Map<LogReader, Following>>()

  /** False: it had left already. */
  function removed(gateway: string, reader: LogReader): boolean {
    const all = readers.get(gateway)
    all?.get(reader)?.timer?.cancel()
    if (all?.delete(reader) !== true) return false
    if (all.size === 0) readers.delete(gateway)
    return true
  }

  function leave(gateway: string, reader: LogReader): void {
    if (!removed(gateway, reader) || readers.has(gateway)) return
    const over = { gateway, kind: 'log', arguments: { seconds: 0 } }
    // It would end by itself; a gateway that is gone cannot be told.
    commands.send(over).catch((thrown: unknown) => log.debug({ gateway, err: thrown }, 'a log goes on unread'))
  }

  return {
    async follow({ gateway, seconds, by, remote, reader }) {
      const all = readers.get(gateway) ?? new Map<LogReader, Following>()
      if (all.size >= mostReaders) {
        throw new AppError('command.busy', `${mostReaders} people follow the log of ${gateway} already`)
      }
      const endAtMs = clock.monotonic() + seconds * 1000
      readers.set(gateway, all.set(reader, { endAtMs, timer: undefined }))
      try {
        // A gateway has one time for all: nobody who came before is cut off by who looks for a shorter one.
        const longestMs = Math.max(...[...all.values()].map((other) => other.endAtMs)) - clock.monotonic()
        await commands.send({ gateway, kind: 'log', arguments: { seconds: Math.ceil(longestMs / 1000) }, by, remote })
      } catch (thrown) {
        removed(gateway, reader)
        throw thrown
      }
      const over = (): void => {
        if (removed(gateway, reader)) reader.end()
      }
      // It may have ended already.
      if (readers.get(gateway)?.has(reader) === true) {
        readers.get(gateway)?.set(reader, { endAtMs, timer: clock.setTimer(over, seconds * 1000 + graceMs) })
      }
      return () => leave(gateway, reader)
    },
    take({ topic, payload }) {
      if (!topic.endsWith('/log')) return false
      const parsed = parseTopic(topic)
      if (parsed?.kind !== 'log') return false
      const gateway = gatewayKey(parsed.identity)
      const all = [...(readers.get(gateway)?.keys() ?? [])]
      if (all.length === 0) return true
      try {
        const document = decodeDocument(LogLines, payload)
        for (const reader of all) reader.lines(document)
        if (!document.ended) return true
        for (const reader of all) if (removed(gateway, reader)) reader.end()
      } catch (thrown) {
        const { code, message } = toAppError(thrown, 'payload.malformed')
        log.warn({ gateway, code, reason: message }, 'a part of a log is refused')
      }
      return true
    },
    stop() {
      for (const [gateway, all] of readers) {
        for (const reader of all.keys()) if (removed(gateway, reader)) reader.end()
      }
    },
  }
}
