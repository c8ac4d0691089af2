// How a person is told, who is on call, and what was sent, as requests to the hub.
import * as hub from './generated/hub-client.ts'
import type { SubscriptionBody } from './generated/hub-client.ts'
import type { Within } from './request-options.ts'
import type {
  CalendarDayItem,
  DeliveryItem,
  EscalationBody,
  MyPreferences,
  NotificationInfo,
  PersonChannel,
  PolicyItem,
  Preferences,
  RecipientItem,
  RotaBody,
  RotaItem,
} from './shapes.ts'

export interface DeliveryQuery {
  readonly state?: DeliveryItem['state']
  readonly channel?: string
  readonly person?: string
  readonly cursor?: string
}

export interface DeliveryPage {
  readonly items: readonly DeliveryItem[]
  readonly next: string | null
}

/** Every method rejects with HubError where the hub refuses. */
export interface NoticeApi {
  info(): Promise<NotificationInfo>
  /** Rejects with `not-found` where it is not known whose they are. */
  mine(): Promise<MyPreferences>
  save(preferences: Preferences): Promise<MyPreferences>
  browsers(): Promise<readonly { readonly id: string; readonly label: string; readonly created: number }[]>
  addBrowser(subscription: SubscriptionBody): Promise<{ readonly id: string }>
  removeBrowser(id: string): Promise<void>
  /** Null: none. */
  saveLine(address: string | null): Promise<void>
  /** Ids of what was sent; none: there is no address. */
  test(channel: PersonChannel): Promise<readonly string[]>
  myDeliveries(limit: number): Promise<DeliveryPage>
  deliveries(query: DeliveryQuery): Promise<DeliveryPage>
  sendAgain(delivery: string): Promise<void>
  /** For those who set up notification; rejects with `people.forbidden` for others. */
  recipients(): Promise<readonly RecipientItem[]>
  rotas(): Promise<readonly RotaItem[]>
  calendar(rota: RotaItem, fromMs: number, days: number): Promise<readonly CalendarDayItem[]>
  /** `seen`: the revision that it replaces, 0 for a new one; rejects with `settings.stale` where it is not the newest. */
  saveRota(tenant: string, id: string, rota: RotaBody, seen: number): Promise<RotaItem>
  removeRota(tenant: string, id: string): Promise<void>
  policies(): Promise<readonly PolicyItem[]>
  /** As `saveRota`. */
  savePolicy(tenant: string, id: string, policy: EscalationBody, seen: number): Promise<PolicyItem>
  removePolicy(tenant: string, id: string): Promise<void>
}

/** `person`: whose notices, where nobody signs in. */
export function createNoticeApi(within: Within, person: () => string | undefined): NoticeApi {
  const me = (): { readonly person?: string } => {
    const id = person()
    return id === undefined ? {} : { person: id }
  }
  return {
    info: () => hub.getNotifications(within()),
    mine: () => hub.getNotificationsPreferences(me(), within()),
    save: (preferences) => hub.putNotificationsPreferences(preferences, me(), within()),
    browsers: async () => (await hub.getNotificationsBrowsers(me(), within())).items,
    addBrowser: (subscription) => hub.postNotificationsBrowsers(subscription, me(), within()),
    async removeBrowser(id) {
      await hub.deleteNotificationsBrowsersById(id, me(), within())
    },
    async saveLine(address) {
      await hub.putNotificationsLine({ address }, me(), within())
    },
    test: async (channel) => (await hub.postNotificationsTest({ channel }, me(), within())).deliveries,
    myDeliveries: (limit) => hub.getNotificationsDeliveries({ limit, ...me() }, within()),
    deliveries: (query) => hub.getDeliveries({ limit: 50, ...query }, within()),
    async sendAgain(delivery) {
      await hub.postDeliveriesByIdRetry(delivery, within())
    },
    recipients: async () => (await hub.getRecipients(within())).items,
    rotas: async () => (await hub.getRotas(within())).items,
    calendar: async ({ tenant, id }, fromMs, days) =>
      (await hub.getRotasByTenantByIdCalendar(tenant, id, { $from: fromMs, days }, within())).items,
    saveRota: (tenant, id, rota, seen) =>
      hub.putRotasByTenantById(tenant, id, rota, { ifMatch: `"${seen}"` }, within()),
    async removeRota(tenant, id) {
      await hub.deleteRotasByTenantById(tenant, id, within())
    },
    policies: async () => (await hub.getEscalations(within())).items,
    savePolicy: (tenant, id, policy, seen) =>
      hub.putEscalationsByTenantById(tenant, id, policy, { ifMatch: `"${seen}"` }, within()),
    async removePolicy(tenant, id) {
      await hub.deleteEscalationsByTenantById(tenant, id, within())
    },
  }
}
