// The tables of notification in the hub's database: what is to be told, to whom, by which channel, and the proof that it was.
import type { Migration } from 'kysely/migration'

/** A notice as it was taken. */
interface NoticeRow {
  key: string
  tenant: string
  /** Empty where it is about a bulletin. */
  alarm: string
  /** Told of this storm as a whole; null: of the alarm alone. */
  storm: string | null
  /** Thread of the bulletin that it is about; null: it is about an alarm. */
  bulletin: string | null
  kind: string
  time_ms: number
  /** Notice, JSON. */
  document: string
  /** 1: every delivery that follows from it is written. */
  planned: number
}

/** One message to one address of one person (or webhook, or topic); its id is the idempotency key of the channel. */
export interface DeliveryRow {
  id: string
  /** What it tells: a notice's key, with `#n` for a later step of an escalation; `bundle:…`, `test:…`. */
  subject: string
  /** The notice, null for bundles and tests. */
  notice: string | null
  kind: string
  tenant: string
  person: string
  channel: string
  /** Address, id of a push subscription, LINE user, id of a webhook, topic. */
  target: string
  severity: string
  /** A DeliveryState. */
  state: string
  /** When it is tried next, or the end of its being held. */
  due_ms: number
  attempts: number
  created_ms: number
  settled_ms: number | null
  /** The delivery that told this one together with others. */
  bundle: string | null
  /** Why it is held: `quiet`, `digest`, `rate`. */
  held_for: string | null
  /** Channels to be tried where this one fails, JSON list of names. */
  next_channels: string
  error: string | null
  /** What the other side answered, JSON. */
  proof: string | null
}

interface PreferencesRow {
  person: string
  /** Preferences, JSON. */
  document: string
  updated_ms: number
}

interface PushSubscriptionRow {
  id: string
  person: string
  endpoint: string
  /** The browser's public key and secret, base64url. */
  p256dh: string
  auth: string
  label: string
  created_ms: number
}

/** An address that a person gave for a channel that the directory of people knows nothing of. */
interface ChannelAddressRow {
  person: string
  channel: string
  address: string
  updated_ms: number
}

/** A rota or an escalation policy. */
interface CalendarRow {
  id: string
  tenant: string
  /** Rota or EscalationPolicy, JSON. */
  document: string
  updated_ms: number
  /** Rises with each change. */
  revision: number
}

/** An alarm that climbs the steps of a policy until somebody acknowledges it or it clears. */
export interface EscalationRow {
  notice: string
  policy: string
  alarm: string
  /** It was told of this storm as a whole; null: of the alarm alone. */
  storm: string | null
  /** The next step, from 1; step 0 was told at once. */
  step: number
  due_ms: number
  /** `waiting`, `acknowledged`, `cleared`, `exhausted`, `superseded` by what was told later. */
  state: string
}

interface RateBucketRow {
  person: string
  channel: string
  tokens: number
  at_ms: number
}

export interface NotificationTables {
  notices: NoticeRow
  deliveries: DeliveryRow
  notification_preferences: PreferencesRow
  push_subscriptions: PushSubscriptionRow
  channel_addresses: ChannelAddressRow
  on_call_rotas: CalendarRow
  escalation_policies: CalendarRow
  escalations: EscalationRow
  notification_rates: RateBucketRow
}

export const notificationMigration: Migration = {
  async up({ schema }) {
    await schema
      .createTable('notices')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('alarm', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('time_ms', 'double precision', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('planned', 'integer', (column) => column.notNull())
      .execute()
    await schema.createIndex('notices_to_plan').on('notices').columns(['planned', 'time_ms']).execute()
    await schema.createIndex('notices_by_alarm').on('notices').columns(['alarm', 'time_ms']).execute()
    await schema
      .createTable('deliveries')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('notice', 'text')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('target', 'text', (column) => column.notNull())
      .addColumn('severity', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('due_ms', 'double precision', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('created_ms', 'double precision', (column) => column.notNull())
      .addColumn('settled_ms', 'double precision')
      .addColumn('bundle', 'text')
      .addColumn('held_for', 'text')
      .addColumn('next_channels', 'text', (column) => column.notNull())
      .addColumn('error', 'text')
      .addColumn('proof', 'text')
      .addUniqueConstraint('deliveries_once', ['subject', 'person', 'channel', 'target'])
      .execute()
    await schema.createIndex('deliveries_due').on('deliveries').columns(['state', 'due_ms']).execute()
    await schema.createIndex('deliveries_by_person').on('deliveries').columns(['person', 'created_ms']).execute()
    await schema.createIndex('deliveries_by_time').on('deliveries').column('created_ms').execute()
    await schema.createIndex('deliveries_by_bundle').on('deliveries').column('bundle').execute()
    await createSettings(schema)
  },
}

/** A storm climbs once, whichever of its alarms shows it, and its end is told to whoever knew of it. */
export const stormEscalationMigration: Migration = {
  async up({ schema }) {
    await schema.alterTable('escalations').addColumn('storm', 'text').execute()
    await schema.alterTable('notices').addColumn('storm', 'text').execute()
    await schema.createIndex('notices_by_storm').on('notices').column('storm').execute()
  },
}

/** Notices may be about bulletins. */
export const bulletinNoticeMigration: Migration = {
  async up({ schema }) {
    await schema.alterTable('notices').addColumn('bulletin', 'text').execute()
    await schema.createIndex('notices_by_bulletin').on('notices').column('bulletin').execute()
  },
}

async function createSettings(schema: Parameters<Migration['up']>[0]['schema']): Promise<void> {
  await schema
    .createTable('notification_preferences')
    .addColumn('person', 'text', (column) => column.primaryKey())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('updated_ms', 'double precision', (column) => column.notNull())
    .execute()
  await schema
    .createTable('push_subscriptions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('endpoint', 'text', (column) => column.notNull())
    .addColumn('p256dh', 'text', (column) => column.notNull())
    .addColumn('auth', 'text', (column) => column.notNull())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'double precision', (column) => column.notNull())
    .execute()
  await schema.createIndex('push_subscriptions_by_person').on('push_subscriptions').column('person').execute()
  await schema
    .createTable('channel_addresses')
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('updated_ms', 'double precision', (column) => column.notNull())
    .addPrimaryKeyConstraint('channel_addresses_key', ['person', 'channel'])
    .execute()
  for (const table of ['on_call_rotas', 'escalation_policies']) {
    await schema
      .createTable(table)
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('updated_ms', 'double precision', (column) => column.notNull())
      .addPrimaryKeyConstraint(`${table}_key`, ['tenant', 'id'])
      .execute()
  }
  await schema
    .createTable('escalations')
    .addColumn('notice', 'text', (column) => column.notNull())
    .addColumn('policy', 'text', (column) => column.notNull())
    .addColumn('alarm', 'text', (column) => column.notNull())
    .addColumn('step', 'integer', (column) => column.notNull())
    .addColumn('due_ms', 'double precision', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('escalations_key', ['notice', 'policy'])
    .execute()
  await schema.createIndex('escalations_due').on('escalations').columns(['state', 'due_ms']).execute()
  await schema
    .createTable('notification_rates')
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('tokens', 'double precision', (column) => column.notNull())
    .addColumn('at_ms', 'double precision', (column) => column.notNull())
    .addPrimaryKeyConstraint('notification_rates_key', ['person', 'channel'])
    .execute()
}

export const dutyRevisionMigration: Migration = {
  async up({ schema }) {
    for (const table of ['on_call_rotas', 'escalation_policies']) {
      await schema
        .alterTable(table)
        .addColumn('revision', 'integer', (column) => column.notNull().defaultTo(1))
        .execute()
    }
  },
}
