// Joins notification to the rest of a hub: its people, its alarms, what it knows of places and units.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { AlarmBook } from '../alarms/alarm-book.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { People } from '../people/people.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { SeriesDirectory } from '../registry/series-directory.ts'
import type { AlarmState } from './escalations.ts'
import type { Recipient } from './notice.ts'
import { noNotifications, type NotificationSettings } from './notification-settings.ts'
import { type Notifications, openNotifications } from './notifications.ts'

export interface HubNotificationOptions {
  /** Absent: notices are kept, and nobody is told. */
  readonly notifications?: {
    readonly settings: NotificationSettings
    /** Where the push keys are kept. */
    readonly folder: string
  }
  /** Publishes at QoS 1, and resolves when the broker has it. Absent: alarms are not told by MQTT. */
  readonly announce?: (topic: string, payload: Uint8Array) => Promise<void>
}

export async function openHubNotifications(
  { notifications: given, announce, clock, log }: HubNotificationOptions & { readonly clock: Clock; readonly log: Log },
  parts: {
    readonly database: HubDatabase
    readonly people: People
    /** Not asked before the start. */
    readonly bookOf: () => Pick<AlarmBook, 'leadOf'>
    readonly catalogue: SeriesCatalogue
    readonly directory: SeriesDirectory
    readonly registry: GatewayRegistry
  },
  stops: (() => Promise<void> | void)[],
): Promise<Notifications> {
  const { database, people, bookOf, catalogue, directory, registry } = parts
  const settings = given?.settings ?? noNotifications
  const notifications = await openNotifications(settings, {
    database,
    folder: given?.folder ?? '.',
    recipients: () => (people.isEmpty ? settings.contacts : recipientsOf(people)),
    alarmOf: (id) => alarmOf(bookOf(), id),
    siteKindOf(site) {
      const [tenant = '', gateway = '', ...rest] = site.split('/')
      return registry.get(`${tenant}/${gateway}`)?.sites.get(rest.join('/'))?.kind
    },
    unitOf(series) {
      const id = catalogue.id(series)
      return id === undefined ? undefined : directory.facts(id).unit
    },
    publish: announce,
    clock,
    log,
  })
  stops.push(() => notifications.stop())
  return notifications
}

/** Who may not sign in any more is told nothing. */
function recipientsOf(people: People): readonly Recipient[] {
  return people
    .persons()
    .filter(({ suspendedMs }) => suspendedMs === undefined)
    .map(({ id, name, language, email, memberships }) => ({ id, name, language, email, tenants: memberships }))
}

async function alarmOf(book: Pick<AlarmBook, 'leadOf'>, id: string): Promise<AlarmState | undefined> {
  try {
    return await book.leadOf(id)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'not-found') return undefined
    throw thrown
  }
}
