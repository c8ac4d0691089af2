// The manifests of the models that read images: inspection, image-features, segmentation, display-reading, people-count and photo-privacy.
import { Type, type Static } from 'typebox'
import { Classes, closed, manifestOf, Outputs, PackagePath, Positive, tensor, Unit } from './manifest-parts.ts'

const Side = Type.Integer({ minimum: 8, maximum: 4096 })

/**
 * How an image becomes the input tensor, float32 [batch, channels, height, width], values `(pixel · scale − mean) / std`.
 * - `stretch`: to width × height. `contain`: within them, the rest filled with `fill` (right and below). `tile`: cut into tiles of
 *   width × height that overlap by `overlapPx`; with `metresPerPixel` the image is first brought to that ground resolution.
 * - `kernel`: how it is resized; `linear`, `cubic` and `lanczos3` as PIL's BILINEAR, BICUBIC and LANCZOS do.
 * - `grey`: ITU-R 601 luma of the sRGB values. The orientation of EXIF is applied first.
 */
const ImageDefinition = Type.Object(
  {
    width: Side,
    height: Side,
    colour: Type.Enum(['rgb', 'grey']),
    layout: Type.Literal('NCHW'),
    fit: Type.Enum(['stretch', 'contain', 'tile']),
    kernel: Type.Enum(['linear', 'cubic', 'lanczos3', 'area']),
    fill: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    tile: Type.Optional(
      Type.Object(
        { overlapPx: Type.Integer({ minimum: 0, maximum: 2048 }), metresPerPixel: Type.Optional(Positive) },
        closed,
      ),
    ),
    /** e.g. 1/255. */
    scale: Positive,
    /** One number a channel. */
    mean: Type.Array(Type.Number(), { minItems: 1, maxItems: 3 }),
    std: Type.Array(Positive, { minItems: 1, maxItems: 3 }),
  },
  closed,
)
export type ImageDefinition = Static<typeof ImageDefinition>

const ImageInput = Type.Object({ ...tensor, image: ImageDefinition }, closed)
export type ImageInput = Static<typeof ImageInput>

/**
 * `tolerance`: largest absolute difference; `tolerances`: another one for an output, by name. `outlierShare`: share of the values of
 * one output that may lie outside (edges of a mask), 0 where absent.
 */
const ImageGolden = Type.Object(
  {
    cases: PackagePath,
    tolerance: Positive,
    tolerances: Type.Optional(Type.Record(Type.String(), Positive)),
    outlierShare: Type.Optional(Type.Number({ minimum: 0, maximum: 0.05 })),
  },
  closed,
)

const common = { input: ImageInput, golden: ImageGolden }

/** Outputs `score` first, then any of `class-scores`, `mask`, `heat-map`. `reject` and `review`: of the score; `mask`: of a pixel. */
export const InspectionManifest = manifestOf('inspection', {
  ...common,
  classes: Classes,
  thresholds: Type.Object(
    { reject: Unit, review: Type.Optional(Unit), mask: Type.Optional(Unit), minAreaPx: Type.Optional(Positive) },
    closed,
  ),
})
export type InspectionManifest = Static<typeof InspectionManifest>

/**
 * A frozen extractor: outputs `features` or `feature-map`. With `taught` the package is a revision that a gateway fitted from
 * examples: `head` is the file of the fitted head, in the form that models/teach reads, and `thresholds` are of its score.
 */
export const ImageFeaturesManifest = manifestOf('image-features', {
  ...common,
  taught: Type.Optional(
    Type.Object(
      {
        head: PackagePath,
        thresholds: Type.Object({ reject: Unit, review: Type.Optional(Unit), mask: Type.Optional(Unit) }, closed),
        classes: Classes,
        examples: Type.Object({ good: Type.Integer({ minimum: 0 }), bad: Type.Integer({ minimum: 0 }) }, closed),
        taughtMs: Type.Integer({ minimum: 0 }),
        /** Each example judged by a head that was fitted without it. */
        leaveOneOut: Type.Optional(
          Type.Object(
            {
              falseRejects: Type.Integer({ minimum: 0 }),
              falsePasses: Type.Integer({ minimum: 0 }),
              auroc: Unit,
            },
            closed,
          ),
        ),
      },
      closed,
    ),
  ),
})
export type ImageFeaturesManifest = Static<typeof ImageFeaturesManifest>

/**
 * First output `mask` over `classes`; `canopy` may add an `index-map`. `mask`: probability from which a pixel counts; `minAreaPx`:
 * smaller pieces are dropped; `raise` and `clear`: share of the image, for a camera that watches, over `medianOf` frames.
 */
export const SegmentationManifest = manifestOf('segmentation', {
  ...common,
  subject: Type.Enum(['canopy', 'road-damage']),
  classes: Classes,
  thresholds: Type.Object(
    {
      mask: Unit,
      perClass: Type.Optional(Type.Record(Type.String(), Unit)),
      minAreaPx: Type.Optional(Positive),
      raise: Type.Optional(Unit),
      clear: Type.Optional(Unit),
      medianOf: Type.Optional(Type.Integer({ minimum: 1, maximum: 31 })),
    },
    closed,
  ),
})
export type SegmentationManifest = Static<typeof SegmentationManifest>

/**
 * `model`, `input`, `outputs` are the recogniser of one line (`text-scores`); `characters` is its alphabet, one a line, without the
 * blank. `detection` finds the lines (`text-map`) where no region is configured. A reading below `confidence` is none.
 */
export const DisplayReadingManifest = manifestOf('display-reading', {
  ...common,
  characters: PackagePath,
  /** The digits of each golden image. Its `outputs` may be empty: columns of a recogniser are large. */
  readings: Type.Record(Type.String(), Type.String({ pattern: '^[0-9]+$', maxLength: 15 })),
  detection: Type.Optional(Type.Object({ model: PackagePath, input: ImageInput, outputs: Outputs }, closed)),
  thresholds: Type.Object({ confidence: Unit, text: Type.Optional(Unit) }, closed),
})
export type DisplayReadingManifest = Static<typeof DisplayReadingManifest>

/**
 * Outputs `boxes` and `box-scores` of one class. A box counts from `score` on; of two that share more than `overlap` of their union
 * only the likelier. The image is stretched, so that boxes are shares of it.
 */
export const PeopleCountManifest = manifestOf('people-count', {
  ...common,
  classes: Classes,
  thresholds: Type.Object({ score: Unit, overlap: Unit }, closed),
})
export type PeopleCountManifest = Static<typeof PeopleCountManifest>

/**
 * Outputs `boxes` and `box-scores` of the classes `face`, `person` and `vehicle`, for tiles of a photo at several scales. From its
 * threshold on each is covered; a person or vehicle that takes much of the photo at a score below `sure` leaves the photo undecided.
 */
export const PhotoPrivacyManifest = manifestOf('photo-privacy', {
  ...common,
  classes: Classes,
  thresholds: Type.Object({ face: Unit, person: Unit, vehicle: Unit, sure: Unit }, closed),
})
export type PhotoPrivacyManifest = Static<typeof PhotoPrivacyManifest>

/** The manifest of any model that reads images. */
export type ImageManifest =
  | InspectionManifest
  | ImageFeaturesManifest
  | SegmentationManifest
  | DisplayReadingManifest
  | PeopleCountManifest
  | PhotoPrivacyManifest

/**
 * `golden/cases.json`: an image of the package and what each output must be: numbers in the order of the tensor, or the file of the
 * package that holds them as little-endian float32.
 */
export const ImageGoldenCases = Type.Array(
  Type.Object(
    {
      image: PackagePath,
      outputs: Type.Record(
        Type.String(),
        Type.Union([Type.Array(Type.Number(), { maxItems: 4096 }), Type.Object({ file: PackagePath }, closed)]),
      ),
    },
    closed,
  ),
  { minItems: 1, maxItems: 32 },
)
export type ImageGoldenCases = Static<typeof ImageGoldenCases>
