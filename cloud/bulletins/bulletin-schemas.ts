// The shapes of the API for bulletins. Words are those of the Common Alerting Protocol 1.2, in small letters.
import { Type, type Static } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { categories, certainties, kinds, severities, statuses, urgencies } from './bulletin.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()])
const Tenant = Type.String({ pattern: '^[a-z0-9-]{1,32}$' })
const TimeMs = Type.Number({ minimum: 0, maximum: 8.64e15, description: 'Unix ms' })
const maxTextCharacters = 10_000

const Text = Type.Object(
  { title: Type.String({ minLength: 1, maxLength: 200 }), text: Type.String({ maxLength: maxTextCharacters }) },
  strict,
)
const Texts = Type.Record(Type.String({ pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$' }), Text, {
  minProperties: 1,
  maxProperties: 30,
  description: 'By language tag, ja and en for example',
  ...strict,
})

const Point = Type.Array(Type.Number({ minimum: -180, maximum: 180 }), { minItems: 2, maxItems: 2 })
const Area = Type.Object(
  {
    name: Type.String({ maxLength: 200 }),
    polygons: Type.Optional(
      Type.Array(Type.Array(Point, { minItems: 4, maxItems: 1000 }), {
        maxItems: 20,
        description: 'Each closed; points as [latitude, longitude]',
      }),
    ),
    circles: Type.Optional(
      Type.Array(
        Type.Object(
          {
            lat: Type.Number({ minimum: -90, maximum: 90 }),
            lon: Type.Number({ minimum: -180, maximum: 180 }),
            radiusKm: Type.Number({ minimum: 0, maximum: 25_000 }),
          },
          strict,
        ),
        { maxItems: 50 },
      ),
    ),
    geocodes: Type.Optional(
      Type.Record(Type.String({ maxLength: 200 }), Type.Array(Type.String({ maxLength: 200 }), { maxItems: 500 })),
    ),
  },
  strict,
)

const BulletinId = Type.String({ pattern: '^[a-z0-9-]{1,32}/[0-9a-f]{32}$', description: '{tenant}/{id}' })

/** What a person or another system writes. */
export const BulletinBody = Type.Object(
  {
    tenant: Tenant,
    identifier: Type.Optional(
      Type.String({
        pattern: '^[^\\s,<&]{1,200}$',
        description: 'Of the sending system: the same again is known, and no second bulletin',
      }),
    ),
    kind: Type.Optional(Type.Enum(kinds, { default: 'alert' })),
    references: Type.Optional(
      Type.Array(BulletinId, { maxItems: 50, description: 'Ids of what it updates or cancels' }),
    ),
    status: Type.Optional(
      Type.Enum(statuses, { default: 'actual', description: 'test: shown to nobody outside, and told to nobody' }),
    ),
    categories: Type.Optional(Type.Array(Type.Enum(categories), { maxItems: 12 })),
    urgency: Type.Optional(Type.Enum(urgencies, { default: 'unknown' })),
    severity: Type.Optional(Type.Enum(severities, { default: 'unknown' })),
    certainty: Type.Optional(Type.Enum(certainties, { default: 'unknown' })),
    texts: Type.Optional(Texts),
    areas: Type.Optional(Type.Array(Area, { maxItems: 200 })),
    sent: Type.Optional(TimeMs),
    effective: Type.Optional(TimeMs),
    expires: Type.Optional(TimeMs),
    link: Type.Optional(Type.String({ maxLength: 2000 })),
    public: Type.Optional(Type.Boolean({ default: true, description: 'Everybody may read it' })),
    push: Type.Optional(Type.Boolean({ default: true, description: 'Who asked for bulletins is told' })),
  },
  strict,
)
export type BulletinBody = Static<typeof BulletinBody>

/** For XML, whose body says the rest. */
export const IntakeQuery = Type.Object(
  {
    tenant: Type.Optional(Tenant),
    public: Type.Optional(Type.Boolean()),
    push: Type.Optional(Type.Boolean()),
  },
  strict,
)
export type IntakeQuery = Static<typeof IntakeQuery>

export const IntakeAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      id: nullable(Type.String({ description: '{tenant}/{id}; null: it is not kept' })),
      identifier: Type.String(),
      outcome: Type.Enum(['new', 'updated', 'cancelled', 'duplicate', 'expired', 'late'], {
        description: 'expired: it was over before it came; late: what it says was updated or cancelled before',
      }),
    }),
  ),
  faults: Type.Array(Type.Object({ code: Type.String(), detail: Type.String(), identifier: Type.String() })),
  leftOut: Type.Integer({ description: 'Messages that are not for the public, and entries without a title' }),
})
export type IntakeAnswer = Static<typeof IntakeAnswer>

export const BulletinsQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum(['current', 'all'], { default: 'current' })),
    tenant: Type.Optional(Tenant),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 100 })),
  },
  strict,
)
export type BulletinsQuery = Static<typeof BulletinsQuery>

export const BulletinParams = Type.Object({ tenant: Tenant, id: Type.String({ pattern: '^[0-9a-f]{32}$' }) })
export type BulletinParams = Static<typeof BulletinParams>

/** What everybody may see. */
export const PublicBulletin = Type.Object({
  id: Type.String({ description: '{tenant}/{id}' }),
  tenant: Type.String(),
  kind: Type.Enum(kinds),
  status: Type.Enum(statuses),
  state: Type.Enum(['current', 'expired', 'updated', 'cancelled']),
  categories: Type.Array(Type.Enum(categories)),
  urgency: Type.Enum(urgencies),
  severity: Type.Enum(severities),
  certainty: Type.Enum(certainties),
  texts: Type.Record(Type.String(), Type.Object({ title: Type.String(), text: Type.String() })),
  areas: Type.Array(Area),
  sent: TimeMs,
  effective: TimeMs,
  expires: TimeMs,
  link: nullable(Type.String()),
  thread: Type.String({ description: 'The same for a bulletin and what updates or cancels it' }),
})
export type PublicBulletin = Static<typeof PublicBulletin>

export const BulletinItem = Type.Object({
  ...PublicBulletin.properties,
  source: Type.String({ description: 'Id of the polled source, or api' }),
  sender: Type.String({ description: 'Of a message of CAP' }),
  identifier: Type.String(),
  revision: Type.Integer(),
  received: TimeMs,
  public: Type.Boolean(),
  endedAt: nullable(TimeMs),
  endedBy: nullable(Type.String({ description: '{tenant}/{id} of what updated or cancelled it' })),
})
export type BulletinItem = Static<typeof BulletinItem>

export const BulletinPage = Type.Object({
  items: Type.Array(BulletinItem),
  next: nullable(Type.String({ description: 'The `cursor` of the next page; null: there is none' })),
})

export const PublicQuery = Type.Object({ tenant: Type.Optional(Tenant) }, strict)
export type PublicQuery = Static<typeof PublicQuery>

export const BulletinSource = Type.Object({
  id: Type.String(),
  tenant: Type.String(),
  name: LocalizedText,
  host: Type.String({ description: 'Of its address' }),
  everyS: Type.Integer(),
  public: Type.Boolean(),
  push: Type.Boolean(),
  polled: nullable(TimeMs),
  read: nullable(Type.Number({ description: 'Unix ms; null: never' })),
  failures: Type.Integer({ description: 'One after the other; 0: the last time it could be read' }),
  next: nullable(TimeMs),
  faults: Type.Array(
    Type.Object({ time: TimeMs, code: Type.String(), detail: Type.String(), identifier: Type.String() }),
    { description: 'The newest, newest first' },
  ),
})
export type BulletinSource = Static<typeof BulletinSource>

export const SourceParams = Type.Object({ id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }) })
export type SourceParams = Static<typeof SourceParams>
