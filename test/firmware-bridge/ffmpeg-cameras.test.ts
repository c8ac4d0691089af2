// Cameras against Debian's ffmpeg: RTSP on both ends of a real stream, and MJPEG over HTTP as ffmpeg serves it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { describeCamera, until } from '../../firmware-bridge/cameras/camera-contract.ts'
import { createCamera } from '../../firmware-bridge/cameras/camera.ts'
import { mjpeg } from '../../firmware-bridge/cameras/mjpeg.ts'
import { rtsp } from '../../firmware-bridge/cameras/rtsp.ts'
import { debianPackage } from '../debian.ts'
import { freePort } from '../../firmware-bridge/simulators/free-port.ts'
import { RtspRelay } from './rtsp-relay.ts'

const dependencies = { clock: systemClock, log: silentLog }
const plan = { id: 'camera-1', maxFrameBytes: 1_000_000, latencyMs: 0, exifOffset: undefined }
const backoff = { baseMs: 5, capMs: 20 }
const patient = () => ({ signal: AbortSignal.timeout(25_000) })
type RtspSettings = Parameters<typeof rtsp.create>[0]

function cameraOf(settings: Omit<RtspSettings, 'type'>, log = silentLog) {
  const source = rtsp.create({ type: 'rtsp', ...settings }, dependencies)
  return createCamera(plan, { source, clock: systemClock, log, random: Math.random, onDrop: () => undefined, backoff })
}

describe.skipIf(!debianPackage('ffmpeg'))('With ffmpeg', () => {
  describeCamera({
    name: 'rtsp',
    peer: () => new RtspRelay(),
    source: (peer) => rtsp.create({ type: 'rtsp', url: peer.url, stallS: 3 }, dependencies),
    outcomes: { silent: 'driver.timeout', refusing: 'driver.connection' },
    away: 'driver.connection',
    streams: true,
    rounds: 4,
  })

  it('a password reaches the camera, and neither the arguments of a process nor a message', async () => {
    const relay = new RtspRelay()
    relay.login = { username: 'viewer', password: "s'cr:t/@ä" }
    await relay.start()
    const camera = cameraOf({ url: relay.url, ...relay.login })
    try {
      camera.open()
      await camera.reader().next(patient())
      expect(ffmpegArguments().some((words) => words.includes('image2pipe'))).toBe(true)
      expect(ffmpegArguments().join(' ')).not.toMatch(/viewer|s'cr|s%27cr/)
      relay.login = { username: 'viewer', password: 'another' }
      relay.mode = 'refusing'
      await camera.close()
      camera.open()
      await until(() => camera.state.fault !== undefined)
      expect(camera.state.fault?.message).toContain('401')
      expect(camera.state.fault?.message).not.toMatch(/s'cr|s%27cr/)
    } finally {
      await camera.close()
      await relay.stop()
    }
  })

  it('MJPEG over HTTP is read as ffmpeg serves it', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/camera`
    const source = '-re -f lavfi -i testsrc=size=64x48:rate=25 -f mpjpeg -listen 1'
    const server = spawn('ffmpeg', ['-nostdin', '-loglevel', 'error', ...source.split(' '), url], { stdio: 'ignore' })
    const ended = once(server, 'exit')
    const camera = createCamera(plan, {
      source: mjpeg.create({ type: 'mjpeg', url }, dependencies),
      ...dependencies,
      random: Math.random,
      onDrop: () => undefined,
      backoff,
    })
    try {
      camera.open()
      const reader = camera.reader()
      for (let frame = 1; frame <= 5; frame += 1) {
        expect(await reader.next(patient())).toMatchObject({ widthPx: 64, heightPx: 48, timeSource: 'arrival' })
      }
      expect(camera.state.bad).toBe(0)
    } finally {
      await camera.close()
      server.kill('SIGKILL')
      await ended
    }
  })

  it('a program that is not there is told by name', async () => {
    const camera = cameraOf({ url: 'rtsp://127.0.0.1:9/live', ffmpeg: '/nowhere/ffmpeg' })
    camera.open()
    await until(() => camera.state.fault !== undefined)
    expect(camera.state.fault).toMatchObject({
      code: 'tool.missing',
      message: expect.stringContaining('Debian package ffmpeg'),
    })
    await camera.close()
  })
})

/** Of every ffmpeg on this machine, as any user can read them. */
function ffmpegArguments(): readonly string[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const words = /^\d+$/.test(entry) ? readFileSync(`/proc/${entry}/cmdline`, 'latin1').replaceAll('\0', ' ') : ''
      return words.startsWith('ffmpeg') ? [words] : []
    } catch {
      return []
    }
  })
}
