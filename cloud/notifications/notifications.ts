// Notification, put together: from the notices of alarms to messages that people and programs have received.
import { join } from 'node:path'
import type { Registry } from 'prom-client'
import type { SiteKind } from '../../broker/contract/documents.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { TenantScope } from '../people/principal.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { Bundles } from './bundles.ts'
import { addressGuard } from './channels/address-guard.ts'
import type { Channel } from './channels/channel.ts'
import { emailChannel } from './channels/email-channel.ts'
import { httpPoster } from './channels/http-post.ts'
import { lineChannel } from './channels/line-channel.ts'
import { mqttChannel } from './channels/mqtt-channel.ts'
import { keepVapidKeys } from './channels/vapid-keys.ts'
import { webPushChannel } from './channels/web-push-channel.ts'
import { webhookChannel } from './channels/webhook-channel.ts'
import { DeliveryLog } from './delivery-log.ts'
import { DeliveryQueue } from './delivery-queue.ts'
import { startDeliveryRetention } from './delivery-retention.ts'
import { Dispatch } from './dispatch.ts'
import { DutySettings } from './duty-settings.ts'
import { type AlarmState, Escalations } from './escalations.ts'
import { Intents } from './intents.ts'
import type { NoticeSink, Recipients } from './notice.ts'
import { NoticeInbox } from './notice-inbox.ts'
import { newCounters, notificationMetrics } from './notification-counters.ts'
import type { NotificationSettings } from './notification-settings.ts'
import { PersonSettings } from './person-settings.ts'
import { Planner } from './planner.ts'
import { Renderer } from './renderer.ts'
import { Sender } from './sender.ts'

export interface NotificationDependencies {
  readonly database: HubDatabase
  /** Where the push keys are kept. */
  readonly folder: string
  /** Absent: the contacts of the settings. */
  readonly recipients?: Recipients | undefined
  /** Undefined: there is no such alarm any more. */
  readonly alarmOf: (id: string) => Promise<AlarmState | undefined>
  readonly siteKindOf: (site: string) => SiteKind | undefined
  /** SenML unit of a series. */
  readonly unitOf: (series: string) => string | undefined
  /** Resolves when the broker has it. Absent: no MQTT channel, whatever the settings say. */
  readonly publish?: ((topic: string, payload: Uint8Array) => Promise<void>) | undefined
  readonly random?: (() => number) | undefined
  readonly clock: Clock
  readonly log: Log
}

export interface Notifications {
  /** Where the alarm life cycle hands over its notices. */
  readonly sink: NoticeSink
  readonly recipients: Recipients
  readonly persons: PersonSettings
  readonly duty: DutySettings
  readonly planner: Planner
  readonly deliveries: DeliveryLog
  /** Names of the channels that are set up. */
  readonly channels: readonly string[]
  /** What browsers subscribe with; undefined where push is not set up. */
  readonly pushKey: string | undefined
  /** Why a browser's push service cannot be one that this hub may reach; undefined: it may be tried. */
  readonly pushRefusal: (endpoint: URL) => string | undefined
  /** A dead letter goes out once more, under its own key. False: there is none such in these tenants. */
  sendAgain(delivery: string, tenants: TenantScope['tenants']): Promise<boolean>
  /** Takes up what the last run left, and sends from then on. Call it once alarms can be asked for. */
  start(): Promise<void>
  /** Something was added by hand. */
  wake(): void
  readonly metrics: readonly Registry[]
  /** What is under way ends within seconds; the rest waits in the database for the next start. */
  stop(): Promise<void>
}

const stopGraceMs = 5_000
const waitingEveryMs = 5_000

/** Takes notices from now on. Throws `config.invalid` where the push keys cannot be read. */
export async function openNotifications(
  settings: NotificationSettings,
  dependencies: NotificationDependencies,
): Promise<Notifications> {
  const { database, clock } = dependencies
  const log = dependencies.log.child({ part: 'notifications' })
  const recipients = dependencies.recipients ?? (() => settings.contacts)
  const counters = newCounters()
  const persons = new PersonSettings({ database, clock })
  const duty = new DutySettings({ database, clock })
  const opened = await openChannels(settings, dependencies, persons)
  const { channels, pushKey } = opened
  const names = channels.map(({ name }) => name)
  const { systems, rate, retries, sendTimeoutMs, publicUrl } = settings
  const { siteKindOf, unitOf, alarmOf, random = Math.random } = dependencies
  const shared = { database, recipients, persons, duty, counters, clock, log }
  const intents = new Intents({ ...shared, systems, channels: new Set(names), siteKindOf })
  const planner = new Planner({ ...shared, intents, rate })
  const queue = new DeliveryQueue(database)
  const escalations = new Escalations({ ...shared, intents, planner, alarmOf })
  const bundles = new Bundles({ database, rate, clock })
  const renderer = new Renderer({ ...shared, publicUrl, unitOf })
  const onSettled = () => dispatch.wake()
  const sending = { queue, channels, renderer, planner, intents, retries, sendTimeoutMs, onSettled, random }
  const sender = new Sender({ ...shared, ...sending })
  const dispatch = new Dispatch({ database, queue, planner, escalations, bundles, sender, clock, log })
  const inbox = new NoticeInbox({ database, counters, onNew: () => dispatch.wake(), clock, log })
  const retention = startDeliveryRetention({ database, days: settings.logDays, clock, log })
  const waiting = watchWaiting(queue, clock)
  return {
    sink: inbox,
    recipients,
    persons,
    duty,
    planner,
    deliveries: new DeliveryLog(database),
    channels: names,
    pushKey,
    pushRefusal: opened.pushRefusal,
    async sendAgain(delivery, tenants) {
      const found = await queue.revive(delivery, { tenants, channels: names }, clock.now())
      if (found) dispatch.wake()
      return found
    },
    async start() {
      await dispatch.start(names)
      log.info({ channels: names }, 'notifications are sent by these channels')
    },
    wake: () => dispatch.wake(),
    metrics: [notificationMetrics(counters, () => waiting.count()), retention.metrics],
    async stop() {
      waiting.stop()
      await inbox.close()
      await retention.stop()
      await dispatch.stop(stopGraceMs)
      await opened.close()
    },
  }
}

async function openChannels(
  { email, push, line, webhooks, mqtt, allowAddresses, allowHttp, ca }: NotificationSettings,
  { folder, publish, clock }: NotificationDependencies,
  persons: PersonSettings,
): Promise<{
  readonly channels: readonly Channel[]
  readonly pushKey: string | undefined
  readonly pushRefusal: Notifications['pushRefusal']
  close(): Promise<void>
}> {
  const poster = httpPoster({ guard: addressGuard(allowAddresses), allowHttp, ca })
  const keys = push === undefined ? undefined : await keepVapidKeys(join(folder, 'push-keys.json'))
  const channels = [
    ...(push === undefined || keys === undefined
      ? []
      : [
          webPushChannel({
            keys,
            contact: push.contact,
            poster,
            subscription: (id) => persons.subscription(id),
            forget: async (id) => void (await persons.unsubscribe(id)),
            clock,
          }),
        ]),
    ...(line === undefined ? [] : [lineChannel(line, { poster, clock })]),
    ...(email === undefined ? [] : [emailChannel(email)]),
    ...(webhooks.length === 0 ? [] : [webhookChannel(webhooks, { poster, clock })]),
    ...(mqtt && publish !== undefined ? [mqttChannel(publish)] : []),
  ]
  return {
    channels,
    pushKey: keys?.publicKey,
    pushRefusal: (endpoint) => poster.refusalOf(endpoint),
    async close() {
      for (const channel of channels) await channel.close()
      poster.close()
    },
  }
}

/** The gauge is read at a scrape, the database now and then. */
function watchWaiting(queue: DeliveryQueue, clock: Clock): { count(): number; stop(): void } {
  let known = 0
  let atMs = Number.NEGATIVE_INFINITY
  let stopped = false
  return {
    count() {
      if (!stopped && clock.monotonic() - atMs >= waitingEveryMs) {
        atMs = clock.monotonic()
        queue.waiting().then(
          (count) => {
            known = count
          },
          () => undefined,
        )
      }
      return known
    },
    stop() {
      stopped = true
    },
  }
}
