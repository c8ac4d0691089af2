// Makes a frame of received bytes: checks that they are one whole image, and says when and how it was exposed.
import type { Clock } from '../../broker/contract/ports.ts'
import type { ReceivedImage } from './camera-source.ts'
import { readExif } from './exif.ts'
import type { Frame, FrameTimeSource } from './frame.ts'
import { readImageFile } from './image-file.ts'

/** A camera's clock that is further off than this was never set; then the time of arrival is the better one. */
const maxClockErrorMs = 300_000

export interface StampPlan {
  readonly id: string
  readonly latencyMs: number
  readonly exifOffset: string | undefined
}

/** Undefined where the bytes are not one whole image. */
export function createFrameStamp(
  { id, latencyMs, exifOffset }: StampPlan,
  clock: Clock,
): (image: ReceivedImage, seq: number) => Frame | undefined {
  return (image, seq) => {
    const file = readImageFile(image.bytes)
    if (file.kind !== 'whole') return undefined
    const { format, widthPx, heightPx, exif } = file.facts
    const { timeMs: exifMs, exposure } =
      exif === undefined ? { timeMs: undefined, exposure: {} } : readExif(exif, exifOffset)
    const exposedMs = image.begunMs - latencyMs
    const arrivalMs = clock.now() - (clock.monotonic() - exposedMs)
    return {
      camera: id,
      seq,
      ...timeOf(arrivalMs, exifMs, image.claimed),
      exposedMs,
      bytes: image.bytes,
      format,
      widthPx,
      heightPx,
      exposure,
    }
  }
}

/** A file may be old; what comes from a camera now was exposed now, give or take its clock's error. */
function timeOf(
  arrivalMs: number,
  exifMs: number | undefined,
  claimed: ReceivedImage['claimed'],
): { readonly timeMs: number; readonly timeSource: FrameTimeSource } {
  const live = claimed?.source !== 'file'
  const plausible = (timeMs: number | undefined): timeMs is number =>
    timeMs !== undefined && Number.isFinite(timeMs) && (!live || Math.abs(timeMs - arrivalMs) <= maxClockErrorMs)
  if (plausible(exifMs)) return { timeMs: exifMs, timeSource: 'exif' }
  if (claimed !== undefined && plausible(claimed.timeMs)) return { timeMs: claimed.timeMs, timeSource: claimed.source }
  return { timeMs: Math.round(arrivalMs), timeSource: 'arrival' }
}
