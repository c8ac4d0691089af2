// RTSP cameras through ffmpeg, which knows their codecs: it runs as a child and writes JPEG images to its standard output.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { startChildProgram } from '../child-program.ts'
import type { CameraSession, CameraSource, CameraSourceFactory } from './camera-source.ts'
import type { RtspSettings } from './camera-schemas.ts'
import { readSecrets } from './camera-secrets.ts'
import type { Credentials } from './http-digest.ts'
import { cutStream } from './jpeg-stream.ts'

export const rtsp: CameraSourceFactory<RtspSettings> = {
  type: 'rtsp',
  schema: async () => (await import('./camera-schemas.ts')).RtspSettings,
  create: (settings, { clock }) => createRtspSource(settings, clock),
}

export function createRtspSource(settings: Omit<RtspSettings, 'type'>, clock: Clock): CameraSource {
  const stallMs = (settings.stallS ?? 10) * 1000
  return {
    stallMs,
    async run(session) {
      const { credentials } = await readSecrets(settings)
      await runFfmpeg(settings, { credentials, session, clock, stallMs })
    },
  }
}

async function runFfmpeg(
  settings: Omit<RtspSettings, 'type'>,
  {
    credentials,
    session,
    clock,
    stallMs,
  }: {
    readonly credentials: Credentials | undefined
    readonly session: CameraSession
    readonly clock: Clock
    readonly stallMs: number
  },
): Promise<void> {
  const address = addressWith(settings.url, credentials)
  const child = startChildProgram({
    command: settings.ffmpeg ?? 'ffmpeg',
    args: ffmpegArguments(settings),
    clock,
    install: 'the Debian package ffmpeg',
    secrets: [address, ...secretsOf(credentials)],
  })
  const onAbort = (): void => void child.stop()
  session.signal.addEventListener('abort', onAbort, { once: true })
  if (session.signal.aborted) onAbort()
  child.stdin.end(playlist(address, settings.transport ?? 'tcp', stallMs))
  try {
    await cutStream(child.stdout, session, clock)
    const { missing } = await child.ended
    if (missing !== undefined) throw missing
    throw new AppError('driver.connection', `ffmpeg has ended: ${lastLine(child.complaint())}`)
  } finally {
    session.signal.removeEventListener('abort', onAbort)
    await child.stop()
  }
}

/**
 * The address goes through standard input, as a list of one entry: arguments can be read by every user of the machine.
 * `timeout` (µs) makes ffmpeg give up on a silent camera by itself, should this process be killed.
 */
function playlist(address: string, transport: 'tcp' | 'udp', stallMs: number): string {
  return [
    'ffconcat version 1.0',
    `file '${address.replaceAll("'", '%27')}'`,
    `option rtsp_transport ${transport}`,
    'option allowed_media_types video',
    'option fflags nobuffer',
    'option probesize 65536',
    'option analyzeduration 500000',
    `option timeout ${stallMs * 2 * 1000}`,
    '',
  ].join('\n')
}

function ffmpegArguments({ fps, widthPx, quality, keyFramesOnly }: Omit<RtspSettings, 'type'>): readonly string[] {
  const filters = [
    ...(fps === undefined ? [] : [`fps=${fps}`]),
    ...(widthPx === undefined ? [] : [`scale=${widthPx}:-2`]),
  ]
  return [
    '-hide_banner -nostats -loglevel error -threads 1',
    keyFramesOnly === true ? '-skip_frame nokey' : '',
    '-probesize 65536 -analyzeduration 500000 -flags low_delay',
    '-f concat -safe 0 -protocol_whitelist pipe,rtsp,rtsps,rtp,udp,tcp,tls,crypto -i pipe:0 -an -sn -dn',
    filters.length === 0 ? '' : `-vf ${filters.join(',')}`,
    `-fps_mode passthrough -f image2pipe -c:v mjpeg -threads 1 -q:v ${quality ?? 3} -flush_packets 1 pipe:1`,
  ]
    .join(' ')
    .split(' ')
    .filter((word) => word !== '')
}

function addressWith(url: string, credentials: Credentials | undefined): string {
  const address = new URL(url)
  if (credentials === undefined) return address.href
  address.username = encodeURIComponent(credentials.username)
  address.password = encodeURIComponent(credentials.password)
  return address.href
}

function secretsOf(credentials: Credentials | undefined): readonly string[] {
  if (credentials === undefined) return []
  const { username, password } = credentials
  return [`${encodeURIComponent(username)}:${encodeURIComponent(password)}`, encodeURIComponent(password), password]
}

function lastLine(text: string): string {
  return text.split('\n').at(-1)?.trim().slice(0, 300) || 'without a word'
}
