// A model package in memory, after every check but its golden samples; free of schemas, so that a worker or an agent may load it.
import type { LampGoldenTrace } from './lamp-fault/golden-trace.ts'
import type { ImageGoldenCases, ImageManifest } from './manifest-image.ts'
import type { DetectorTrace, SeriesDetectorManifest } from './manifest-detector.ts'
import type { GoldenCases, GoldenTrace, LampFaultManifest, SeriesAnomalyManifest } from './manifest-series.ts'
import type { Manifest } from './manifest.ts'

interface PackageOf<M extends Manifest, Golden> {
  /** The folder or .tgz that it was read from. */
  readonly folder: string
  readonly manifest: M
  /** The bytes of the ONNX graph `manifest.model`; empty where the model is no graph. */
  readonly model: Uint8Array
  readonly golden: Golden
  /** Every other listed file by its path, but the card: golden images and tensors, further graphs, a taught head. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Id of the key that signed it; undefined for an unsigned package where those are allowed. */
  readonly signedBy: string | undefined
}

export type SeriesPackage = PackageOf<
  SeriesAnomalyManifest,
  { readonly cases: GoldenCases; readonly trace: GoldenTrace }
>
export type LampFaultPackage = PackageOf<
  LampFaultManifest,
  { readonly cases: GoldenCases; readonly trace: LampGoldenTrace }
>
export type ImagePackage<M extends ImageManifest = ImageManifest> = PackageOf<M, { readonly cases: ImageGoldenCases }>
export type DetectorPackage = PackageOf<SeriesDetectorManifest, { readonly trace: DetectorTrace }>
/** A package whose model is an ONNX graph. */
export type GraphPackage = SeriesPackage | LampFaultPackage | ImagePackage
export type ModelPackage = GraphPackage | DetectorPackage

export function isDetectorPackage(model: ModelPackage): model is DetectorPackage {
  return model.manifest.task === 'series-detector'
}

export function isSeriesPackage(model: ModelPackage): model is SeriesPackage {
  return model.manifest.task === 'series-anomaly'
}

export function isLampFaultPackage(model: ModelPackage): model is LampFaultPackage {
  return model.manifest.task === 'lamp-fault'
}

export function isImagePackage(model: ModelPackage): model is ImagePackage {
  return 'image' in model.manifest.input
}
