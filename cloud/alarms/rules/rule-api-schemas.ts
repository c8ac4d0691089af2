// The shapes of alarm rules in the HTTP API.
import { Type, type Static } from 'typebox'
import { ruleSchemas, type AlarmRule } from './rule.ts'

const nullable = <T extends Parameters<typeof Type.Array>[0]>(schema: T) => Type.Union([schema, Type.Null()])
const Tenant = Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'e.g. kimitsu' })
const RuleId = Type.String({ pattern: '^[a-z0-9-]{1,64}$' })

/** What is sent and answered as a rule: one of the kinds of docs/alarms.md. */
/** TypeBox cannot tell the union of an object's values; the type is said here. */
const RuleDocument = Type.Unsafe<AlarmRule>(
  Type.Union(Object.values(ruleSchemas), { description: 'A rule; `kind` says which fields it has' }),
)

/** Checked by the rule book, which lists every fault at once. */
export const GivenRule = Type.Unsafe<Readonly<Record<string, unknown>>>(Type.Object({}, { additionalProperties: true }))
export type GivenRule = Static<typeof GivenRule>

export const RuleItem = Type.Object({
  id: RuleId,
  tenant: nullable(Tenant),
  /** file: of the hub's file, for every tenant that has written none in its place. own: written by the tenant. */
  source: Type.Union([Type.Literal('file'), Type.Literal('own')]),
  revision: Type.Integer({ description: '0: of the file. Its ETag is the same number in quotes' }),
  changedAt: nullable(Type.Number({ description: 'Unix ms' })),
  changedBy: nullable(Type.String()),
  rule: RuleDocument,
})
export type RuleItem = Static<typeof RuleItem>

export const RulesQuery = Type.Object({ tenant: Type.Optional(Tenant) })
export type RulesQuery = Static<typeof RulesQuery>

export const RuleParams = Type.Object({ tenant: Tenant, id: RuleId })
export type RuleParams = Static<typeof RuleParams>

export const RuleHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The ETag of the rule that is replaced; none: it must not be there yet' }),
  ),
})
export type RuleHeaders = Static<typeof RuleHeaders>

export const RuleChangeQuery = Type.Object({
  by: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Who does it, where nobody signs in' })),
  comment: Type.Optional(Type.String({ maxLength: 500 })),
})
export type RuleChangeQuery = Static<typeof RuleChangeQuery>

export const RuleRevisionItem = Type.Object({
  revision: Type.Integer(),
  action: Type.Union([Type.Literal('created'), Type.Literal('changed'), Type.Literal('deleted')]),
  changedAt: Type.Number(),
  changedBy: Type.String(),
  comment: nullable(Type.String()),
  rule: nullable(RuleDocument),
})
export type RuleRevisionItem = Static<typeof RuleRevisionItem>

const Instant = Type.String({ maxLength: 40, description: 'ISO 8601 or Unix ms' })

export const PreviewBody = Type.Object(
  {
    tenant: Tenant,
    rule: GivenRule,
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
  },
  { additionalProperties: false, description: 'Without `from` the last 30 days' },
)
export type PreviewBody = Static<typeof PreviewBody>

export const PreviewAnswer = Type.Object({
  from: Type.Number(),
  through: Type.Number({ description: 'Up to which event time was judged: before the end where a bound was reached' }),
  complete: Type.Boolean({ description: 'Everything that the rule watches was judged' }),
  series: Type.Integer(),
  seriesWatched: Type.Integer(),
  readings: Type.Integer(),
  events: Type.Integer(),
  raised: Type.Integer({ description: 'How often it would have raised' }),
  subjects: Type.Integer({ description: 'At how many places' }),
  intervals: Type.Array(
    Type.Object({
      subject: Type.String(),
      gateway: Type.String(),
      device: nullable(Type.String()),
      series: nullable(Type.String()),
      site: nullable(Type.String()),
      raisedAt: Type.Number(),
      clearedAt: nullable(Type.Number({ description: 'Null: it lasted at the end' })),
      value: nullable(Type.Number()),
    }),
    { description: 'The first 1,000, oldest first' },
  ),
})
export type PreviewAnswer = Static<typeof PreviewAnswer>
