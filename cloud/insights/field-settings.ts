// What a person tells of a field: the crop, its dates and the zero of the depth. One schema gives type, validation and API.
import { Type, type Static } from 'typebox'

const Day = Type.String({
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
  description: 'e.g. 2026-05-03',
})

const cultivarIds = [
  'koshihikari',
  'fusaotome',
  'fusakogane',
  'sasanishiki',
  'nipponbare',
  'mizuho',
  'ishikari',
] as const
export type CultivarId = (typeof cultivarIds)[number]

/** `modelled` is filled in by the hub where it holds the temperatures of that year: what the model says without correction. */
const PastHeading = Type.Object(
  { transplanted: Day, headed: Day, modelled: Type.Optional(Type.Union([Day, Type.Null()])) },
  { additionalProperties: false },
)
export type PastHeading = Static<typeof PastHeading>

/** Each is optional: an insight that needs one that is not set says so. */
export const FieldSettings = Type.Object(
  {
    cultivar: Type.Optional(Type.Enum(cultivarIds)),
    transplanted: Type.Optional(Day),
    soil: Type.Optional(
      Type.Enum(['sand', 'loam', 'clay', 'peat'], { description: 'Kept for people; no formula uses it yet' }),
    ),
    depthZeroM: Type.Optional(
      Type.Number({
        minimum: -10,
        maximum: 10,
        description: 'What the level probe shows at the surface of the soil, m',
      }),
    ),
    headed: Type.Optional(Day),
    harvested: Type.Optional(Day),
    midDrainage: Type.Optional(Type.Object({ from: Day, to: Day }, { additionalProperties: false })),
    /** Depth to which the field is flooded out of season, m. */
    winterDepthM: Type.Optional(Type.Number({ minimum: 0, maximum: 0.5 })),
    pastHeadings: Type.Optional(Type.Array(PastHeading, { maxItems: 20 })),
    /** Normal monthly mean temperatures, January first, °C: what is expected of the days to come. */
    normalsC: Type.Optional(Type.Array(Type.Number({ minimum: -30, maximum: 40 }), { minItems: 12, maxItems: 12 })),
  },
  { additionalProperties: false },
)
export type FieldSettings = Static<typeof FieldSettings>
