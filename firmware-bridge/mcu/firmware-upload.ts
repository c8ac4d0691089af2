// Brings an image onto a board chunk by chunk; the board says where it stands, so that a broken upload goes on there.
import { type AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { BoardManagement } from './board-management.ts'
import type { FirmwareImage } from './mcuboot-image.ts'
import { pause } from './smp-client.ts'

export interface UploadDependencies {
  readonly board: BoardManagement
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress: (offset: number) => void
  /** Without progress for this long the upload is given up; a later one goes on where it stood. */
  readonly stallLimitMs: number
}

/** complete: the board has it all. damaged: it has other bytes. stalled: no progress; can go on later. */
export type UploadEnd = 'complete' | 'damaged' | 'stalled'

/** Answers in a row that bring nothing new: a board that always says so would be asked for ever. */
const maxFruitless = 32
const firstPauseMs = 100
const maxPauseMs = 5000

/** Throws AppError `driver.exception` when the board refuses the image, `driver.connection` when the signal aborts. */
export async function uploadFirmware(image: FirmwareImage, dependencies: UploadDependencies): Promise<UploadEnd> {
  const { board, clock, signal, onProgress, stallLimitMs } = dependencies
  const chunkBytes = await board.chunkBytes(image, signal)
  let offset = 0
  let farthest = 0
  let fruitless = 0
  let silences = 0
  let progressAtMs = clock.monotonic()
  for (;;) {
    try {
      const { offset: next, isIntact } = await board.upload(image, offset, chunkBytes, signal)
      silences = 0
      if (next === image.bytes.length) return isIntact === false ? 'damaged' : 'complete'
      fruitless = next > farthest ? 0 : fruitless + 1
      if (fruitless > maxFruitless) return 'stalled'
      if (next > farthest) progressAtMs = clock.monotonic()
      farthest = Math.max(farthest, next)
      // The board knows more than was sent to it: ask it by the hash whose upload that is.
      offset = offset > 0 && next > offset + chunkBytes ? 0 : next
      onProgress(offset)
    } catch (thrown) {
      const error = toAppError(thrown, 'driver.frame')
      if (signal.aborted || !isPassing(error)) throw error
      if (clock.monotonic() - progressAtMs > stallLimitMs) return 'stalled'
      silences += 1
      await pause(clock, Math.min(maxPauseMs, firstPauseMs * 2 ** silences) * (0.5 + Math.random() / 2), signal)
    }
  }
}

/** The same chunk is sent again: a board that wrote it answers where to go on, and writes nothing twice. */
function isPassing({ code }: AppError): boolean {
  return code !== 'driver.exception' && code.startsWith('driver.')
}
