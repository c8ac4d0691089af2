// The shapes of citizens' reports in the HTTP API.
import { Type, type Static, type TSchema } from 'typebox'
import { Severity } from '../alarms/rules/rule.ts'
import { leftOutReasons } from '../photo-privacy/photo-counts.ts'
import { reportKinds, reportStates } from './report.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const mostTextLength = 500
export const mostPhotos = 3
/** Of one photo before base64; a telephone sends at most a megabyte. */
const mostPhotoBytes = 2 * 1024 * 1024
const base64Length = Math.ceil(mostPhotoBytes / 3) * 4
export const maxReportBodyBytes = mostPhotos * base64Length + 16 * 1024

const Kind = Type.Enum(reportKinds)
const State = Type.Enum(reportStates)
const Position = Type.Object(
  { lat: Type.Number({ minimum: -90, maximum: 90 }), lon: Type.Number({ minimum: -180, maximum: 180 }) },
  strict,
)
const Secret = Type.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  description: '256 random bits in base64url that the sender makes; whoever knows them sees what becomes of the report',
})

export const NewReport = Type.Object(
  {
    secret: Secret,
    kind: Kind,
    text: Type.String({ maxLength: mostTextLength }),
    position: Position,
    lamp: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'ID in the published list of street lights' }),
    ),
    photos: Type.Optional(
      Type.Array(Type.String({ maxLength: base64Length, description: 'JPEG, PNG or WebP, base64' }), {
        maxItems: mostPhotos,
      }),
    ),
    contact: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Only where the person wants to be asked back' }),
    ),
  },
  strict,
)
export type NewReport = Static<typeof NewReport>

export const SecretBody = Type.Object({ secret: Secret }, strict)
export type SecretBody = Static<typeof SecretBody>

export const maxReplacementBodyBytes = base64Length + 1024

export const ReplacementBody = Type.Object(
  { secret: Secret, photo: Type.String({ maxLength: base64Length, description: 'JPEG, PNG or WebP, base64' }) },
  strict,
)
export type ReplacementBody = Static<typeof ReplacementBody>

const LeftOut = Type.Array(Type.Enum(leftOutReasons), {
  description:
    'Why photos that came with it are not kept, one each: people or number plates could not be covered for sure, it is no picture, or nothing can be covered now',
})

/** What whoever has its link sees: no photo, no contact, nobody's name. */
export const PublicReport = Type.Object({
  number: Type.Integer(),
  kind: Kind,
  text: Type.String(),
  position: Position,
  photos: Type.Integer({ description: 'How many; they are shown to staff alone' }),
  photosLeftOut: LeftOut,
  state: State,
  answer: nullable(Type.String({ description: 'What the city says' })),
  known: Type.Boolean({
    description: 'Somebody had told of the same before: state and answer are those of that report',
  }),
  receivedAt: Type.Number(),
  changedAt: Type.Number(),
})
export type PublicReport = Static<typeof PublicReport>

/** What a page must know before somebody reports. */
export const ReportForm = Type.Object({
  bounds: Type.Object({ south: Type.Number(), west: Type.Number(), north: Type.Number(), east: Type.Number() }),
  kinds: Type.Array(Kind),
  mostTextLength: Type.Integer(),
  mostPhotos: Type.Integer(),
})

export const ReportItem = Type.Object({
  id: Type.String(),
  number: Type.Integer({ description: 'What people call it by' }),
  tenant: Type.String(),
  kind: Kind,
  text: Type.String(),
  position: Position,
  lamp: nullable(Type.Object({ id: Type.String(), name: Type.String() })),
  photos: Type.Integer(),
  photosLeftOut: LeftOut,
  state: State,
  answer: nullable(Type.String()),
  workOrder: nullable(Type.Object({ id: Type.String(), number: Type.Integer(), state: Type.String() })),
  mergedInto: nullable(Type.Object({ id: Type.String(), number: Type.Integer() })),
  near: Type.Integer({ description: 'Other reports of the same kind near in place and time' }),
  receivedAt: Type.Number(),
  changedAt: Type.Number(),
  closedAt: nullable(Type.Number()),
})
export type ReportItem = Static<typeof ReportItem>

const NearReport = Type.Object({
  id: Type.String(),
  number: Type.Integer(),
  state: State,
  text: Type.String(),
  distanceM: Type.Number(),
  receivedAt: Type.Number(),
})

export const ReportDetail = Type.Object({
  ...ReportItem.properties,
  contact: nullable(Type.String()),
  nearReports: Type.Array(NearReport),
  log: Type.Array(
    Type.Object({
      time: Type.Number(),
      action: Type.String(),
      by: nullable(Type.String()),
      detail: nullable(Type.String()),
    }),
  ),
})
export type ReportDetail = Static<typeof ReportDetail>

export const ReportsQuery = Type.Object({
  state: Type.Optional(Type.Enum(['open', 'closed', 'all'], { default: 'open' })),
  kind: Type.Optional(Kind),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
  cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', description: '`next` of the page before' })),
})
export type ReportsQuery = Static<typeof ReportsQuery>

export const ReportsPage = Type.Object({
  items: Type.Array(ReportItem),
  next: nullable(Type.String({ description: 'The `cursor` of the next page; null: there is none' })),
})

export const ReportParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
export type ReportParams = Static<typeof ReportParams>

const By = Type.Optional(Type.String({ minLength: 1, maxLength: 128 }))
const Answer = Type.String({ minLength: 1, maxLength: 1_000, description: 'Shown to whoever reported it' })

export const ReportChangeBody = Type.Object(
  {
    state: Type.Enum(['looked-at', 'mended', 'declined', 'merged']),
    answer: Type.Optional(Answer),
    into: Type.Optional(Type.String({ maxLength: 64, description: 'With merged: id of the report that stays' })),
    by: By,
  },
  strict,
)
export type ReportChangeBody = Static<typeof ReportChangeBody>

export const ReportOrderBody = Type.Object(
  {
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    severity: Type.Optional(Severity),
    assignee: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    by: By,
  },
  strict,
)
export type ReportOrderBody = Static<typeof ReportOrderBody>
