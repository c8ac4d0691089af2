// The manifest of a series detector: a model without a graph, whose numbers stand in the manifest and whose code is models/series.
import { Type, type Static } from 'typebox'
import { closed, Files, identityOf, PackagePath, Positive, Unit } from './manifest-parts.ts'

const Steps = Type.Integer({ minimum: 1, maximum: 1_000_000 })

/** See DetectorDefinition in models/series/series-detector.ts. */
const Detector = Type.Object(
  {
    transform: Type.Union([
      Type.Object({ kind: Type.Literal('none') }, closed),
      Type.Object({ kind: Type.Literal('log1p'), unit: Positive }, closed),
    ]),
    stepS: Type.Number({ minimum: 0, maximum: 86_400 }),
    utcOffsetMin: Type.Integer({ minimum: -840, maximum: 840 }),
    residualSteps: Steps,
    levelSteps: Steps,
    shortSteps: Steps,
    longSteps: Steps,
    power: Type.Number({ minimum: 1, maximum: 100 }),
    fadeShare: Unit,
    maxFadeSteps: Steps,
    recurrenceFactor: Type.Number({ minimum: 0, maximum: 10 }),
    recurrenceRate: Unit,
  },
  closed,
)

/** The score is 0.8 where the surprise is `alarmSurprise`; it keeps its highest value of the last `holdS`. */
export const SeriesDetectorManifest = Type.Object(
  {
    ...identityOf('series-detector'),
    input: Type.Object({ unit: Type.String({ maxLength: 16 }) }, closed),
    detector: Detector,
    /** Whose public holidays count as Sundays. */
    holidays: Type.Enum(['JP', 'none']),
    score: Type.Object({ alarmSurprise: Positive, holdS: Type.Number({ minimum: 0, maximum: 86_400 }) }, closed),
    thresholds: Type.Object({ warning: Unit, alarm: Unit, onDelayS: Type.Number({ minimum: 0 }) }, closed),
    golden: Type.Object({ trace: PackagePath, tolerance: Positive }, closed),
    card: PackagePath,
    files: Files,
  },
  closed,
)
export type SeriesDetectorManifest = Static<typeof SeriesDetectorManifest>

/** `golden/trace.json`: samples of one series; a step that ends says its surprise and the surprise of each view. */
export const DetectorTrace = Type.Array(
  Type.Object(
    {
      timeMs: Type.Integer(),
      value: Type.Number(),
      surprise: Type.Optional(Type.Number({ minimum: 0 })),
      views: Type.Optional(Type.Array(Type.Number({ minimum: 0 }))),
    },
    closed,
  ),
  { minItems: 1, maxItems: 10_000 },
)
export type DetectorTrace = Static<typeof DetectorTrace>
