// What the cloud half of a hub is started with.
import type { Registry } from 'prom-client'
import type { Clock, Log } from '../broker/contract/ports.ts'
import type { AlarmRule } from './alarms/rules/rule.ts'
import type { BackupSettings } from './backup/backups.ts'
import type { BulletinSettings } from './bulletins/sources/source-settings.ts'
import type { EventSettings } from './events/events.ts'
import type { UiSettings } from './http/schemas.ts'
import type { ImageSettings } from './images/images.ts'
import type { PhotoLimits } from './images/photo-book.ts'
import type { IngestLimits } from './ingest/ingest.ts'
import type { InstallationSettings } from './installations/installations.ts'
import type { HubNotificationOptions } from './notifications/hub-notifications.ts'
import type { NoticeSink } from './notifications/notice.ts'
import type { OpenDataSettings } from './open-data/open-data-file.ts'
import type { PeopleSettings } from './people/hub-access.ts'
import type { HubDatabaseSettings } from './registry/hub-database.ts'
import type { RetentionClass, Store } from './store/store.ts'

/** In the order of the start; they are called in the reverse one. */
export type Stops = (() => Promise<void> | void)[]

export interface CloudOptions extends HubNotificationOptions {
  readonly store: Store
  /** The hub's own database. */
  readonly database: Pick<HubDatabaseSettings, 'place' | 'waitMs' | 'onLost'>
  /** What gateways send with the results of commands. */
  readonly commandFolder: string
  /** Photos of alarms and work orders. */
  readonly photoFolder: string
  /** Of these, and of installations. */
  readonly photoLimits?: PhotoLimits
  readonly people: PeopleSettings
  readonly rules: readonly AlarmRule[]
  readonly retention: readonly RetentionClass[]
  /** Absent: this hub publishes nothing and knows no public places. */
  readonly openData?: OpenDataSettings
  /** Which feeds of the disaster broadcast are read. Absent: none; bulletins come by the API alone. */
  readonly bulletins?: BulletinSettings
  /** How long closed alarms are kept; default 400. */
  readonly alarmDays?: number
  /** Takes the notices of alarms instead of `notifications`. */
  readonly notices?: NoticeSink
  readonly events: EventSettings
  /** Absent: this hub makes no back-ups. */
  readonly backups?: BackupSettings
  readonly http: { readonly host: string; readonly port: number }
  readonly dashboardFolder: string | undefined
  readonly tiles: UiSettings['tiles']
  /** A URI for security.txt; undefined: there is none. */
  readonly securityContact?: string | undefined
  /** Sends one message down at QoS 1; may be called before the broker is up and then does nothing. */
  readonly publish: (topic: string, payload: Uint8Array, how?: { readonly retain: boolean }) => void
  /** Registries of other parts of the process, shown on /metrics too. Asked at each scrape. */
  readonly moreMetrics: () => readonly Registry[]
  readonly limits?: IngestLimits
  /** Absent: this hub takes no images. */
  readonly images?: ImageSettings
  /** Absent: this hub takes no installations. */
  readonly installations?: InstallationSettings
  /** Where artefacts are kept. Absent: this hub rolls nothing out. */
  readonly deploymentFolder?: string
  readonly clock: Clock
  readonly log: Log
}
