// A running stream of JPEG images becomes frames: what an MJPEG camera's answer and ffmpeg's output have in common.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { CameraSession } from './camera-source.ts'
import { JpegCutter } from './jpeg-cutter.ts'

/** More than this between two images is no header and no boundary. */
const maxOutsideBytes = 65_536

/**
 * Delivers until the stream ends, which resolves. Throws `driver.connection` where it breaks, `driver.frame` for garbage,
 * `limit.exceeded` for an image over the bound: what comes after it cannot be trusted to be near.
 */
export async function cutStream(stream: AsyncIterable<Buffer>, session: CameraSession, clock: Clock): Promise<void> {
  let oversize = false
  const cutter = new JpegCutter({
    maxBytes: session.maxFrameBytes,
    nowMs: () => clock.monotonic(),
    onImage: (bytes, begunMs) => void session.deliver({ bytes, begunMs }),
    onDrop(reason) {
      session.drop(reason)
      oversize ||= reason === 'oversize'
    },
  })
  for await (const chunk of received(stream)) {
    cutter.push(chunk)
    if (oversize) throw new AppError('limit.exceeded', `an image is over the bound of ${session.maxFrameBytes} bytes`)
    if (cutter.outsideBytes > maxOutsideBytes) throw new AppError('driver.frame', 'the stream holds no JPEG images')
  }
  if (cutter.unfinished) session.drop('truncated')
}

async function* received(stream: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  try {
    yield* stream
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('driver.connection', `the stream broke off: ${text}`, { cause })
  }
}
