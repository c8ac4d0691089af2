// What every driver promises, as tests: each driver's own test calls this with a peer that misbehaves on demand.
import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError, type ErrorCode } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { QualityReason } from '../../broker/contract/sample.ts'
import type { Driver, DriverDependencies, DriverDevice, Measurement } from '../driver.ts'
import { liveResources, untilNone, untilNothingLeft } from './live-resources.ts'
import type { PeerMode } from './misbehaving-peer.ts'

/** A device of the driver under test on a real port or socket. */
export interface ContractPeer {
  mode: PeerMode
  value: number
  readonly connections: number
  start(): Promise<void>
  stop(): Promise<void>
}

export interface DriverContract<Address, Profile, Peer extends ContractPeer = ContractPeer> {
  readonly name: string
  peer(): Peer
  driver(peer: Peer, dependencies: DriverDependencies): Driver<Address, Profile>
  device(peer: Peer, timeoutMs: number): DriverDevice<Address, Profile>
  /** The same device with a profile of three channels or more, in another order than that of the wire. */
  several(peer: Peer, timeoutMs: number): DriverDevice<Address, Profile>
  /** The same device while its sensor has no reading: `say` makes the peer answer as the protocol marks that. */
  readonly noReading: {
    say(peer: Peer): void
    device(peer: Peer, timeoutMs: number): DriverDevice<Address, Profile>
    readonly reason: QualityReason
  }
  /** The value that a measurement of the device's one channel carries for a peer's `value`. */
  expected(value: number): number
  /** The code that each misbehaviour ends in; a mode that the protocol does not have is left out. */
  readonly codes: Partial<Record<PeerMode, ErrorCode>>
  /** What a read ends in while the peer is away: a datagram's sender cannot know that nobody listens. */
  readonly away: 'driver.connection' | 'driver.timeout'
}

/** Long enough that no right answer misses it on a busy machine. */
const patientMs = 10_000
/** Long enough for bytes to cross loopback, short enough to wait for. */
const hastyMs = 250
const never = new AbortController().signal

/** What the tests of one round share; made anew for each test. */
interface Bench<Peer> {
  readonly peer: Peer
  readonly driver: Driver<unknown, unknown>
  readonly read: (timeoutMs: number, signal?: AbortSignal) => Promise<readonly Measurement[]>
  readonly expectValue: (measurements: readonly Measurement[], value: number) => void
}

export function describeDriver<Address, Profile, Peer extends ContractPeer>(
  contract: DriverContract<Address, Profile, Peer>,
): void {
  describe(`${contract.name} keeps the driver contract:`, () => {
    let bench: Bench<Peer>

    beforeEach(async () => {
      const peer = contract.peer()
      await peer.start()
      const driver = contract.driver(peer, { clock: systemClock, log: silentLog })
      await driver.open()
      bench = {
        peer,
        driver,
        read: (timeoutMs, signal = never) => driver.read(contract.device(peer, timeoutMs), signal),
        expectValue(measurements, value) {
          expect(measurements).toHaveLength(1)
          expect(measurements[0]).toMatchObject({ value: contract.expected(value), quality: 'good', reason: undefined })
        },
      }
    })

    afterEach(async () => {
      await bench.driver.close()
      await bench.peer.stop()
    })

    testAnswers(contract, () => bench)
    testMeasurements(contract, () => bench)
    testAbsence(contract, () => bench)
    testLifeCycle(() => bench)
  })
}

function testAnswers<Address, Profile, Peer extends ContractPeer>(
  contract: DriverContract<Address, Profile, Peer>,
  bench: () => Bench<Peer>,
): void {
  it('gives the value that the device has', async () => {
    const { peer, read, expectValue } = bench()
    peer.value = 41
    expectValue(await read(patientMs), 41)
    peer.value = 42
    expectValue(await read(patientMs), 42)
  })

  for (const [mode, code] of Object.entries(contract.codes) as [PeerMode, ErrorCode][]) {
    it(`ends with ${code} when the device is ${mode}, and reads again when it is right`, async () => {
      const { peer, read, expectValue } = bench()
      peer.mode = mode
      expect(await codeOf(read(hastyMs))).toBe(code)
      peer.mode = 'right'
      peer.value = 7
      expectValue(await readUntilRight(() => read(patientMs)), 7)
    })
  }

  it('never takes a late reply for the answer to the next request', async () => {
    const { peer, read, expectValue } = bench()
    peer.mode = 'holding'
    peer.value = 1
    expect(await codeOf(read(hastyMs))).toBe('driver.timeout')
    peer.mode = 'right'
    peer.value = 2
    expectValue(await read(patientMs), 2)
    peer.value = 3
    expectValue(await read(patientMs), 3)
  })

  it('serves reads that are asked for together', async () => {
    const { peer, read, expectValue } = bench()
    peer.value = 9
    const reads = await Promise.all(Array.from({ length: 8 }, () => read(patientMs)))
    for (const measurements of reads) expectValue(measurements, 9)
  })
}

function testMeasurements<Address, Profile, Peer extends ContractPeer>(
  contract: DriverContract<Address, Profile, Peer>,
  bench: () => Bench<Peer>,
): void {
  it('gives one measurement a channel, in the order of the profile', async () => {
    const { peer, driver } = bench()
    const device = contract.several(peer, patientMs)
    const { channels } = device.profile as { readonly channels: readonly { readonly id: string }[] }
    const measurements = await driver.read(device, never)
    expect(channels.length).toBeGreaterThanOrEqual(3)
    expect(measurements.map(({ channel }) => channel)).toEqual(channels.map(({ id }) => id))
  })

  it('makes a sensor without a reading a bad measurement with its unit and no value, and recovers', async () => {
    const { peer, driver, read, expectValue } = bench()
    contract.noReading.say(peer)
    const measurements = await driver.read(contract.noReading.device(peer, patientMs), never)
    expect(measurements).toHaveLength(1)
    expect(measurements[0]).toMatchObject({ value: null, quality: 'bad', reason: contract.noReading.reason })
    peer.value = 11
    expectValue(await read(patientMs), 11)
  })
}

function testAbsence<Address, Profile, Peer extends ContractPeer>(
  contract: DriverContract<Address, Profile, Peer>,
  bench: () => Bench<Peer>,
): void {
  it('comes back by itself after the peer was away', async () => {
    const { peer, read, expectValue } = bench()
    peer.value = 5
    expectValue(await read(patientMs), 5)
    await peer.stop()
    expect(await codeOf(readUntilFault(() => read(hastyMs)))).toBe(contract.away)
    await peer.start()
    expectValue(await readUntilRight(() => read(patientMs)), 5)
  })

  it('opens without a peer, and says so when read', async () => {
    const { driver, peer, read } = bench()
    await driver.close()
    await peer.stop()
    await driver.open()
    expect(await codeOf(read(hastyMs))).toBe(contract.away)
  })
}

function testLifeCycle<Peer extends ContractPeer>(bench: () => Bench<Peer>): void {
  it('settles at once when the caller gives up', async () => {
    const { peer, read } = bench()
    peer.mode = 'silent'
    const abort = new AbortController()
    const pending = codeOf(read(patientMs, abort.signal))
    abort.abort()
    expect(await pending).toBe('driver.connection')
    expect(await codeOf(read(patientMs, abort.signal))).toBe('driver.connection')
  })

  it('rejects a pending read when it is closed', async () => {
    const { driver, peer, read, expectValue } = bench()
    expectValue(await read(patientMs), peer.value)
    peer.mode = 'silent'
    const pending = codeOf(read(patientMs))
    await driver.close()
    expect(await pending).toBe('driver.connection')
  })

  it('may be opened twice and closed twice, and reads again when it is opened again', async () => {
    const { driver, peer, read, expectValue } = bench()
    await driver.open().catch(refusedByCode)
    expectValue(await read(patientMs), peer.value)
    await driver.close()
    await driver.close()
    await untilNone(() => peer.connections)
    expect(await codeOf(read(hastyMs))).toBe('driver.connection')
    await driver.open()
    expectValue(await read(patientMs), peer.value)
  })

  it('can be closed while it opens, and while a read waits for the connection', async () => {
    const { driver, peer, read } = bench()
    await driver.close()
    const opening = driver.open().catch(refusedByCode)
    const pending = codeOf(read(patientMs))
    await driver.close()
    await opening
    expect(await pending).toBe('driver.connection')
    await untilNone(() => peer.connections)
  })

  it('leaves no socket, timer, process, descriptor or listener over 100 rounds of open and close', async () => {
    const { driver, peer, read, expectValue } = bench()
    const caller = new AbortController()
    const round = async (reads: boolean) => {
      await driver.open()
      if (reads) expectValue(await read(patientMs, caller.signal), peer.value)
      await driver.close()
    }
    await driver.close()
    await round(true)
    await untilNone(() => peer.connections)
    const before = liveResources()
    for (let count = 0; count < 100; count += 1) await round(count % 2 === 0)
    await untilNone(() => peer.connections)
    await untilNothingLeft(before)
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
  })
}

/** A second `open` may be refused, but by a coded error. */
function refusedByCode(error: unknown): void {
  if (!(error instanceof AppError)) throw error
}

/** The code that a promise rejects with. Fails for one that resolves or rejects without a code. */
export async function codeOf(promise: Promise<unknown>): Promise<ErrorCode> {
  const error: unknown = await promise.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  )
  if (error instanceof AppError) return error.code
  throw error
}

/** Reads until it works: after a fault a driver may need its backoff to connect anew. Bounded by the test's own limit. */
async function readUntilRight(read: () => Promise<readonly Measurement[]>): Promise<readonly Measurement[]> {
  for (;;) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof AppError) || !error.retryable) throw error
      await turn()
    }
  }
}

/** Reads until it fails: the loss of a connection takes a turn of the event loop to be seen. */
async function readUntilFault(read: () => Promise<readonly Measurement[]>): Promise<never> {
  for (;;) {
    await read()
    await turn()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 5))
}
