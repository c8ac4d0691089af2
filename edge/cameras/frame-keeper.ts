// Keeps a camera's frames for upload: one every so often, or each one of a hot folder.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Camera } from '../../firmware-bridge/cameras/camera.ts'
import type { Frame } from '../../firmware-bridge/cameras/frame.ts'
import { pause } from '../../firmware-bridge/cameras/pause.ts'
import type { Counters } from '../counters.ts'

/** Where frames are kept: on the medium when it resolves. Throws `spool.full` and the like. */
export interface FrameSink {
  put(frame: Frame): Promise<void>
}

export interface FrameKeeper {
  /** Resolves when a frame that is being kept has been. */
  stop(): Promise<void>
}

/** `everyS` 0: every frame that is not superseded. A frame that cannot be kept is tried again, and counted. */
export function startFrameKeeper(
  camera: Camera,
  everyS: number,
  ports: { readonly sink: FrameSink; readonly clock: Clock; readonly log: Log; readonly counters: Counters },
): FrameKeeper {
  const { sink, clock, log, counters } = ports
  const end = new AbortController()
  const reader = camera.reader()

  async function keep(frame: Frame): Promise<void> {
    for (let delayMs = 1000; !end.signal.aborted; delayMs = Math.min(delayMs * 2, retryCapMs)) {
      try {
        return await sink.put(frame)
      } catch (thrown) {
        const error = toAppError(thrown, 'internal')
        counters.add('frames_not_kept', error.code)
        log.warn({ camera: camera.id, code: error.code, reason: error.message }, 'a frame cannot be kept')
        if (!error.retryable) return
        await pause(clock, delayMs, end.signal)
      }
    }
    // The frame was not kept: a hot folder gives it again after the start.
    throw new AppError('driver.connection', 'the keeper was stopped')
  }

  async function run(): Promise<void> {
    for (;;) {
      const dueMs = clock.monotonic() + everyS * 1000
      await keep(await reader.next({ signal: end.signal }))
      reader.release()
      counters.add('frames_kept', 'interval')
      await pause(clock, dueMs - clock.monotonic(), end.signal)
    }
  }

  // It ends by the rejection of `next` or `keep` when it is stopped or the camera is closed.
  const running = run().catch(() => reader.close())
  return {
    async stop() {
      end.abort()
      await running
    },
  }
}

const retryCapMs = 60_000
