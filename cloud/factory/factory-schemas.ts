// The shapes of factories in the HTTP API; one schema gives type, validation and OpenAPI.
import { Type, type Static } from 'typebox'
import { InspectionDescription, LocalizedText } from '../../broker/contract/documents.ts'
import { EventItem } from '../events/event-schemas.ts'
import { FactorySettings } from './factory-settings.ts'
import { groupings } from './yield.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const text = Type.String()
const Count = Type.Integer({ minimum: 0 })
const Instant = Type.String({ maxLength: 40, description: 'ISO 8601 or Unix ms' })

const { pictures: LinePictures, keeps, taught } = InspectionDescription.properties
/** The same, no longer optional. */
const LineKeeps = Type.Object(keeps.properties)
const TaughtFigures = Type.Object(taught.properties)

export const LineItem = Type.Object({
  id: Type.String({ description: 'Line id: {tenant}/{gateway}/{inspection}' }),
  label: LocalizedText,
  model: nullable(
    Type.Object(
      { id: text, version: text, time: Type.Number() },
      { description: 'What judged its newest part, and when' },
    ),
  ),
  taught: nullable(TaughtFigures),
  pictures: nullable(LinePictures),
  keeps: nullable(LineKeeps),
  canTeach: Type.Boolean({ description: 'Its gateway can be asked to teach it another part' }),
  canSwitchPictures: Type.Boolean(),
})
export type LineItem = Static<typeof LineItem>

export const FactoryItem = Type.Object({
  site: Type.String({ description: 'Site id: {tenant}/{gateway}/{site}' }),
  name: LocalizedText,
  gateway: text,
  isOnline: Type.Boolean(),
  lines: Type.Array(LineItem),
  pictureDays: Type.Number({ description: 'For how long the hub keeps pictures of verdicts' }),
  verdictDays: Type.Number({ description: 'For how long the hub keeps verdicts' }),
})
export type FactoryItem = Static<typeof FactoryItem>

export const FactoryParams = Type.Object({ site: Type.String({ maxLength: 135 }) })
export type FactoryParams = Static<typeof FactoryParams>

export const LineParams = Type.Object({ line: Type.String({ maxLength: 135 }) })
export type LineParams = Static<typeof LineParams>

const Grouping = Type.Enum([...groupings], { default: 'hour' })

export const YieldQuery = Type.Object({
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  by: Type.Optional(Grouping),
  zone: Type.Optional(
    Type.String({ maxLength: 64, default: 'Asia/Tokyo', description: 'Time zone of the IANA database' }),
  ),
  line: Type.Optional(Type.String({ maxLength: 64, description: 'One inspection of the site' })),
})
export type YieldQuery = Static<typeof YieldQuery>

const tally = {
  judged: Count,
  passed: Type.Integer({ minimum: 0, description: 'Good as the model judged' }),
  good: Type.Integer({ minimum: 0, description: 'Good as the model judged, or as people said where they did' }),
  corrected: Type.Integer({ minimum: 0, description: 'Of which somebody said what they really were' }),
  falseRejects: Type.Integer({ minimum: 0, description: 'Rejected, and good as somebody said' }),
  falsePasses: Type.Integer({ minimum: 0, description: 'Passed, and bad as somebody said' }),
}

export const YieldReport = Type.Object({
  site: text,
  from: Type.Number(),
  to: Type.Number(),
  zone: text,
  by: Type.Enum([...groupings]),
  total: Type.Object(tally),
  groups: Type.Array(
    Type.Object({
      ...tally,
      from: Type.Number(),
      to: Type.Number(),
      name: nullable(
        Type.String({ description: 'Id of the shift, or the lot; null: an hour, or outside all of them' }),
      ),
    }),
  ),
  defects: Type.Array(Type.Object({ class: nullable(text), count: Count, share: Type.Number() }), {
    description: 'What was really bad, the most frequent first',
  }),
  hasLots: Type.Boolean({ description: 'Some part says of which lot it is (`detail.lot`)' }),
  isComplete: Type.Boolean({ description: 'False: there are more parts than are counted at once; the newest are' }),
})
export type YieldReport = Static<typeof YieldReport>

const Score = Type.Number({ minimum: 0, maximum: 1 })

export const PartsQuery = Type.Object({
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  line: Type.Optional(Type.String({ maxLength: 64 })),
  verdict: Type.Optional(Type.Enum(['pass', 'reject'])),
  class: Type.Optional(Type.String({ maxLength: 64, description: 'Kind of defect, as people said or else the model' })),
  corrected: Type.Optional(
    Type.Enum(['yes', 'no', 'wrong'], { description: 'wrong: the verdict was another than what people said' }),
  ),
  minScore: Type.Optional(Score),
  maxScore: Type.Optional(Score),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 60 })),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' })),
})
export type PartsQuery = Static<typeof PartsQuery>

export const CorrectionItem = Type.Object({
  judgement: Type.Enum(['good', 'bad']),
  class: nullable(text),
  by: nullable(text),
  time: Type.Number(),
})
export type CorrectionItem = Static<typeof CorrectionItem>

export const PartItem = Type.Object({ ...EventItem.properties, correction: nullable(CorrectionItem) })
export type PartItem = Static<typeof PartItem>

/** Newest first. A page may hold few or none while `next` says that there is more to look through. */
export const PartPage = Type.Object({ items: Type.Array(PartItem), next: nullable(text) })
export type PartPage = Static<typeof PartPage>

export const FactorySettingsItem = Type.Object({
  site: text,
  settings: FactorySettings,
  changed: nullable(Type.Number({ description: 'Null: nobody has set it, these are the usual ones' })),
  changedBy: nullable(text),
})
export type FactorySettingsItem = Static<typeof FactorySettingsItem>

export const PicturesBody = Type.Object(
  { pictures: Type.Enum(['none', 'over', 'all'], { description: 'over: of what is rejected' }) },
  { additionalProperties: false },
)
export type PicturesBody = Static<typeof PicturesBody>
