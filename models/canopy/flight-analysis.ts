// One flight through the canopy model: its images, one after the other, become the cover of the cells of a field.
import { toAppError } from '../../broker/contract/app-error.ts'
import { groundFootprint } from '../../broker/contract/ground-footprint.ts'
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'
import type { Ring } from '../../broker/contract/plane-geometry.ts'
import type { SegmentationManifest } from '../manifest-image.ts'
import type { ImageOutput, ImageRun } from '../vision/graph-runner.ts'
import { decodeScaled } from '../vision/image-decoder.ts'
import { probeImage } from '../vision/image-probe.ts'
import type { ImageSession } from '../vision/image-session.ts'
import { bandLayer, exposureFactor, withNdvi } from './band-index.ts'
import { coverChange, meansOf, type ChangedCell, type CoverChange } from './cover-change.ts'
import { createFlightCover, type CoveredCell, type FlightCover, type Layer } from './flight-cover.ts'
import { gridAt, gridPosition, type GroundGrid } from './ground-grid.ts'

interface FlightImage {
  readonly facts: ImageFacts
  readonly read: () => Promise<Uint8Array>
}

/** Why an image is not in the result. `no-place`: no footprint can be computed; `other-band`: neither colour, red nor NIR. */
type LeftOut = 'no-place' | 'other-band' | 'no-exposure' | 'unreadable' | 'no-room'

export interface FlightAnalysis {
  readonly grid: GroundGrid
  readonly cells: readonly ChangedCell[]
  /** Mean over the cells of each layer: shares of the area for canopy and panicle, means of indices. */
  readonly means: Readonly<Record<string, number>>
  /** Undefined without an earlier flight. */
  readonly change: CoverChange | undefined
  readonly images: number
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>
  /** Of the last image that was used, Unix ms. */
  readonly timeMs: number
}

export interface FlightRequest {
  readonly images: readonly FlightImage[]
  readonly session: Pick<ImageSession, 'run'>
  readonly thresholds: SegmentationManifest['thresholds']
  readonly cellM: number
  /** The field, as GeoJSON polygon coordinates; without it every cell counts that was seen. */
  readonly area?: readonly Ring[]
  /** Cells of the flight before, on the same grid. */
  readonly before?: readonly CoveredCell[]
  readonly progress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

const bandSide = 512

/** Undefined where no image can be placed on the ground. Throws AppError `model.failed` where the model, not an image, is at fault. */
export async function analyseFlight(request: FlightRequest): Promise<FlightAnalysis | undefined> {
  const { images, cellM, area, before, progress, signal } = request
  const leftOut: Partial<Record<LeftOut, number>> = {}
  const leave = (reason: LeftOut): void => {
    leftOut[reason] = (leftOut[reason] ?? 0) + 1
  }
  const latitude = images.find(({ facts }) => groundFootprint(facts) !== undefined)?.facts.position?.lat
  if (latitude === undefined) return undefined
  const grid = gridAt(latitude, cellM)
  const cover = createFlightCover({ grid, ...(area === undefined ? {} : { area }) })
  let [used, timeMs] = [0, 0]
  for (const [index, image] of images.entries()) {
    if (signal?.aborted === true) break
    const reason = await addImage(image, grid, cover, request)
    if (reason === undefined) [used, timeMs] = [used + 1, Math.max(timeMs, image.facts.timeMs)]
    else leave(reason)
    progress?.(index + 1, images.length)
  }
  const found = cover.cells().map(withNdvi)
  const { cells, summary } = before === undefined ? { cells: found, summary: undefined } : coverChange(found, before)
  return {
    grid,
    cells,
    means: meansOf(found.map(({ values }) => values)),
    change: summary,
    images: used,
    leftOut,
    timeMs,
  }
}

/** Undefined: it is in. */
async function addImage(
  { facts, read }: FlightImage,
  grid: GroundGrid,
  cover: FlightCover,
  { session, thresholds }: FlightRequest,
): Promise<LeftOut | undefined> {
  const corners = groundFootprint(facts)
  if (corners === undefined) return 'no-place'
  const band = bandLayer(facts)
  if (facts.band !== undefined && band === undefined) return 'other-band'
  const factor = band === undefined ? 1 : exposureFactor(facts)
  if (factor === undefined) return 'no-exposure'
  try {
    const bytes = await read()
    const layers =
      band === undefined
        ? layersOf(await session.run(bytes, { metresPerPixel: groundResolutionM(grid, corners, facts) }), thresholds)
        : [await bandImage(bytes, band, factor)]
    return cover.add(layers, corners) ? undefined : 'no-room'
  } catch (thrown) {
    const error = toAppError(thrown, 'image.invalid')
    if (error.code === 'model.failed' || error.code === 'model.invalid') throw error
    return 'unreadable'
  }
}

/** Of the upper edge; an oblique view is coarser there than below. */
function groundResolutionM(grid: GroundGrid, corners: Ring, { width = 1 }: ImageFacts): number {
  const [left, right] = corners.slice(0, 2).map((corner) => gridPosition(grid, corner))
  if (left === undefined || right === undefined) return 1
  return (Math.hypot(right[0] - left[0], right[1] - left[1]) * grid.cellM) / width
}

/** Masks as shares of the area, indices as means. */
export function layersOf(
  { outputs }: Pick<ImageRun, 'outputs'>,
  thresholds: SegmentationManifest['thresholds'],
): Layer[] {
  return outputs.flatMap((output) => {
    if (output.meaning === 'mask') {
      const { mask, perClass = {} } = thresholds
      return output.classes.map((name, at) => ({ ...plane(output, at), name, threshold: perClass[name] ?? mask }))
    }
    if (output.meaning !== 'index-map') return []
    return output.indices.map((name, at) => ({ ...plane(output, at), name }))
  })
}

function plane({ width, height, values }: ImageOutput, at: number): Omit<Layer, 'name'> {
  return { width, height, values: values.subarray(at * width * height, (at + 1) * width * height) }
}

async function bandImage(bytes: Uint8Array, name: string, factor: number): Promise<Layer> {
  const probed = await probeImage(bytes)
  const shrink = Math.min(1, bandSide / Math.max(probed.widthPx, probed.heightPx))
  const size = {
    width: Math.max(1, Math.round(probed.widthPx * shrink)),
    height: Math.max(1, Math.round(probed.heightPx * shrink)),
  }
  const { data, width, height } = await decodeScaled(probed, size, 'linear')
  const values = Float32Array.from({ length: width * height }, (_, index) => (data[index * 3] as number) * factor)
  return { name, width, height, values }
}
