// The documents that travel beside readings: status (birth and last will), ack. One schema gives type and validation.
import { Type, type Static } from 'typebox'
import { GatewayCondition } from './gateway-condition.ts'

export const LocalizedText = Type.Object({ ja: Type.String(), en: Type.String() }, { additionalProperties: false })
export type LocalizedText = Static<typeof LocalizedText>

export const siteKinds = ['paddy', 'weather', 'streetlight', 'wifi', 'factory', 'gateway', 'other'] as const
export type SiteKind = (typeof siteKinds)[number]
/** TypeBox cannot tell the union of a mapped array; the type is said here. */
export const SiteKind = Type.Unsafe<SiteKind>(Type.Union(siteKinds.map((kind) => Type.Literal(kind))))

const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })

const Position = Type.Tuple([Type.Number({ minimum: -180, maximum: 180 }), Type.Number({ minimum: -90, maximum: 90 })])

/** A GeoJSON polygon (RFC 7946): [lon, lat] in WGS84 degrees, the outer ring first, each closed. */
export const Area = Type.Object({
  type: Type.Literal('Polygon'),
  coordinates: Type.Array(Type.Array(Position, { minItems: 4, maxItems: 500 }), { minItems: 1, maxItems: 10 }),
})
export type Area = Static<typeof Area>

/** A growth stage of the crop of a place, and the local day on which it begins; without a year it comes back every year. */
const GrowthStage = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  from: Type.String({
    pattern: '^([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
    description: 'e.g. 2026-05-01',
  }),
})
export type GrowthStage = Static<typeof GrowthStage>
/** A stage lasts until the next begins. */
export const GrowthStages = Type.Array(GrowthStage, { minItems: 1, maxItems: 40 })

/** A place on the map. `position` is WGS84 degrees; `area` is the field, by which drone images find it. */
export const Site = Type.Object({
  id: Name,
  kind: SiteKind,
  name: LocalizedText,
  position: Type.Object({
    lat: Type.Number({ minimum: -90, maximum: 90 }),
    lon: Type.Number({ minimum: -180, maximum: 180 }),
  }),
  area: Type.Optional(Area),
  stages: Type.Optional(GrowthStages),
})
export type Site = Static<typeof Site>

const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', description: 'e.g. 2026-04-01' })

/** How a gateway calibrates a series, when that was found out, and the first day on which it no longer holds. */
export const CalibrationDescription = Type.Object({
  method: Type.Union([Type.Literal('linear'), Type.Literal('two-point'), Type.Literal('table')]),
  date: Type.Optional(Day),
  due: Type.Optional(Day),
})
export type CalibrationDescription = Static<typeof CalibrationDescription>

/** What a gateway says of one of its series: enough for a chart title, a unit and a dead-man alarm. */
export const SeriesDescription = Type.Object({
  name: Type.String({ maxLength: 128 }),
  unit: Type.Optional(Type.String({ maxLength: 16 })),
  intervalS: Type.Number({ exclusiveMinimum: 0 }),
  label: LocalizedText,
  calibration: Type.Optional(CalibrationDescription),
})
export type SeriesDescription = Static<typeof SeriesDescription>

export const DeviceDescription = Type.Object({
  id: Name,
  site: Type.Optional(Name),
  profile: Type.String(),
  label: LocalizedText,
  series: Type.Array(SeriesDescription, { maxItems: 1000 }),
})
export type DeviceDescription = Static<typeof DeviceDescription>

const pictureChoices = ['none', 'over', 'all'] as const
type PictureChoice = (typeof pictureChoices)[number]
const PictureChoice = Type.Unsafe<PictureChoice>(Type.Union(pictureChoices.map((choice) => Type.Literal(choice))))
const Count = Type.Integer({ minimum: 0 })

/** An inspection line: what of its pictures leaves the gateway, what it keeps, and how well what judges it was taught. */
export const InspectionDescription = Type.Object({
  id: Name,
  camera: Name,
  /** Which verdicts travel with a picture. `most`: what the configuration allows; `now`: what is so. */
  pictures: Type.Object({ most: PictureChoice, now: PictureChoice }),
  /** Frames of the last verdicts, and examples of each judgement, where the line learns. */
  keeps: Type.Optional(Type.Object({ frames: Count, good: Count, bad: Count })),
  /** Each example judged by a model that was taught without it. */
  taught: Type.Optional(
    Type.Object({
      version: Type.String({ maxLength: 64 }),
      /** What a person can go back to; absent: nothing. */
      before: Type.Optional(Type.String({ maxLength: 64 })),
      good: Count,
      bad: Count,
      timeMs: Type.Number(),
      falseRejects: Type.Optional(Count),
      falsePasses: Type.Optional(Count),
      auroc: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    }),
  ),
})
export type InspectionDescription = Static<typeof InspectionDescription>

/**
 * `…/status`, retained: the birth when a gateway connects, `offline` when it leaves or as its last will. Between them, not
 * retained, an `online` that describes nothing and brings a new `condition`.
 */
export const StatusDocument = Type.Object({
  v: Type.Literal(1),
  state: Type.Union([Type.Literal('online'), Type.Literal('offline')]),
  /** Why offline: `shutdown` is announced, `lost` is the last will. */
  reason: Type.Optional(Type.Union([Type.Literal('shutdown'), Type.Literal('lost')])),
  timeMs: Type.Number(),
  epoch: Type.String({ maxLength: 64 }),
  agent: Type.Optional(Type.String({ maxLength: 64 })),
  label: Type.Optional(LocalizedText),
  sites: Type.Optional(Type.Array(Site, { maxItems: 1000 })),
  devices: Type.Optional(Type.Array(DeviceDescription, { maxItems: 1000 })),
  models: Type.Optional(Type.Array(Type.Object({ id: Type.String(), version: Type.String() }), { maxItems: 100 })),
  inspections: Type.Optional(Type.Array(InspectionDescription, { maxItems: 100 })),
  /** What it can be asked to do; `choices`: of what, e.g. the cameras whose frames it may send. */
  commands: Type.Optional(
    Type.Array(
      Type.Object({
        kind: Type.String({ maxLength: 32 }),
        choices: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100 })),
      }),
      { maxItems: 50 },
    ),
  ),
  /** Packages that are configured and not used; the reason begins with the name of the fault. */
  refusedModels: Type.Optional(
    Type.Array(Type.Object({ package: Type.String({ maxLength: 64 }), reason: Type.String({ maxLength: 500 }) }), {
      maxItems: 100,
    }),
  ),
  condition: Type.Optional(GatewayCondition),
})
export type StatusDocument = Static<typeof StatusDocument>

/**
 * `…/ack`: every message of this epoch through this seq is stored durably. `rewind` asks the gateway to send again
 * from the first message it still holds, because the hub saw a gap.
 */
export const AckDocument = Type.Object({
  epoch: Type.String({ maxLength: 64 }),
  through: Type.Integer({ minimum: 0 }),
  rewind: Type.Optional(Type.Boolean()),
  /** Why the hub could not use the gateway's status document; the rest of such an ack says nothing. */
  refused: Type.Optional(Type.String({ maxLength: 1_000 })),
})
export type AckDocument = Static<typeof AckDocument>
