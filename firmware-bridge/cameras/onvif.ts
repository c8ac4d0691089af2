// ONVIF cameras: found by name on the network where they have no fixed address, then read by snapshot or RTSP as they say.
import { AppError } from '../../broker/contract/app-error.ts'
import type { CameraSourceDependencies, CameraSession, CameraSource, CameraSourceFactory } from './camera-source.ts'
import type { OnvifSettings } from './camera-schemas.ts'
import { readSecrets } from './camera-secrets.ts'
import { createSnapshotSource } from './http-jpeg.ts'
import { askOnvif } from './onvif-request.ts'
import { createRtspSource } from './rtsp.ts'

export const onvif: CameraSourceFactory<OnvifSettings> = {
  type: 'onvif',
  schema: async () => (await import('./camera-schemas.ts')).OnvifSettings,
  create: (settings, dependencies) => ({
    stallMs: settings.stream === 'rtsp' ? (settings.stallS ?? 10) * 1000 + resolveLimitMs : undefined,
    async run(session) {
      const url = await resolveUrl(settings, session, dependencies)
      await sourceAt(url, settings, dependencies).run(session)
    },
  }),
}

/** Asking for the address of a stream may take so long before its first frame is missed. */
const resolveLimitMs = 60_000
/** WS-Security logins fail by then, and times that the camera writes are of no use. */
const badClockMs = 5000

function sourceAt(url: string, settings: OnvifSettings, { clock }: CameraSourceDependencies): CameraSource {
  const { type: _, host: _host, port: _port, endpoint: _endpoint, stream, ...rest } = settings
  return stream === 'rtsp' ? createRtspSource({ ...rest, url }, clock) : createSnapshotSource({ ...rest, url }, clock)
}

/** The camera says path and port; the host stays the one that was configured or found: cameras behind a router tell wrong ones. */
async function resolveUrl(
  settings: OnvifSettings,
  { signal }: CameraSession,
  { clock, log }: CameraSourceDependencies,
): Promise<string> {
  const { credentials } = await readSecrets(settings)
  const timeoutMs = settings.timeoutMs ?? 5000
  const ports = { signal, clock }
  const service = await serviceOf(settings, timeoutMs, ports)
  const { uri, clockErrorMs } = await askOnvif(
    {
      kind: 'uri',
      stream: settings.stream ?? 'snapshot',
      ...service,
      username: credentials?.username,
      password: credentials?.password,
      profileToken: settings.profileToken,
      timeoutMs,
    },
    ports,
  )
  if (Math.abs(clockErrorMs ?? 0) > badClockMs) log.warn({ clockErrorMs }, "the camera's clock is wrong")
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  const schemes = settings.stream === 'rtsp' ? ['rtsp:', 'rtsps:'] : ['http:', 'https:']
  if (url === undefined || !schemes.includes(url.protocol)) {
    throw new AppError('driver.frame', 'the camera gave no usable address of its images')
  }
  url.hostname = service.host
  url.username = ''
  url.password = ''
  return url.href
}

async function serviceOf(
  { host, port, endpoint, networkInterface }: OnvifSettings,
  timeoutMs: number,
  ports: Parameters<typeof askOnvif>[1],
) {
  if (host !== undefined) return { host, port: port ?? 80, path: undefined }
  const discover = { kind: 'discover', networkInterface, timeoutMs: Math.min(timeoutMs, 3000) } as const
  const { cameras } = await askOnvif(discover, ports)
  const found = cameras.find((camera) => camera.endpoint === endpoint)
  if (found !== undefined) return { host: found.host, port: found.port, path: found.path }
  const others = cameras.map((camera) => camera.endpoint).join(', ') || 'none'
  throw new AppError('driver.connection', `no camera ${endpoint} on the network; those that answered: ${others}`)
}
