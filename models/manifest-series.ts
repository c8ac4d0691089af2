// The manifests of the models that read series of numbers: series-anomaly and lamp-fault.
import { Type, type Static } from 'typebox'
import { Classes, closed, manifestOf, PackagePath, Positive, tensor, Unit } from './manifest-parts.ts'

/** The features that a window can put into the input row, in the order given; `steps` fills one float per step, `profile` 4, `time-of-day` 2. */
const featureKinds = [
  'steps',
  'fill',
  'reference',
  'profile',
  'baseline',
  'baseline-age',
  'sun-elevation',
  'time-of-day',
] as const
export type FeatureKind = (typeof featureKinds)[number]

const Place = Type.Object(
  { latDeg: Type.Number({ minimum: -90, maximum: 90 }), lonDeg: Type.Number({ minimum: -180, maximum: 180 }) },
  closed,
)

/** How one series becomes an input row; feature-window.ts says what each part means. Times in the units of their names. */
const WindowDefinition = Type.Object(
  {
    transform: Type.Union([
      Type.Object({ kind: Type.Literal('none') }, closed),
      Type.Object({ kind: Type.Literal('log1p'), unit: Positive }, closed),
    ]),
    steps: Type.Object(
      { count: Type.Integer({ minimum: 2, maximum: 1024 }), stepS: Positive, maxGapS: Positive },
      closed,
    ),
    profile: Type.Object(
      {
        binS: Type.Integer({ minimum: 60, maximum: 86_400 }),
        alpha: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
        clip: Positive,
        clipOf: Type.Union([Type.Literal('reference'), Type.Literal('one')]),
      },
      closed,
    ),
    reference: Type.Object({ decayDays: Positive }, closed),
    baseline: Type.Object({ tauS: Positive, startS: Positive, clip: Positive }, closed),
    utcOffsetMin: Type.Integer({ minimum: -840, maximum: 840 }),
    place: Type.Optional(Place),
    features: Type.Array(Type.Enum(featureKinds), { minItems: 1, maxItems: 32 }),
  },
  closed,
)
export type WindowDefinition = Static<typeof WindowDefinition>

/** The first output is the `score`, shape [N, 1]. An alarm: `alarm` or more for `onDelayS`. */
export const SeriesAnomalyManifest = manifestOf('series-anomaly', {
  input: Type.Object({ ...tensor, unit: Type.String({ maxLength: 16 }), window: WindowDefinition }, closed),
  thresholds: Type.Object({ warning: Unit, alarm: Unit, onDelayS: Type.Number({ minimum: 0 }) }, closed),
  golden: Type.Object({ cases: PackagePath, trace: PackagePath, tolerance: Positive }, closed),
})
export type SeriesAnomalyManifest = Static<typeof SeriesAnomalyManifest>

/** How a lighting circuit becomes one row a lamp; models/lamp-fault/lamp-window.ts says what each part means. */
const LampWindowDefinition = Type.Object(
  {
    /** A step is the mean of what was read in it; a longer silence than `maxGapS` counts as that. */
    stepS: Positive,
    maxGapS: Positive,
    /** A lamp's full power is taken to be at least this. */
    floorW: Positive,
    referenceDays: Positive,
    suspectDays: Positive,
    profile: Type.Object(
      {
        binS: Type.Integer({ minimum: 60, maximum: 86_400 }),
        alpha: Unit,
        slowAlpha: Unit,
        settleNights: Type.Integer({ minimum: 2, maximum: 60 }),
        /** Nights of an hour that a lamp under suspicion must have, so that they are kept as they are. */
        heldNights: Type.Integer({ minimum: 0, maximum: 60 }),
        clip: Positive,
      },
      closed,
    ),
    /** Shares of full power between which a lamp counts neither as lit nor as dark. */
    litAbove: Unit,
    darkBelow: Unit,
    utcOffsetMin: Type.Integer({ minimum: -840, maximum: 840 }),
    place: Place,
  },
  closed,
)
export type LampWindowDefinition = Static<typeof LampWindowDefinition>

/** A fault is raised when its smoothed probability (`smoothS`) is at least `raise`, and cleared after it was under `clear` for `calmS`. */
const LampFaultRule = Type.Object(
  { raise: Unit, clear: Unit, smoothS: Positive, calmS: Type.Number({ minimum: 0 }) },
  closed,
)
type LampFaultRule = Static<typeof LampFaultRule>

/**
 * One row a lamp: `features` names each float of it, in order. The first output is `class-scores` over `classes`, the first class
 * `healthy`. `thresholds` has a rule for each other class; time passes in it only while the fault could be seen: by day for
 * `day-burning`, by night or while switched on for the others.
 */
export const LampFaultManifest = manifestOf('lamp-fault', {
  classes: Classes,
  input: Type.Object(
    {
      ...tensor,
      features: Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,47}$' }), { minItems: 1, maxItems: 256 }),
      window: LampWindowDefinition,
    },
    closed,
  ),
  thresholds: Type.Record(Type.String(), LampFaultRule),
  /** `trace`: steps of a circuit and the rows that must follow, in the form that models/lamp-fault reads. */
  golden: Type.Object({ cases: PackagePath, trace: PackagePath, tolerance: Positive }, closed),
})
export type LampFaultManifest = Static<typeof LampFaultManifest>

/** `golden/cases.json`: input rows and what each output must be within the tolerance (absolute under 1, relative above). */
export const GoldenCases = Type.Array(
  Type.Object(
    { input: Type.Array(Type.Number()), outputs: Type.Record(Type.String(), Type.Array(Type.Number())) },
    closed,
  ),
  { minItems: 1, maxItems: 10_000 },
)
export type GoldenCases = Static<typeof GoldenCases>

/** `golden/trace.json`: samples of one series, whether each is taken, and for some the input row that must follow. */
export const GoldenTrace = Type.Array(
  Type.Object(
    {
      timeMs: Type.Integer(),
      value: Type.Number(),
      taken: Type.Boolean(),
      features: Type.Optional(Type.Array(Type.Number())),
    },
    closed,
  ),
  { minItems: 1, maxItems: 10_000 },
)
export type GoldenTrace = Static<typeof GoldenTrace>
