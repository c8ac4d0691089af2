// The shapes that travel between hub and screen, taken from the one place that declares them; types only, no server code.
import type { SiteKind } from '../../../../broker/contract/documents.ts'
import type { EventKind, EventState } from '../../../../broker/contract/event-limits.ts'
import type * as alarms from '../../../alarms/alarm-schemas.ts'
import type * as events from '../../../events/event-schemas.ts'
import type * as http from '../../../http/schemas.ts'

export type { SiteKind }
export type { CommandBody } from './generated/hub-client.ts'
export type { CommandItem } from '../../../commands/command-schemas.ts'
export type { GatewaySets } from '../../../deployments/deployment-schemas.ts'
export type { AdviceItem } from '../../../insights/insight-schemas.ts'
export type { ForecastItem } from '../../../insights/forecasts/forecast-schemas.ts'
export type { InstallationItem } from '../../../installations/installation-schemas.ts'
export type { AlarmItem, AlarmLogItem, MaintenanceItem } from '../../../alarms/alarm-schemas.ts'
export type { Me, PasskeyItem, SessionItem, TokenItem } from '../../../people/people-schemas.ts'
export type { PersonItem, TenantItem } from './generated/hub-client.ts'
export type {
  CalendarDayItem,
  DeliveryItem,
  MyPreferences,
  NotificationInfo,
  PolicyItem,
  RecipientItem,
  RotaItem,
} from '../../../notifications/notification-schemas.ts'
export type { EscalationBody } from '../../../notifications/escalation-policy.ts'
export type { PersonChannel, Preferences, Topic } from '../../../notifications/preferences.ts'
export type { RotaBody } from '../../../notifications/rota.ts'
export type { WorkOrderItem } from '../../../work-orders/work-order-schemas.ts'
export type { BucketedReadings, GatewayItem, StreamReading, UiSettings } from '../../../http/schemas.ts'

/** The schema builds the kinds from a list, by which their literal types are lost. */
export type LatestItem = Omit<http.LatestItem, 'siteKind'> & { readonly siteKind: SiteKind | null }
export type SiteItem = Omit<http.SiteHead, 'kind'> & { readonly kind: SiteKind }

/** As above, for kinds and states of events. */
export type EventItem = Omit<events.EventItem, 'kind' | 'state'> & {
  readonly kind: EventKind
  readonly state: EventState | null
}

export type SiteState = SiteItem['state']
export type Quality = LatestItem['quality']
export type Severity = alarms.AlarmItem['severity']
