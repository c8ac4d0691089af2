// Notification with a real database in a temporary folder and a clock that a test moves.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../broker/contract/ports.ts'
import { defaultRetries } from '../../cloud/notifications/backoff.ts'
import type { AlarmState } from '../../cloud/notifications/escalations.ts'
import type { Recipient } from '../../cloud/notifications/notice.ts'
import type { NotificationSettings } from '../../cloud/notifications/notification-settings.ts'
import {
  type NotificationDependencies,
  type Notifications,
  openNotifications,
} from '../../cloud/notifications/notifications.ts'
import { defaultPreferences, type Preferences } from '../../cloud/notifications/preferences.ts'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

/** Monday, a holiday, 14:05:10 in Tokyo. */
export const startMs = Date.parse('2026-11-23T05:05:10Z')

export const noSettings: NotificationSettings = {
  publicUrl: 'https://hub.example.jp',
  email: undefined,
  push: undefined,
  line: undefined,
  webhooks: [],
  mqtt: false,
  systems: [],
  allowAddresses: ['127.0.0.0/8'],
  allowHttp: true,
  ca: undefined,
  rate: { burst: 100, perMinute: 100 },
  retries: defaultRetries,
  sendTimeoutMs: 30_000,
  logDays: 90,
  contacts: [],
}

export function person(id: string, change: Partial<Recipient> = {}): Recipient {
  const tenants = [{ tenant: 'kimitsu', role: 'operator' }]
  return { id, name: id, language: 'ja', email: `${id}@example.jp`, tenants, ...change }
}

export interface RunningNotifications {
  readonly notifications: Notifications
  readonly database: HubDatabase
  readonly clock: ManualClock
  /** States of alarms, as the life cycle would say; what is absent lasts and nobody has seen it. */
  readonly alarms: Map<string, AlarmState | undefined>
  prefer(person: Recipient, change: Partial<Preferences>): Promise<void>
  /** Rows of the queue in the order of their making. */
  rows(): Promise<readonly Row[]>
  stop(): Promise<void>
}

type Row = Awaited<ReturnType<Notifications['deliveries']['newest']>>[number]

export async function temporaryFolder(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-notifications-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

export async function runNotifications(
  folder: string,
  given: {
    readonly settings?: Partial<NotificationSettings>
    readonly people?: readonly Recipient[]
    readonly clock?: ManualClock
    readonly publish?: NotificationDependencies['publish'] | undefined
    /** A `postgres://` URL instead of a file. */
    readonly place?: string
  } = {},
): Promise<RunningNotifications> {
  const clock = given.clock ?? manualClock(startMs)
  const database = await openHubDatabase(given.place ?? join(folder, 'hub.sqlite'))
  const alarms = new Map<string, AlarmState | undefined>()
  const lasting: AlarmState = {
    acknowledgedMs: undefined,
    clearedMs: undefined,
    suppressions: [],
    told: 'raised',
    storm: undefined,
  }
  const notifications = await openNotifications(
    { ...noSettings, ...given.settings },
    {
      database,
      folder,
      recipients: () => given.people ?? [],
      alarmOf: (id) => Promise.resolve(alarms.has(id) ? alarms.get(id) : lasting),
      siteKindOf: () => 'paddy',
      unitOf: () => 'm',
      publish: given.publish,
      random: () => 1,
      clock,
      log: silentLog,
    },
  )
  await notifications.start()
  return {
    notifications,
    database,
    clock,
    alarms,
    prefer: (recipient, change) =>
      notifications.persons.savePreferences(recipient.id, { ...defaultPreferences(recipient), ...change }),
    rows: async () => (await notifications.deliveries.newest({ limit: 10_000 })).toReversed(),
    async stop() {
      await notifications.stop()
      await database.destroy()
    },
  }
}
