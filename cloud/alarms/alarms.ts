// Alarms, put together: the rules' engine, the book of alarms, maintenance windows and what they are kept in.
import type { Registry } from 'prom-client'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { LatestValues } from '../ingest/latest-values.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { NoticeSink } from '../notifications/notice.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { SeriesDirectory } from '../registry/series-directory.ts'
import { type Alarm, tenantOf } from './alarm.ts'
import { AlarmBook } from './alarm-book.ts'
import { AlarmEngine } from './alarm-engine.ts'
import { defaultAlarmDays, startAlarmRetention } from './alarm-retention.ts'
import { openAlarmStorage } from './alarm-storage.ts'
import { MaintenanceWindows } from './maintenance-windows.ts'
import { RuleBook } from './rules/rule-book.ts'
import type { AlarmRule } from './rules/rule.ts'

export interface AlarmsDependencies {
  /** Those of the hub's file; what tenants have written is in the database. */
  readonly rules: readonly AlarmRule[]
  /** How long closed alarms are kept. */
  readonly alarmDays?: number | undefined
  /** Who tells people. Absent: nobody is told. */
  readonly notices?: NoticeSink | undefined
  readonly database: HubDatabase
  readonly catalogue: SeriesCatalogue
  readonly latest: LatestValues
  readonly directory: SeriesDirectory
  readonly registry: GatewayRegistry
  readonly clock: Clock
  readonly log: Log
}

export interface Alarms {
  readonly engine: AlarmEngine
  readonly rules: RuleBook
  readonly book: AlarmBook
  readonly windows: MaintenanceWindows
  readonly metrics: Registry
  /** The last alarms are written. */
  stop(): Promise<void>
}

const nobody: NoticeSink = { take: () => undefined, flush: () => Promise.resolve() }

/** Takes up where the last run stopped, and watches from then on. */
export async function openAlarms(dependencies: AlarmsDependencies): Promise<Alarms> {
  const { rules: fileRules, alarmDays = defaultAlarmDays, notices = nobody, database, clock, log } = dependencies
  const { catalogue, latest, directory, registry } = dependencies
  const storage = openAlarmStorage({ database, beforeWrite: () => notices.flush(), clock, log })
  const windows = new MaintenanceWindows({ database, clock })
  await windows.restore()
  const rules = new RuleBook({ database, fileRules, clock, log })
  await rules.restore()
  const hidingRules = (alarm: Alarm) => rules.hidingRules(tenantOf(alarm), alarm.rule)
  const book = new AlarmBook({ storage, windows, registry, notices, hidingRules, clock })
  const engine = new AlarmEngine({
    rules: rules.inForce(),
    storage,
    book,
    catalogue,
    latest,
    directory,
    registry,
    clock,
    log,
  })
  await engine.restore()
  registry.onChange((gateway, { described }) => {
    if (!described) return
    directory.forget(gateway.id)
    engine.described(gateway.id)
  })
  rules.onChange((change) => engine.changeRules(change))
  engine.start()
  const retention = startAlarmRetention({ storage, days: alarmDays, clock, log })
  return {
    engine,
    rules,
    book,
    windows,
    metrics: retention.metrics,
    async stop() {
      await retention.stop()
      await engine.stop()
    },
  }
}
