import { describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { describeCamera, maxFrameBytes, until } from './camera-contract.ts'
import { createCamera } from './camera.ts'
import type { CameraSource } from './camera-source.ts'
import { httpJpeg } from './http-jpeg.ts'
import { MisbehavingCamera, type MisbehavingCameraOptions, type PartStyle } from './misbehaving-camera.ts'
import { mjpeg } from './mjpeg.ts'
import { sampleJpeg, sampleJpegs } from './sample-images.ts'

const images = await sampleJpegs(8)
const dependencies = { clock: systemClock, log: silentLog }
const snapshotSource = (peer: MisbehavingCamera, login = {}): CameraSource =>
  httpJpeg.create({ type: 'http-jpeg', url: peer.url, intervalS: 0.05, timeoutMs: 250, ...login }, dependencies)

describeCamera({
  name: 'http-jpeg',
  peer: () => new MisbehavingCamera({ kind: 'snapshot', images }),
  source: (peer) => snapshotSource(peer),
  outcomes: {
    silent: 'driver.timeout',
    slow: 'driver.timeout',
    truncated: 'driver.frame',
    garbage: 'driver.frame',
    oversize: 'limit.exceeded',
    refusing: 'driver.exception',
  },
  away: 'driver.connection',
  streams: true,
})

describeCamera({
  name: 'mjpeg',
  peer: () => new MisbehavingCamera({ kind: 'mjpeg', images }),
  source: (peer) => mjpeg.create({ type: 'mjpeg', url: peer.url, timeoutMs: 250, stallS: 0.3 }, dependencies),
  outcomes: {
    silent: 'driver.timeout',
    slow: 'driver.timeout',
    truncated: 'truncated',
    garbage: 'driver.frame',
    oversize: 'limit.exceeded',
    refusing: 'driver.exception',
  },
  away: 'driver.connection',
  streams: true,
})

async function withCamera<T>(
  options: MisbehavingCameraOptions,
  source: (peer: MisbehavingCamera) => CameraSource,
  work: (parts: { readonly peer: MisbehavingCamera; readonly camera: ReturnType<typeof createCamera> }) => Promise<T>,
): Promise<T> {
  const peer = new MisbehavingCamera(options)
  await peer.start()
  const camera = createCamera(
    { id: 'camera-1', maxFrameBytes, latencyMs: 0, exifOffset: '+09:00' },
    {
      source: source(peer),
      ...dependencies,
      random: Math.random,
      onDrop: () => undefined,
      backoff: { baseMs: 5, capMs: 5 },
    },
  )
  try {
    return await work({ peer, camera })
  } finally {
    await camera.close()
    await peer.stop()
  }
}

const patient = () => ({ signal: AbortSignal.timeout(25_000) })
const login = { username: 'viewer', password: 'p"w d' }

describe('A camera with a login', () => {
  it.each(['basic', 'digest'] as const)('is read with %s, on one connection', async (scheme) => {
    const options: MisbehavingCameraOptions = { kind: 'snapshot', images, login: { scheme, ...login } }
    await withCamera(
      options,
      (peer) => snapshotSource(peer, login),
      async ({ peer, camera }) => {
        camera.open()
        const reader = camera.reader()
        for (let frame = 1; frame <= 5; frame += 1) expect((await reader.next(patient())).seq).toBe(frame)
        expect(peer.connections).toBe(1)
        // One request was refused and asked again; then the challenge was known.
        expect(peer.requests).toBeGreaterThanOrEqual(6)
        expect(peer.authorizations).toHaveLength(peer.requests - 1)
      },
    )
  })

  it('counts the uses of a nonce, and goes on when the nonce becomes stale', async () => {
    const options: MisbehavingCameraOptions = { kind: 'snapshot', images, login: { scheme: 'digest', ...login } }
    await withCamera(
      options,
      (peer) => snapshotSource(peer, login),
      async ({ peer, camera }) => {
        camera.open()
        const reader = camera.reader()
        await reader.next(patient())
        await reader.next(patient())
        peer.renewNonce()
        await reader.next(patient())
        expect(peer.authorizations[1]).toContain('nc=00000002')
        expect(camera.state.fault).toBeUndefined()
      },
    )
  })

  it('is told apart from a camera that is away when it refuses', async () => {
    const options: MisbehavingCameraOptions = { kind: 'snapshot', images, login: { scheme: 'digest', ...login } }
    await withCamera(
      options,
      (peer) => snapshotSource(peer, { ...login, password: 'wrong' }),
      async ({ camera }) => {
        camera.open()
        await until(() => camera.state.fault !== undefined)
        expect(camera.state.fault).toMatchObject({
          code: 'driver.exception',
          message: expect.stringContaining('refuses the user name'),
        })
        expect(camera.state.fault?.message).not.toContain('wrong')
      },
    )
  })
})

describe('An MJPEG camera', () => {
  it.each(['no-length', 'wrong-length', 'bare-newlines', 'no-headers', 'hyphenated'] as PartStyle[])(
    'is read though its parts are made with %s',
    async (style) => {
      const source = (peer: MisbehavingCamera) => mjpeg.create({ type: 'mjpeg', url: peer.url }, dependencies)
      await withCamera({ kind: 'mjpeg', images }, source, async ({ peer, camera }) => {
        peer.style = style
        camera.open()
        const reader = camera.reader()
        const widths = [await reader.next(patient()), await reader.next(patient())].map(({ widthPx }) => widthPx)
        expect(images.map((_, index) => 8 + index)).toEqual(expect.arrayContaining(widths))
        expect(camera.state.bad).toBe(0)
      })
    },
  )
})

describe('A snapshot', () => {
  const taken = new Date(Date.now() - 2000)
  const local = new Date(taken.getTime() + 9 * 3_600_000)
    .toISOString()
    .slice(0, 19)
    .replaceAll('-', ':')
    .replace('T', ' ')

  it('has the time and the exposure that its EXIF tells', async () => {
    const exif = {
      DateTimeOriginal: local,
      OffsetTimeOriginal: '+09:00',
      ExposureTime: '1/250',
      ISOSpeedRatings: '400',
    }
    const options = { kind: 'snapshot', images: [await sampleJpeg(8, exif)] } as const
    await withCamera(options, snapshotSource, async ({ camera }) => {
      camera.open()
      const frame = await camera.reader().next(patient())
      expect(frame).toMatchObject({
        timeSource: 'exif',
        timeMs: Math.floor(taken.getTime() / 1000) * 1000,
        exposure: { exposureTimeS: 1 / 250, iso: 400 },
      })
    })
  })

  it.each([
    ['the Date of the answer', new Date(taken).toUTCString(), 'http-date'],
    ['its arrival where the camera has lost its clock', 'Thu, 01 Jan 1970 00:00:10 GMT', 'arrival'],
    ['its arrival where the Date is none', 'yesterday', 'arrival'],
  ])('without EXIF has the time of %s', async (_, date, timeSource) => {
    await withCamera({ kind: 'snapshot', images }, snapshotSource, async ({ peer, camera }) => {
      peer.headers = { date }
      camera.open()
      const frame = await camera.reader().next(patient())
      expect(frame.timeSource).toBe(timeSource)
      expect(Math.abs(frame.timeMs - Date.now())).toBeLessThan(60_000)
    })
  })
})
