// What every camera source promises, as tests: each source's own test calls this with a camera that misbehaves on demand.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { type Camera, createCamera } from './camera.ts'
import type { CameraSource, CameraSourceDependencies } from './camera-source.ts'
import type { FrameDrop } from './frame.ts'

/** `slow`: an image that begins and never ends. `oversize`: one that is, or says it is, over the bound. */
export type CameraPeerMode = 'right' | 'silent' | 'slow' | 'truncated' | 'garbage' | 'oversize' | 'refusing'

/** A camera on a real socket or folder. Its images are 8 px high; each is wider than the last, up to `widest`. */
export interface CameraPeer {
  mode: CameraPeerMode
  /** Sockets, files or children that the camera under test keeps open at it. */
  readonly connections: number
  start(): Promise<void>
  stop(): Promise<void>
}

export interface CameraContract<Peer extends CameraPeer> {
  readonly name: string
  peer(): Peer
  source(peer: Peer, dependencies: CameraSourceDependencies): CameraSource
  /** The fault or the counted drop that each misbehaviour ends in; a mode that the source does not have is left out. */
  readonly outcomes: Partial<Record<CameraPeerMode, ErrorCode | FrameDrop>>
  /** What is told while the camera is away; undefined where the peer cannot be away. */
  readonly away: ErrorCode
  /** Whether images come unasked, so that the newest wins. */
  readonly streams: boolean
  /** Rounds of the leak test; fewer where a round starts a program. */
  readonly rounds?: number
}

export const maxFrameBytes = 64 * 1024
/** Long enough that no right answer misses it on a busy machine. */
const patient = () => ({ signal: AbortSignal.timeout(25_000) })

interface Bench<Peer> {
  readonly peer: Peer
  readonly camera: Camera
  readonly drops: FrameDrop[]
}

export function describeCamera<Peer extends CameraPeer>(contract: CameraContract<Peer>): void {
  describe(`${contract.name} keeps the camera contract:`, () => {
    let bench: Bench<Peer>

    beforeEach(async () => {
      const peer = contract.peer()
      await peer.start()
      const drops: FrameDrop[] = []
      const camera = createCamera(
        { id: 'camera-1', maxFrameBytes, latencyMs: 0, exifOffset: undefined },
        {
          source: contract.source(peer, { clock: systemClock, log: silentLog }),
          clock: systemClock,
          log: silentLog,
          random: Math.random,
          onDrop: (reason) => drops.push(reason),
          backoff: { baseMs: 5, capMs: 20 },
        },
      )
      bench = { peer, camera, drops }
    })

    afterEach(async () => {
      await bench.camera.close()
      await bench.peer.stop()
    })

    testFrames(contract, () => bench)
    testMisbehaviour(contract, () => bench)
    testLifeCycle(contract, () => bench)
  })
}

function testFrames<Peer extends CameraPeer>(contract: CameraContract<Peer>, bench: () => Bench<Peer>): void {
  it('gives whole frames with size, time and a rising number, each once to a reader', async () => {
    const { camera } = bench()
    camera.open()
    const reader = camera.reader()
    const first = await reader.next(patient())
    const second = await reader.next(patient())
    expect(first).toMatchObject({ camera: 'camera-1', format: 'jpeg', heightPx: expect.any(Number) })
    expect(first.bytes.subarray(0, 2).toString('hex')).toBe('ffd8')
    expect(first.bytes.subarray(-2).toString('hex')).toBe('ffd9')
    expect(Math.abs(first.timeMs - Date.now())).toBeLessThan(60_000)
    expect(second.seq).toBeGreaterThan(first.seq)
    expect(camera.state).toMatchObject({ fault: undefined, bad: 0 })
  })

  it('gives no frame from before the moment that a reader names', async () => {
    const { camera } = bench()
    camera.open()
    const reader = camera.reader()
    await reader.next(patient())
    const sinceMs = systemClock.monotonic()
    const frame = await reader.next({ ...patient(), exposedSinceMs: sinceMs })
    expect(frame.exposedMs).toBeGreaterThanOrEqual(sinceMs)
  })

  if (!contract.streams) return
  it('keeps only the newest of the frames that nobody reads, and counts the others', async () => {
    const { camera, drops } = bench()
    camera.open()
    const reader = camera.reader()
    const first = await reader.next(patient())
    const other = camera.reader()
    await until(() => camera.state.frames >= first.seq + 5)
    const next = await other.next(patient())
    expect(next.seq).toBeGreaterThanOrEqual(first.seq + 4)
    expect(camera.state.superseded).toBeGreaterThanOrEqual(3)
    expect(drops.filter((reason) => reason === 'superseded')).toHaveLength(camera.state.superseded)
  })
}

function testMisbehaviour<Peer extends CameraPeer>(contract: CameraContract<Peer>, bench: () => Bench<Peer>): void {
  for (const [mode, outcome] of Object.entries(contract.outcomes) as [CameraPeerMode, ErrorCode | FrameDrop][]) {
    it(`tells ${outcome} when the camera is ${mode}, and delivers again when it is right`, async () => {
      const { camera, peer, drops } = bench()
      peer.mode = mode
      camera.open()
      const reader = camera.reader()
      const frame = reader.next(patient())
      await until(() => camera.state.fault?.code === outcome || drops.includes(outcome as FrameDrop))
      expect(camera.state.frames).toBe(0)
      peer.mode = 'right'
      expect((await frame).seq).toBe(1)
      expect(camera.state.fault).toBeUndefined()
    })
  }

  it('comes back by itself after the camera was away', async () => {
    const { camera, peer } = bench()
    camera.open()
    const reader = camera.reader()
    const before = await reader.next(patient())
    reader.release()
    await peer.stop()
    await until(() => camera.state.fault?.code === contract.away)
    await peer.start()
    expect((await reader.next(patient())).seq).toBeGreaterThan(before.seq)
  })

  it('opens without a camera, says so, and delivers when it is there', async () => {
    const { camera, peer } = bench()
    await peer.stop()
    camera.open()
    await until(() => camera.state.fault?.code === contract.away)
    await peer.start()
    await camera.reader().next(patient())
  })
}

function testLifeCycle<Peer extends CameraPeer>(contract: CameraContract<Peer>, bench: () => Bench<Peer>): void {
  it('rejects a reader that waits when it is closed', async () => {
    const { camera, peer } = bench()
    if (contract.outcomes.silent !== undefined) peer.mode = 'silent'
    camera.open()
    const waiting = camera.reader().next({ ...patient(), exposedSinceMs: Infinity })
    const code = waiting.then(
      () => 'a frame',
      (error: unknown) => (error as { readonly code: unknown }).code,
    )
    await camera.close()
    expect(await code).toBe('driver.connection')
  })

  it('leaves no socket, child, file or timer over rounds of open and close', async () => {
    const { camera, peer } = bench()
    const reader = camera.reader()
    const before = liveResources()
    for (let round = 0; round < (contract.rounds ?? 20); round += 1) {
      camera.open()
      if (round % 2 === 0) await reader.next(patient())
      reader.release()
      await camera.close()
    }
    await until(() => peer.connections === 0)
    await until(() => liveResources() <= before)
  })
}

/** Bounded by the test's own limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => void setTimeout(resolve, 5))
}

function liveResources(): number {
  const kinds = [
    'TCPSocketWrap',
    'TCPConnectWrap',
    'PipeWrap',
    'ProcessWrap',
    'FSEventWrap',
    'Timeout',
    'MessagePort',
    'Worker',
  ]
  return process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind)).length
}
