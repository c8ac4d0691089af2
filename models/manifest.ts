// The manifest of a model package: one schema gives the type and refuses what does not fit. Issue of new tasks: add a literal here.
import { Type, type Static } from 'typebox'
import { LocalizedText } from '../broker/contract/documents.ts'

const closed = { additionalProperties: false } as const
const semver = '^\\d+\\.\\d+\\.\\d+$'
const Path = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$', maxLength: 128 })
const Positive = Type.Number({ exclusiveMinimum: 0 })

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

/** How one series becomes an input row; feature-window.ts says what each part means. Times in the units of their names. */
export const WindowDefinition = Type.Object(
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
    place: Type.Optional(
      Type.Object(
        { latDeg: Type.Number({ minimum: -90, maximum: 90 }), lonDeg: Type.Number({ minimum: -180, maximum: 180 }) },
        closed,
      ),
    ),
    features: Type.Array(Type.Enum(featureKinds), { minItems: 1, maxItems: 32 }),
  },
  closed,
)
export type WindowDefinition = Static<typeof WindowDefinition>

const tensor = {
  name: Type.String({ minLength: 1, maxLength: 64 }),
  dtype: Type.Literal('float32'),
  /** `N` is the batch: any number of rows in one run. A number there fixes it. */
  shape: Type.Array(Type.Union([Type.Literal('N'), Type.Integer({ minimum: 1 })]), { minItems: 2, maxItems: 2 }),
}

/** `manifest.json`: what the model is, what it needs, what its outputs mean, and the sha-256 of every other file of the package. */
export const Manifest = Type.Object(
  {
    format: Type.Literal(1),
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
    version: Type.String({ pattern: semver }),
    task: Type.Literal('series-anomaly'),
    labels: LocalizedText,
    runtime: Type.Object(
      {
        name: Type.Literal('onnxruntime'),
        minimum: Type.String({ pattern: semver }),
        opset: Type.Integer({ minimum: 1 }),
      },
      closed,
    ),
    model: Path,
    input: Type.Object({ ...tensor, unit: Type.String({ maxLength: 16 }), window: WindowDefinition }, closed),
    /** The first output is the score, shape [N, 1], 0..1. */
    outputs: Type.Array(
      Type.Object({ ...tensor, meaning: Type.String({ minLength: 1 }), labels: LocalizedText }, closed),
      { minItems: 1, maxItems: 16 },
    ),
    thresholds: Type.Object(
      {
        warning: Type.Number({ minimum: 0, maximum: 1 }),
        alarm: Type.Number({ minimum: 0, maximum: 1 }),
        onDelayS: Type.Number({ minimum: 0 }),
      },
      closed,
    ),
    golden: Type.Object({ cases: Path, trace: Path, tolerance: Positive }, closed),
    files: Type.Array(
      Type.Object(
        { path: Path, bytes: Type.Integer({ minimum: 0 }), sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) },
        closed,
      ),
      { minItems: 1, maxItems: 256 },
    ),
  },
  closed,
)
export type Manifest = Static<typeof Manifest>

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
