// Commands to gateways with all that belongs to them: the audit, the files that come back, and logs that are followed.
import type { Registry } from 'prom-client'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { GatewayRoutes } from '../http/gateway-server.ts'
import type { IncomingMessage } from '../ingest/message.ts'
import type { GatewayRecord } from '../registry/gateway-registry.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { type CommandFiles, openCommandFiles } from './command-files.ts'
import { type CommandJournal, openCommandJournal } from './command-journal.ts'
import { type Commands, createCommands } from './commands.ts'
import { createLogFollow, type LogFollow } from './log-follow.ts'

export interface GatewayCare {
  readonly commands: Commands
  readonly journal: CommandJournal
  readonly files: CommandFiles
  readonly logs: LogFollow
  readonly metrics: Registry
  /** For the HTTPS listener of the gateways. */
  readonly routes: GatewayRoutes
  /** True where the message is an answer or a log, and nobody else's business. */
  take(message: IncomingMessage): boolean
  stop(): Promise<void>
}

const dayMs = 86_400_000
const fileDays = 30
const journalDays = 400
const forgetEveryMs = 3_600_000

export async function openGatewayCare(
  { folder, database }: { readonly folder: string; readonly database: HubDatabase },
  ports: {
    readonly gateways: { get(id: string): Pick<GatewayRecord, 'state'> | undefined }
    readonly publish: (topic: string, payload: Uint8Array) => void
    readonly clock: Clock
    readonly log: Log
  },
): Promise<GatewayCare> {
  const { clock, log } = ports
  const journal = await openCommandJournal(database)
  const commands = createCommands({ ...ports, journal })
  const files = await openCommandFiles(folder, (id, gateway) => commands.isAwaited(id, gateway))
  const logs = createLogFollow({ commands, clock, log: log.child({ part: 'logs' }) })
  let forgetting = Promise.resolve()
  const forget = async (): Promise<void> => {
    try {
      await files.forget(clock.now() - fileDays * dayMs)
      await journal.forget(clock.now() - journalDays * dayMs)
    } catch (thrown) {
      log.warn({ err: thrown }, 'old commands could not be forgotten; it is tried again in an hour')
    }
    timer = clock.setTimer(begin, forgetEveryMs)
  }
  const begin = (): void => void (forgetting = forget())
  let timer = clock.setTimer(begin, forgetEveryMs)
  return {
    commands,
    journal,
    files,
    logs,
    metrics: commands.metrics,
    routes: files.routes,
    take: (message) => commands.take(message) || logs.take(message),
    async stop() {
      logs.stop()
      await commands.stop()
      await forgetting
      timer.cancel()
    },
  }
}
