// The manifest of a model package: the schema of each task; together they are the type that the task tells apart.
import type { Static } from 'typebox'
import {
  DisplayReadingManifest,
  ImageFeaturesManifest,
  InspectionManifest,
  PeopleCountManifest,
  PhotoPrivacyManifest,
  SegmentationManifest,
} from './manifest-image.ts'
import { SeriesDetectorManifest } from './manifest-detector.ts'
import { LampFaultManifest, SeriesAnomalyManifest } from './manifest-series.ts'

/** A new task: its schema here, in manifest-series.ts, manifest-image.ts or a file beside them. */
export const manifestSchemas = {
  'series-anomaly': SeriesAnomalyManifest,
  'series-detector': SeriesDetectorManifest,
  'lamp-fault': LampFaultManifest,
  inspection: InspectionManifest,
  'image-features': ImageFeaturesManifest,
  segmentation: SegmentationManifest,
  'display-reading': DisplayReadingManifest,
  'people-count': PeopleCountManifest,
  'photo-privacy': PhotoPrivacyManifest,
} as const

export type Task = keyof typeof manifestSchemas

/** `manifest.json`: what the model is, what it needs, what its outputs mean, and the sha-256 of every other file of the package. */
export type Manifest = Static<(typeof manifestSchemas)[Task]>

/** The manifests whose model is an ONNX graph. */
export type GraphManifest = Exclude<Manifest, SeriesDetectorManifest>
