// The shapes of alarms in the HTTP API.
import { Type, type Static, type TSchema } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { suppressions, type Suppression } from './alarm.ts'
import { maintenanceScopes, type MaintenanceScope } from './maintenance-windows.ts'
import { Severity } from './rules/rule.ts'
import { stormCauses, type StormCause } from './storms.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const oneOf = <T extends string>(values: readonly T[]) =>
  Type.Unsafe<T>(Type.Union(values.map((value) => Type.Literal(value))))

const Id = Type.String({ maxLength: 128 })
const Text = Type.String({ minLength: 1, maxLength: 1_000 })

export const AlarmItem = Type.Object({
  id: Type.String(),
  rule: Type.String(),
  kind: Type.String({ description: 'Kind of its rule' }),
  series: nullable(Type.String({ description: 'Null where the alarm is about a whole device or gateway' })),
  device: nullable(Type.String()),
  site: nullable(Type.String()),
  gateway: Type.String(),
  severity: Severity,
  state: Type.Union([Type.Literal('open'), Type.Literal('cleared')]),
  acknowledged: Type.Boolean(),
  title: LocalizedText,
  advice: LocalizedText,
  value: nullable(Type.Number({ description: 'The value that raised it' })),
  raisedAt: Type.Number({ description: 'When its condition began, the last time that it did' }),
  clearedAt: nullable(Type.Number()),
  occurrence: Type.Integer({ description: 'How often its condition has begun since it is open' }),
  acknowledgedAt: nullable(Type.Number()),
  acknowledgedBy: nullable(Type.String()),
  comment: nullable(Type.String()),
  assignee: nullable(Type.String({ description: 'Who looks after it' })),
  suppressions: Type.Array(oneOf<Suppression>(suppressions), { description: 'Why people are not told of it now' }),
  shelvedUntil: nullable(Type.Number()),
  hides: Type.Integer({ description: 'How many alarms hang on what this one says is down' }),
  storm: nullable(Type.String({ description: 'The storm that it is part of' })),
  workOrder: nullable(
    Type.Object({ id: Type.String(), number: Type.Integer(), state: Type.String() }, { description: 'Under way' }),
  ),
})
export type AlarmItem = Static<typeof AlarmItem>

/**
 * `open`: the condition lasts, or nobody has acknowledged it yet. `all`: cleared and acknowledged ones too, newest first,
 * page by page.
 */
export const AlarmsQuery = Type.Object({
  state: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('all')], { default: 'open' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
  cursor: Type.Optional(Type.String({ maxLength: 100, description: '`next` of the page before' })),
  from: Type.Optional(Type.Number({ description: 'Only alarms that began then or later, Unix ms' })),
  to: Type.Optional(Type.Number({ description: 'Only alarms that began before' })),
  gateway: Type.Optional(Type.String({ maxLength: 128 })),
  site: Type.Optional(Type.String({ maxLength: 200 })),
  rule: Type.Optional(Type.String({ maxLength: 64 })),
  severity: Type.Optional(Severity),
  assignee: Type.Optional(Type.String({ maxLength: 128, description: 'Only those that this person looks after' })),
})
export type AlarmsQuery = Static<typeof AlarmsQuery>

export const AlarmsPage = Type.Object({
  items: Type.Array(AlarmItem),
  next: nullable(Type.String({ description: 'The `cursor` of the next page; null: there is none' })),
})
export type AlarmsPage = Static<typeof AlarmsPage>

export const AlarmParams = Type.Object({ id: Id })
export type AlarmParams = Static<typeof AlarmParams>

const By = Type.Optional(Type.String({ maxLength: 128, description: 'Who; where people sign in it is who signed in' }))

export const AcknowledgeBody = Type.Object({ by: By, comment: Type.Optional(Type.String({ maxLength: 1000 })) }, strict)
export type AcknowledgeBody = Static<typeof AcknowledgeBody>

export const ShelveBody = Type.Object(
  { by: By, until: Type.Number({ description: 'Unix ms, at most 31 days from now' }), reason: Text },
  strict,
)
export type ShelveBody = Static<typeof ShelveBody>

export const ByBody = Type.Object({ by: By }, strict)
export type ByBody = Static<typeof ByBody>

export const AssignBody = Type.Object(
  { by: By, assignee: nullable(Type.String({ minLength: 1, maxLength: 128 })) },
  strict,
)
export type AssignBody = Static<typeof AssignBody>

export const CommentBody = Type.Object({ by: By, text: Text }, strict)
export type CommentBody = Static<typeof CommentBody>

export const AlarmLogItem = Type.Object({
  id: Type.String(),
  time: Type.Number(),
  action: Type.String(),
  by: nullable(Type.String({ description: 'Null: the hub' })),
  detail: nullable(Type.String()),
})
export type AlarmLogItem = Static<typeof AlarmLogItem>

/** Many alarms of one cause, told as one. */
export const StormItem = Type.Object({
  id: Type.String(),
  cause: oneOf<StormCause>(stormCauses),
  place: Type.String({ description: 'What its members have in common' }),
  severity: Severity,
  members: Type.Integer(),
  startedAt: Type.Number(),
})
export type StormItem = Static<typeof StormItem>

const stormActs = ['acknowledge', 'shelve', 'unshelve', 'assign'] as const

/** What somebody does to a storm as a whole. */
export const StormActBody = Type.Object(
  {
    act: oneOf(stormActs),
    by: By,
    comment: Type.Optional(Type.String({ maxLength: 1000, description: 'To acknowledge' })),
    until: Type.Optional(Type.Number({ description: 'To shelve: Unix ms, at most 31 days from now' })),
    reason: Type.Optional(Text),
    assignee: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 128, description: 'Null: nobody' }))),
  },
  strict,
)
export type StormActBody = Static<typeof StormActBody>

export const StormActAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      alarm: Type.String(),
      outcome: oneOf(['done', 'refused'] as const),
      code: nullable(Type.String({ description: 'Why it was refused; null: it was done' })),
    }),
    { description: 'One for each member that it changes something for' },
  ),
  unchanged: Type.Integer({ description: 'Members for which it was so already' }),
  left: Type.Integer({ description: 'Members beyond the 500 of one request: ask again' }),
})
export type StormActAnswer = Static<typeof StormActAnswer>

export const MaintenanceItem = Type.Object({
  id: Type.String(),
  scope: oneOf<MaintenanceScope>(maintenanceScopes),
  place: Type.String({ description: 'The tenant, or the id of the gateway, site or device' }),
  from: Type.Number(),
  to: Type.Number(),
  reason: Type.String(),
  by: nullable(Type.String()),
})
export type MaintenanceItem = Static<typeof MaintenanceItem>

export const MaintenanceBody = Type.Object(
  {
    scope: oneOf<MaintenanceScope>(maintenanceScopes),
    place: Type.String({ minLength: 1, maxLength: 200 }),
    from: Type.Optional(Type.Number({ description: 'Without it: now' })),
    to: Type.Number(),
    reason: Text,
    by: By,
  },
  strict,
)
export type MaintenanceBody = Static<typeof MaintenanceBody>

export const MaintenanceQuery = Type.Object({ past: Type.Optional(Type.Boolean({ default: false })) })
export type MaintenanceQuery = Static<typeof MaintenanceQuery>
