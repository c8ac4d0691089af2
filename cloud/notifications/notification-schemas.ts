// The shapes of the API for notification.
import { Type, type Static } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { Severity } from '../alarms/rules/rule.ts'
import { type DeliveryState, deliveryStates } from './delivery-queue.ts'
import { EscalationBody } from './escalation-policy.ts'
import { type PersonChannel, personChannels, Preferences } from './preferences.ts'
import { RotaBody } from './rota.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()])
/** TypeBox cannot tell the union of a mapped array; the type is said here. */
const Channel = Type.Unsafe<PersonChannel>(Type.Union(personChannels.map((channel) => Type.Literal(channel))))
const Tenant = Type.String({ pattern: '^[a-z0-9-]{1,32}$' })
const Id = Type.String({ pattern: '^[a-z0-9-]{1,64}$' })
const Base64Url = (maxLength: number) => Type.String({ pattern: '^[A-Za-z0-9_-]+={0,2}$', minLength: 16, maxLength })

/** Where nobody signs in, whose settings are meant; the one contact where there is only one. */
export const PersonQuery = Type.Object({ person: Type.Optional(Type.String({ maxLength: 128 })) })
export type PersonQuery = Static<typeof PersonQuery>

export const NotificationInfo = Type.Object({
  channels: Type.Array(Type.String(), { description: 'Set up on this hub' }),
  pushKey: nullable(Type.String({ description: 'applicationServerKey for PushManager.subscribe' })),
})
export type NotificationInfo = Static<typeof NotificationInfo>

export const MyPreferences = Type.Object({
  preferences: Preferences,
  saved: Type.Boolean({ description: 'false: what suits the role; nothing was saved yet' }),
  addresses: Type.Object({
    email: nullable(Type.String()),
    line: nullable(Type.String()),
    browsers: Type.Integer(),
  }),
})
export type MyPreferences = Static<typeof MyPreferences>

export const SubscriptionBody = Type.Object(
  {
    endpoint: Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2000 }),
    keys: Type.Object({ p256dh: Base64Url(200), auth: Base64Url(64) }, strict),
    label: Type.Optional(Type.String({ maxLength: 80, description: 'e.g. the name of the browser' })),
    replaces: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{32}$',
        description: 'Id of an earlier subscription of the same browser: it goes, and its label stays',
      }),
    ),
  },
  strict,
)
export type SubscriptionBody = Static<typeof SubscriptionBody>

export const SubscriptionItem = Type.Object({ id: Type.String(), label: Type.String(), created: Type.Number() })
export type SubscriptionItem = Static<typeof SubscriptionItem>

export const SubscriptionParams = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{32}$' }) })
export type SubscriptionParams = Static<typeof SubscriptionParams>

export const LineAddressBody = Type.Object(
  { address: nullable(Type.String({ pattern: '^[UCR][0-9a-f]{32}$', description: 'LINE user id; null: none' })) },
  strict,
)
export type LineAddressBody = Static<typeof LineAddressBody>

export const TestBody = Type.Object({ channel: Channel }, strict)
export type TestBody = Static<typeof TestBody>

export const TestResult = Type.Object({
  deliveries: Type.Array(Type.String(), { description: 'Ids in the delivery log; none: there is no address for it' }),
})

/** Somebody who may be told; where nobody signs in, a contact of the settings. */
export const RecipientItem = Type.Object({
  id: Type.String(),
  name: Type.String(),
  tenants: Type.Array(Type.String(), { description: 'Of those that the asker may set up; `*`: every one' }),
})
export type RecipientItem = Static<typeof RecipientItem>

const Names = Type.Record(Type.String(), Type.String(), { description: 'Name of each person id in it that is known' })

export const DutyParams = Type.Object({ tenant: Tenant, id: Id })
export type DutyParams = Static<typeof DutyParams>

const Revision = Type.Integer({ description: 'Rises with each change; the ETag' })

export const RotaItem = Type.Object({
  id: Id,
  tenant: Tenant,
  rota: RotaBody,
  onDuty: Type.Array(Type.String()),
  names: Names,
  revision: Revision,
})
export type RotaItem = Static<typeof RotaItem>

export const PolicyItem = Type.Object({
  id: Id,
  tenant: Tenant,
  policy: EscalationBody,
  names: Names,
  revision: Revision,
})
export type PolicyItem = Static<typeof PolicyItem>

export const CalendarQuery = Type.Object({
  from: Type.Optional(Type.Number({ description: 'Unix ms; without it: now' })),
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 14 })),
})
export type CalendarQuery = Static<typeof CalendarQuery>

export const CalendarDayItem = Type.Object({
  date: Type.String(),
  weekday: Type.Integer({ description: '0 = Sunday' }),
  holiday: nullable(LocalizedText),
  shifts: Type.Array(
    Type.Object({ from: Type.Number(), to: Type.Number(), people: Type.Array(Type.String()), because: Type.String() }),
  ),
})
export type CalendarDayItem = Static<typeof CalendarDayItem>

const State = Type.Unsafe<DeliveryState>(Type.Union(deliveryStates.map((state) => Type.Literal(state))))

export const DeliveriesQuery = Type.Object({
  person: Type.Optional(Type.String({ maxLength: 128 })),
  channel: Type.Optional(Type.String({ maxLength: 32 })),
  state: Type.Optional(State),
  alarm: Type.Optional(Type.String({ maxLength: 64 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
})
export type DeliveriesQuery = Static<typeof DeliveriesQuery>

export const DeliveryItem = Type.Object({
  id: Type.String({ description: 'Also the idempotency key: Message-ID, retry key, webhook-id' }),
  tenant: Type.String(),
  alarm: nullable(Type.String()),
  bulletin: nullable(Type.String({ description: 'Thread of the bulletin that was told' })),
  kind: Type.String({
    description:
      'raised, worsened, cleared, assigned, reopened; issued, updated, cancelled; reported; failing, made; bundle or test',
  }),
  severity: Severity,
  person: Type.String({ description: '"system" for webhooks and MQTT' }),
  name: nullable(Type.String({ description: 'null: nobody of that id is known any more' })),
  channel: Type.String({ description: '"none": there was no address' }),
  target: Type.String(),
  state: State,
  attempts: Type.Integer(),
  created: Type.Number(),
  due: nullable(Type.Number({ description: 'When it is tried next, or let go' })),
  settled: nullable(Type.Number()),
  heldFor: nullable(Type.String({ description: 'quiet, digest or rate' })),
  bundle: nullable(Type.String({ description: 'Told together with others under this subject' })),
  error: nullable(Type.String()),
  proof: nullable(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
})
export type DeliveryItem = Static<typeof DeliveryItem>

export const DeliveryParams = Type.Object({ id: Type.String({ pattern: '^[0-9a-f-]{36}$' }) })
export type DeliveryParams = Static<typeof DeliveryParams>

export const RetryResult = Type.Object({ id: Type.String() })

export const DeliveriesPage = Type.Object({
  items: Type.Array(DeliveryItem),
  next: nullable(Type.String({ description: 'The `cursor` of the next page; null: there is none' })),
})
