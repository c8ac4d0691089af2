// What the manifests of all tasks have in common: identity, runtime, tensors, classes with their labels, files.
import { Type, type Static, type TProperties } from 'typebox'
import { LocalizedText } from '../broker/contract/documents.ts'

export const closed = { additionalProperties: false } as const
const semver = '^\\d+\\.\\d+\\.\\d+$'

/** Below the folder of the package, lower case, no `..`. */
export const PackagePath = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$', maxLength: 128 })
export const Positive = Type.Number({ exclusiveMinimum: 0 })
/** A probability, score or share. */
export const Unit = Type.Number({ minimum: 0, maximum: 1 })

/** A number fixes the dimension, a name (as in the graph) leaves it free. The first dimension is the batch: 1, another number, or `N`. */
const Dimension = Type.Union([
  Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_.]{0,31}$' }),
  Type.Integer({ minimum: 1, maximum: 1_048_576 }),
])

export const tensor = {
  name: Type.String({ minLength: 1, maxLength: 64 }),
  dtype: Type.Literal('float32'),
  shape: Type.Array(Dimension, { minItems: 1, maxItems: 5 }),
}

const ClassId = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' })

/** What the model tells apart. A class without a Japanese or an English label is refused (`missing-label`). */
export const Classes = Type.Array(
  Type.Object({ id: ClassId, ja: LocalizedText.properties.ja, en: LocalizedText.properties.en }, closed),
  {
    minItems: 1,
    maxItems: 64,
  },
)

/**
 * What an output holds. All are final: softmax or sigmoid is in the graph. H and W are those of the input or an even part of them.
 * - `score` [N, 1]: 0..1, the larger the worse. `class-scores` [N, classes]: 0..1.
 * - `mask` [N, classes, H, W]: probability of each class. `heat-map` [N, 1, H, W]: 0..1, where the score comes from.
 * - `features` [N, F] and `feature-map` [N, F, H, W]: of a frozen extractor.
 * - `index-map` [N, indices, H, W]: vegetation indices, named by `indices`.
 * - `text-map` [N, 1, H, W]: probability of text. `text-scores` [N, T, characters]: per column, blank first.
 * - `boxes` [N, candidates, 4]: left, top, right, bottom as shares of the image; they may overlap and reach beyond it. `box-scores`
 *   [N, candidates, classes]: 0..1.
 * - `band` [N, 2]: lower and upper edge of what is healthy, in the unit of the input. `forecast` [N, …]: expected values.
 */
const meanings = [
  'score',
  'class-scores',
  'mask',
  'heat-map',
  'features',
  'feature-map',
  'index-map',
  'text-map',
  'text-scores',
  'boxes',
  'box-scores',
  'band',
  'forecast',
] as const
export type OutputMeaning = (typeof meanings)[number]

const Output = Type.Object(
  {
    ...tensor,
    meaning: Type.Enum(meanings),
    /** For a person: calibration, unit, how to read it. */
    about: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    labels: Type.Optional(LocalizedText),
    /** The class of each channel (dimension 1; of `box-scores` dimension 2), as ids of `classes`. Needed for these, `class-scores` and `mask`. */
    classes: Type.Optional(Type.Array(ClassId, { minItems: 1, maxItems: 64 })),
    /** The index of each channel of an `index-map`. */
    indices: Type.Optional(Type.Array(Type.Enum(['exg', 'vari', 'ndvi', 'gli']), { minItems: 1, maxItems: 8 })),
  },
  closed,
)
export type Output = Static<typeof Output>

export const Outputs = Type.Array(Output, { minItems: 1, maxItems: 16 })

/** The manifest of one task: the common head, then what the task adds. */
export function manifestOf<Task extends string, Properties extends TProperties>(task: Task, properties: Properties) {
  return Type.Object({ ...head, task: Type.Literal(task), ...properties }, closed)
}

const identity = {
  format: Type.Literal(1),
  id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
  version: Type.String({ pattern: semver }),
  labels: LocalizedText,
}

/** What every manifest says of itself; for a task whose model is no graph. */
export function identityOf<Task extends string>(task: Task) {
  return { ...identity, task: Type.Literal(task) }
}

/** The file is not in the package but in one of npm that is installed beside it; `path` is then its name here. */
const NpmFile = Type.Object(
  {
    package: Type.String({ pattern: '^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*$', maxLength: 128 }),
    path: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$', maxLength: 256 }),
  },
  closed,
)

/** Every file of the package but manifest.json and signature.json. */
export const Files = Type.Array(
  Type.Object(
    {
      path: PackagePath,
      bytes: Type.Integer({ minimum: 0 }),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      npm: Type.Optional(NpmFile),
    },
    closed,
  ),
  { minItems: 1, maxItems: 256 },
)

const head = {
  ...identity,
  runtime: Type.Object(
    {
      name: Type.Literal('onnxruntime'),
      minimum: Type.String({ pattern: semver }),
      opset: Type.Integer({ minimum: 1 }),
    },
    closed,
  ),
  /** The ONNX graph. */
  model: PackagePath,
  outputs: Outputs,
  /** Data, split, figures, limits and terms, for a person. */
  card: PackagePath,
  files: Files,
}
