// The program that kill.test.ts kills: gives its notices, sends them, and says when every one is told.
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { defaultPreferences } from '../../cloud/notifications/preferences.ts'
import { anAlarm, aNotice } from '../../cloud/notifications/notice-fixture.ts'
import type { NotificationSettings } from '../../cloud/notifications/notification-settings.ts'
import { openNotifications } from '../../cloud/notifications/notifications.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { until } from './manual-clock.ts'
import { noSettings, person } from './running-notifications.ts'

const { folder, settings, notices } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly folder: string
  readonly settings: {
    readonly email: NotificationSettings['email']
    readonly line: string
    readonly hook: string
    readonly secret: string
  }
  readonly notices: number
}

const sato = person('sato')
const database = await openHubDatabase(`${folder}/hub.sqlite`)
const notifications = await openNotifications(
  {
    ...noSettings,
    email: settings.email,
    line: { baseUrl: settings.line, token: 't' },
    webhooks: [{ id: 'cmms', url: settings.hook, secrets: [settings.secret] }],
    systems: [{ channel: 'webhook', target: 'cmms', tenants: ['*'], severity: 'info' }],
    retries: { firstMs: 20, maxMs: 100, tries: 100 },
  },
  {
    database,
    folder,
    recipients: () => [sato],
    alarmOf: () => Promise.resolve(undefined),
    siteKindOf: () => undefined,
    unitOf: () => 'm',
    clock: systemClock,
    log: silentLog,
  },
)
await notifications.persons.saveAddress('sato', 'line', `U${'a'.repeat(32)}`)
await notifications.persons.savePreferences('sato', { ...defaultPreferences(sato), spread: 'all' })
await notifications.start()
for (let index = 0; index < notices; index += 1) {
  // Told again at each start, as the life cycle does where it cannot know whether it was told.
  notifications.sink.take(aNotice({ alarm: anAlarm({ id: `alarm-${index}` }) }))
}
await notifications.sink.flush()
const rows = await until(async () => {
  const found = await notifications.deliveries.newest({ limit: 1000 })
  const isTold = found.length === notices * 3 && found.every(({ state }) => state === 'delivered')
  return isTold ? found : undefined
}, 'the last delivery')
process.send?.(rows.map(({ id, channel, state }) => ({ id, channel, state })))
await notifications.stop()
await database.destroy()
process.disconnect()
