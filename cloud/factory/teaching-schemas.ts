// The shapes of teaching a line another part in the HTTP API.
import { Type, type Static } from 'typebox'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Name = Type.String({ minLength: 1, maxLength: 64 })
const Judgement = Type.Enum(['good', 'bad'])
const strict = { additionalProperties: false }
const Count = Type.Integer({ minimum: 0 })

export const TeachBody = Type.Union([
  Type.Object({ step: Type.Literal('begin'), ja: Name, en: Name }, strict),
  Type.Object(
    {
      step: Type.Literal('example'),
      judgement: Judgement,
      event: Type.Optional(
        Type.String({ maxLength: 300, description: 'A verdict whose picture is taken; absent: what the camera sees' }),
      ),
    },
    strict,
  ),
  Type.Object({ step: Type.Literal('remove'), example: Type.String({ pattern: '^[0-9a-f]{16}$' }) }, strict),
  Type.Object({ step: Type.Literal('fit') }, strict),
  Type.Object({ step: Type.Literal('activate') }, strict),
  Type.Object({ step: Type.Literal('discard') }, strict),
  Type.Object({ step: Type.Literal('roll-back') }, strict),
])
export type TeachBody = Static<typeof TeachBody>

export const TeachAnswer = Type.Object({
  state: Type.Enum(['done', 'accepted'], {
    description: 'accepted: it learns; what becomes of it is told as an event',
  }),
  example: nullable(Type.String({ description: 'Id of the example that was taken' })),
  picture: nullable(Type.String({ description: 'Path of its picture, where it may leave the gateway' })),
})
export type TeachAnswer = Static<typeof TeachAnswer>

export const ExampleItem = Type.Object({
  id: Type.String(),
  judgement: Judgement,
  picture: nullable(
    Type.String({ description: 'Path of its picture, or of the thumbnail of its verdict; null: none' }),
  ),
})
export type ExampleItem = Static<typeof ExampleItem>

export const TeachingItem = Type.Object({
  line: Type.String(),
  stage: Type.Enum(['none', 'collecting', 'fitting', 'fitted', 'activated', 'discarded'], {
    description: 'none: nothing was ever taught here from afar; activated and discarded: the last one is over',
  }),
  part: nullable(Type.Object({ id: Type.String(), ja: Type.String(), en: Type.String(), version: Type.String() })),
  began: nullable(Type.Number()),
  changed: nullable(Type.Number()),
  good: Count,
  bad: Count,
  examples: Type.Array(ExampleItem, { description: 'Oldest first' }),
  fault: nullable(Type.String({ description: 'Why the last step did not work' })),
  fit: nullable(
    Type.Object({
      threshold: Type.Number({ description: 'From this score on a part is rejected' }),
      falseRejects: Count,
      falsePasses: Count,
      auroc: Type.Number(),
      unreadable: Count,
      goodScores: Type.Array(Count, { description: 'Good examples by their held-out score, in twentieths of 0 to 1' }),
      badScores: Type.Array(Count),
    }),
  ),
})
export type TeachingItem = Static<typeof TeachingItem>

/** Files of commands are read where commands are. */
export const commandFilePath = (id: string): string => `/api/v1/commands/${encodeURIComponent(id)}/file`
