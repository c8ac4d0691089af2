// MJPEG over HTTP (multipart/x-mixed-replace): one GET, images until it ends.
import type { IncomingMessage } from 'node:http'
import { AppError } from '../../broker/contract/app-error.ts'
import type { CameraSourceFactory } from './camera-source.ts'
import type { MjpegSettings } from './camera-schemas.ts'
import { createHttpCamera } from './http-camera.ts'
import { cutStream } from './jpeg-stream.ts'
import { readSecrets } from './camera-secrets.ts'

/**
 * Boundaries and part lengths are not read: senders quote them, forget their hyphens or count them wrong. JPEG's own
 * markers say where an image begins and ends.
 */
export const mjpeg: CameraSourceFactory<MjpegSettings> = {
  type: 'mjpeg',
  schema: async () => (await import('./camera-schemas.ts')).MjpegSettings,
  create(settings, { clock }) {
    return {
      stallMs: (settings.stallS ?? 10) * 1000,
      async run(session) {
        const { credentials, ca } = await readSecrets(settings)
        const headTimeoutMs = settings.timeoutMs ?? 5000
        const camera = createHttpCamera({ url: settings.url, credentials, ca, headTimeoutMs, clock })
        try {
          const answer = await camera.get(session.signal)
          refuseOtherContent(answer)
          await cutStream(answer, session, clock)
        } finally {
          camera.close()
        }
      },
    }
  },
}

/** A login page or a single picture instead of a stream. */
function refuseOtherContent(answer: IncomingMessage): void {
  const type = answer.headers['content-type'] ?? ''
  if (type === '' || /^(multipart\/|image\/jpe?g|application\/octet-stream|video\/)/i.test(type)) return
  answer.destroy()
  throw new AppError('driver.frame', `the answer is ${type.slice(0, 64)}, not a stream of images`)
}
