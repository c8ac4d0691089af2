// Following a gateway's log: asks the gateway for it while somebody looks, and hands each line to who looks.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { LogLines } from '../../broker/contract/log-lines.ts'
import type { Log } from '../../broker/contract/ports.ts'
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

/** Bound: readers of one gateway's log. Overflow: one more is refused. Owner: this. */
const mostReaders = 5

export function createLogFollow(ports: { readonly commands: Pick<Commands, 'send'>; readonly log: Log }): LogFollow {
  const { commands, log } = ports
  const readers = new Map<string, Set<LogReader>>()

  function leave(gateway: string, reader: LogReader): void {
    const all = readers.get(gateway)
    if (all?.delete(reader) !== true || all.size > 0) return
    readers.delete(gateway)
    const over = { gateway, kind: 'log', arguments: { seconds: 0 } }
    // It would end by itself; a gateway that is gone cannot be told.
    commands.send(over).catch((thrown: unknown) => log.debug({ gateway, err: thrown }, 'a log goes on unread'))
  }

  return {
    async follow({ gateway, seconds, by, remote, reader }) {
      const all = readers.get(gateway) ?? new Set()
      if (all.size >= mostReaders) {
        throw new AppError('command.busy', `${mostReaders} people follow the log of ${gateway} already`)
      }
      readers.set(gateway, all.add(reader))
      try {
        await commands.send({ gateway, kind: 'log', arguments: { seconds }, by, remote })
      } catch (thrown) {
        all.delete(reader)
        if (all.size === 0) readers.delete(gateway)
        throw thrown
      }
      return () => leave(gateway, reader)
    },
    take({ topic, payload }) {
      if (!topic.endsWith('/log')) return false
      const parsed = parseTopic(topic)
      if (parsed?.kind !== 'log') return false
      const gateway = gatewayKey(parsed.identity)
      const all = [...(readers.get(gateway) ?? [])]
      if (all.length === 0) return true
      try {
        const document = decodeDocument(LogLines, payload)
        for (const reader of all) reader.lines(document)
        if (!document.ended) return true
        readers.delete(gateway)
        for (const reader of all) reader.end()
      } catch (thrown) {
        const { code, message } = toAppError(thrown, 'payload.malformed')
        log.warn({ gateway, code, reason: message }, 'a part of a log is refused')
      }
      return true
    },
    stop() {
      for (const all of readers.values()) for (const reader of all) reader.end()
      readers.clear()
    },
  }
}
