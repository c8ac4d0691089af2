// HTTP JPEG snapshots: one GET an image, at an interval and as soon as somebody waits for a frame.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { CameraSession, CameraSource, CameraSourceFactory } from './camera-source.ts'
import type { HttpJpegSettings } from './camera-schemas.ts'
import { createHttpCamera, type HttpCamera, refuseOversize } from './http-camera.ts'
import { JpegCutter } from './jpeg-cutter.ts'
import { pause } from './pause.ts'
import { readSecrets } from './camera-secrets.ts'

export const httpJpeg: CameraSourceFactory<HttpJpegSettings> = {
  type: 'http-jpeg',
  schema: async () => (await import('./camera-schemas.ts')).HttpJpegSettings,
  create: (settings, { clock }) => createSnapshotSource(settings, clock),
}

/** Images are not asked for faster than this, however many wait. */
const shortestIntervalMs = 20
/** So many bytes before or behind the image are passed over. */
const maxOutsideBytes = 4096

export function createSnapshotSource(settings: Omit<HttpJpegSettings, 'type'>, clock: Clock): CameraSource {
  const timeoutMs = settings.timeoutMs ?? 5000
  const intervalMs = (settings.intervalS ?? 10) * 1000
  return {
    stallMs: undefined,
    async run(session) {
      const { credentials, ca } = await readSecrets(settings)
      const camera = createHttpCamera({ url: settings.url, credentials, ca, headTimeoutMs: timeoutMs, clock })
      try {
        while (!session.signal.aborted) {
          const begunMs = clock.monotonic()
          await fetchOne(camera, session, { clock, timeoutMs, begunMs })
          await pause(clock, shortestIntervalMs, session.signal)
          await session.idle(begunMs + intervalMs - clock.monotonic())
        }
      } finally {
        camera.close()
      }
    },
  }
}

/** One image within the time limit. Throws what ended it. */
async function fetchOne(
  camera: HttpCamera,
  session: CameraSession,
  { clock, timeoutMs, begunMs }: { readonly clock: Clock; readonly timeoutMs: number; readonly begunMs: number },
): Promise<void> {
  const end = new AbortController()
  const late = new AppError('driver.timeout', `no whole image within ${timeoutMs} ms`)
  const limit = clock.setTimer(() => end.abort(late), timeoutMs)
  const onAbort = (): void => end.abort()
  session.signal.addEventListener('abort', onAbort, { once: true })
  try {
    const answer = await camera.get(end.signal)
    const sentMs = Date.parse(answer.headers.date ?? '')
    const claimed = Number.isFinite(sentMs) ? { claimed: { timeMs: sentMs, source: 'http-date' as const } } : {}
    refuseOversize(answer, session.maxFrameBytes)
    const bytes = await firstJpeg(answer, session)
    void session.deliver({ bytes, begunMs, ...claimed })
  } catch (error) {
    throw end.signal.aborted && !session.signal.aborted ? late : error
  } finally {
    limit.cancel()
    session.signal.removeEventListener('abort', onAbort)
    end.abort()
  }
}

/** Throws `driver.frame` for a body without a whole JPEG at its beginning, `limit.exceeded` for one that is too long. */
async function firstJpeg(body: AsyncIterable<Buffer>, session: CameraSession): Promise<Buffer> {
  let image: Buffer | undefined
  let dropped: 'truncated' | 'malformed' | 'oversize' | undefined
  const cutter = new JpegCutter({
    maxBytes: session.maxFrameBytes,
    nowMs: () => 0,
    onImage: (bytes) => (image ??= bytes),
    onDrop: (reason) => (dropped ??= reason),
  })
  let received = 0
  try {
    for await (const chunk of body) {
      received += chunk.length
      cutter.push(chunk)
      // Read to its end where that is near, so that the connection serves the next image too.
      if ((dropped !== undefined && image === undefined) || cutter.outsideBytes > maxOutsideBytes) break
    }
  } catch (cause) {
    session.drop('truncated')
    throw new AppError('driver.frame', `the image is cut off after ${received} bytes`, { cause })
  }
  if (image !== undefined) return image
  return refused(session, dropped ?? (cutter.unfinished ? 'truncated' : 'malformed'), received)
}

function refused(session: CameraSession, reason: 'truncated' | 'malformed' | 'oversize', received: number): never {
  session.drop(reason)
  if (reason === 'oversize') {
    throw new AppError('limit.exceeded', `an image is over the bound of ${session.maxFrameBytes} bytes`)
  }
  const text = reason === 'truncated' ? `the image is cut off after ${received} bytes` : 'the answer is no JPEG'
  throw new AppError('driver.frame', text)
}
