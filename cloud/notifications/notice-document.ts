// A notice as programs read it, by webhook and by MQTT on `musubi/v1/{tenant}/notice`: both languages, stored units, as the hub knows it.
import { Type, type TSchema } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { Severity } from '../alarms/rules/rule.ts'

const orNull = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()])
const Id = (description: string) => Type.String({ minLength: 1, description })
const TimeMs = Type.Number({ description: 'Unix ms' })

const NoticeAlarm = Type.Object({
  id: Type.String(),
  rule: Type.String(),
  severity: Severity,
  title: LocalizedText,
  advice: LocalizedText,
  gateway: Id('{tenant}/{gateway}'),
  site: orNull(Id('{tenant}/{gateway}/{site}')),
  device: orNull(Type.String()),
  series: orNull(Id('{tenant}/{gateway}/{device}:{channel}')),
  value: orNull(Type.Number({ description: 'What raised it, in `unit`' })),
  unit: orNull(Type.String({ description: 'SenML unit' })),
  raisedAt: TimeMs,
  clearedAt: orNull(TimeMs),
})

const NoticeBulletin = Type.Object({
  id: Id('{tenant}/{id}'),
  thread: Id('The same for a bulletin, its updates and its cancellation'),
  severity: Severity,
  exercise: Type.Boolean({ description: 'Training: nothing is to be done' }),
  texts: Type.Record(Type.String(), Type.Object({ title: Type.String(), text: Type.String() }), {
    description: 'By language tag',
  }),
  areas: Type.Array(Type.String()),
  sent: TimeMs,
  expires: TimeMs,
  link: orNull(Type.String({ description: 'Of whoever sent it' })),
})

const link = orNull(Type.String({ description: 'Into the dashboard' }))

/** What changes in a later version is added; a reader leaves alone what it does not know. */
export const NoticeDocument = Type.Union([
  documentOf('alarm', ['raised', 'worsened', 'cleared', 'assigned', 'reopened'], {
    notice: Id('The occasion: {alarm}:{occurrence}:{kind}'),
    tenant: Type.String(),
    alarm: NoticeAlarm,
    place: Type.Object({ site: orNull(LocalizedText), device: orNull(LocalizedText) }),
    alsoCount: Type.Integer({
      description: 'Further alarms that this one stands for: a storm, the children of a gateway',
    }),
    link,
  }),
  documentOf('bulletin', ['issued', 'updated', 'cancelled'], {
    notice: Id('The occasion: bulletin:{id}:{revision}:{kind}'),
    tenant: Type.String(),
    bulletin: NoticeBulletin,
    link,
  }),
])

function documentOf(subject: string, kinds: readonly string[], content: Readonly<Record<string, TSchema>>) {
  return Type.Object({
    id: Type.String({ format: 'uuid', description: 'The same for each try: who has read it leaves it' }),
    type: Type.Union(kinds.map((kind) => Type.Literal(`${subject}.${kind}`))),
    timestamp: Type.String({ format: 'date-time' }),
    data: Type.Object(content),
  })
}
