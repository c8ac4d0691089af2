// What runs a model: rows in, one score a row out. The port behind which a runtime stands.
import type { LampFaultManifest, SeriesAnomalyManifest } from './manifest-series.ts'

/** The manifests of models whose input is a row of numbers. */
export type RowManifest = SeriesAnomalyManifest | LampFaultManifest

export type Outputs = Readonly<Record<string, Float32Array>>

export interface Scorer<M extends RowManifest = RowManifest> {
  readonly manifest: M
  /** Runs `count` input rows laid end to end. Each output holds its rows end to end. Throws AppError `model.failed`. */
  run(rows: Float32Array, count: number): Promise<Outputs>
  close(): Promise<void>
}

/** Rows that one run may hold: the fixed batch of the manifest, else `limit`. */
export function batchLimit(manifest: RowManifest, limit: number): number {
  const [batch] = manifest.input.shape
  return typeof batch === 'number' ? batch : limit
}
