// The shapes of what a chart marks beside its curve.
import { Type, type Static } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { Severity } from '../alarms/rules/rule.ts'

const instant = Type.String({ description: 'ISO 8601, or Unix milliseconds', maxLength: 40 })

export const MarksQuery = Type.Object({
  from: Type.Optional(instant),
  to: Type.Optional(instant),
  buckets: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 2000, default: 300, description: 'Flaws of one span are gathered' }),
  ),
})
export type MarksQuery = Static<typeof MarksQuery>

const Step = Type.Object({ from: Type.Number(), to: Type.Number(), value: Type.Number() })

/** A limit of an alarm rule over the span, in the unit of the series; steps where its schedule changes it. */
const LimitItem = Type.Object({
  rule: Type.String(),
  title: LocalizedText,
  severity: Severity,
  side: Type.Enum(['above', 'below'], { description: 'On which side of it the rule raises' }),
  steps: Type.Array(Step),
})
export type LimitItem = Static<typeof LimitItem>

const FlawItem = Type.Object({
  from: Type.Number({ description: 'Time of the first such reading' }),
  to: Type.Number({ description: 'Time of the last' }),
  quality: Type.Enum(['uncertain', 'bad']),
  count: Type.Integer(),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'As one of them says it' }),
})

export const SeriesMarks = Type.Object({
  series: Type.String(),
  from: Type.Number(),
  to: Type.Number(),
  limits: Type.Array(LimitItem),
  flaws: Type.Array(FlawItem),
})
export type SeriesMarks = Static<typeof SeriesMarks>
