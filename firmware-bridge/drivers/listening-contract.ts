// What every driver promises whose devices speak by themselves (`Driver.listen`), as tests: each such driver's own test calls this.
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError, type ErrorCode } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Driver, DriverDependencies, DriverDevice, DriverDiscard, Measurement } from '../driver.ts'
import { liveResources, untilNone, untilNothingLeft } from './live-resources.ts'

/** How a device can say something wrong. */
type SpokenFault = 'truncated' | 'malformed' | 'wrong-check-sum'

/**
 * A device that speaks by itself, or the broker that passes on what it says, on a real port or socket. One that connects
 * to the driver connects only when it has something to say: what it holds open counts as the driver's leak otherwise.
 */
export interface SpeakingPeer {
  /** Connections between peer and driver, as the peer sees them. */
  readonly connections: number
  /** How many of its readings the driver has confirmed; undefined where the protocol confirms nothing. */
  readonly confirmed: number | undefined
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * The device says its one channel's value once. Waits until the driver can hear it (connected, subscribed) and resolves
   * when it was sent, confirmed or not.
   */
  say(value: number): Promise<void>
  /** Says something wrong; the next `say` is right again. */
  misspeak(fault: SpokenFault): Promise<void>
}

export interface ListeningContract<Address, Profile, Peer extends SpeakingPeer = SpeakingPeer> {
  readonly name: string
  peer(): Peer
  driver(peer: Peer, dependencies: DriverDependencies): Driver<Address, Profile>
  /** The device that speaks, with a profile of one channel. */
  device(peer: Peer): DriverDevice<Address, Profile>
  /** Another device of the same connection, which never speaks; left out where a connection has only one. */
  stranger?(peer: Peer): DriverDevice<Address, Profile>
  /** The value that a measurement carries for what the peer said. */
  expected(value: number): number
  /**
   * What each wrong saying ends in: the code of `fault`, or `discarded` where nobody can tell whose bytes they were. A
   * fault that the protocol does not have is left out.
   */
  readonly faults: Partial<Record<SpokenFault, ErrorCode | 'discarded'>>
}

/** What the tests of one round share; made anew for each test. */
interface Bench<Peer> {
  readonly peer: Peer
  readonly driver: Driver<unknown, unknown>
  readonly taken: Measurement[]
  readonly faults: AppError[]
  readonly discards: DriverDiscard[]
  /** What becomes of readings: kept at once unless a test says otherwise. */
  keep: () => Promise<void>
  readonly listen: () => () => void
}

export function describeListeningDriver<Address, Profile, Peer extends SpeakingPeer>(
  contract: ListeningContract<Address, Profile, Peer>,
): void {
  describe(`${contract.name} keeps the contract of listening drivers:`, () => {
    let bench: Bench<Peer>

    beforeEach(async () => {
      bench = await openBench(contract)
    })

    afterEach(async () => {
      await bench.driver.close()
      await bench.peer.stop()
    })

    testHearing(contract, () => bench)
    testConfirming(() => bench)
    testAbsence(contract, () => bench)
    testLifeCycle(contract, () => bench)
  })
}

async function openBench<Address, Profile, Peer extends SpeakingPeer>(
  contract: ListeningContract<Address, Profile, Peer>,
): Promise<Bench<Peer>> {
  const peer = contract.peer()
  await peer.start()
  const discards: DriverDiscard[] = []
  const onDiscard = (reason: DriverDiscard) => void discards.push(reason)
  const driver = contract.driver(peer, { clock: systemClock, log: silentLog, onDiscard })
  await driver.open()
  const bench: Bench<Peer> = {
    peer,
    driver,
    discards,
    taken: [],
    faults: [],
    keep: () => Promise.resolve(),
    listen: () => listenTo(driver, contract.device(peer), bench),
  }
  return bench
}

function listenTo(
  driver: Driver<unknown, unknown>,
  device: DriverDevice<unknown, unknown>,
  into: Pick<Bench<unknown>, 'taken' | 'faults' | 'keep'>,
): () => void {
  if (driver.listen === undefined) throw new Error('the driver has no listen()')
  return driver.listen(device, {
    take(measurements) {
      into.taken.push(...measurements)
      return into.keep()
    },
    fault: (error) => void into.faults.push(error),
  })
}

function testHearing<Address, Profile, Peer extends SpeakingPeer>(
  contract: ListeningContract<Address, Profile, Peer>,
  bench: () => Bench<Peer>,
): void {
  it('gives every value once, in the order in which they were said', async () => {
    const { peer, taken, listen } = bench()
    listen()
    const said = Array.from({ length: 20 }, (_, index) => index + 1)
    for (const value of said) await peer.say(value)
    await until(() => taken.length >= said.length)
    expect(taken.map(({ value }) => value)).toEqual(said.map((value) => contract.expected(value)))
    for (const { quality, reason } of taken) expect({ quality, reason }).toEqual({ quality: 'good', reason: undefined })
  })

  for (const [fault, outcome] of Object.entries(contract.faults) as [SpokenFault, ErrorCode | 'discarded'][]) {
    it(`tells that something ${fault} was heard (${outcome}), and hears what is right after it`, async () => {
      const { peer, taken, faults, discards, listen } = bench()
      listen()
      await peer.say(1)
      await until(() => taken.length > 0)
      await peer.misspeak(fault)
      await peer.say(2)
      await until(() => taken.some(({ value }) => value === contract.expected(2)))
      await until(() => faults.length + discards.length > 0)
      if (outcome === 'discarded') expect(discards.length).toBeGreaterThan(0)
      else expect(faults.map(({ code }) => code)).toContain(outcome)
      const values = new Set(taken.map(({ value }) => value))
      expect([...values]).toEqual([contract.expected(1), contract.expected(2)])
    })
  }

  it.skipIf(contract.stranger === undefined)('gives a reading only to the device that said it', async () => {
    const { peer, driver, taken, listen } = bench()
    const others = { taken: [] as Measurement[], faults: [] as AppError[], keep: () => Promise.resolve() }
    if (contract.stranger !== undefined) listenTo(driver, contract.stranger(peer), others)
    listen()
    await peer.say(3)
    await until(() => taken.length > 0)
    expect(others.taken).toEqual([])
  })

  it('gives nothing to a listener that has ended, and ending twice is harmless', async () => {
    const { peer, driver, taken, listen } = bench()
    const end = listen()
    await peer.say(1)
    await until(() => taken.length > 0)
    end()
    end()
    const later = { taken: [] as Measurement[], faults: [] as AppError[], keep: () => Promise.resolve() }
    listenTo(driver, contract.device(peer), later)
    await peer.say(2)
    await until(() => later.taken.length > 0)
    expect(taken.map(({ value }) => value)).toEqual([contract.expected(1)])
    expect(later.taken.at(-1)).toMatchObject({ value: contract.expected(2), quality: 'good' })
  })
}

function testConfirming<Peer extends SpeakingPeer>(bench: () => Bench<Peer>): void {
  it('confirms a reading only when it is kept', async (context) => {
    const round = bench()
    const { peer, taken, listen } = round
    const { promise: kept, resolve: keepNow } = Promise.withResolvers<void>()
    round.keep = () => kept
    listen()
    await peer.say(1)
    await until(() => taken.length > 0)
    if (peer.confirmed === undefined) context.skip('the protocol confirms nothing')
    for (let turn = 0; turn < 5; turn += 1) await wait(1)
    expect(peer.confirmed).toBe(0)
    keepNow()
    await until(() => (peer.confirmed ?? 0) > 0)
  })

  it('does not confirm what cannot be kept, and goes on', async () => {
    const round = bench()
    const { peer, taken, listen } = round
    const full = () => Promise.reject(new AppError('outbox.full', 'the disk is full'))
    round.keep = full
    listen()
    await peer.say(1)
    await until(() => taken.length > 0)
    for (let turn = 0; turn < 5; turn += 1) await wait(1)
    expect(peer.confirmed ?? 0).toBe(0)
    round.keep = () => Promise.resolve()
    await peer.say(2)
    await until(() => taken.length > 1)
    if (peer.confirmed !== undefined) await until(() => (peer.confirmed ?? 0) > 0)
  })
}

function testAbsence<Address, Profile, Peer extends SpeakingPeer>(
  contract: ListeningContract<Address, Profile, Peer>,
  bench: () => Bench<Peer>,
): void {
  it('hears the peer again after it was away', async () => {
    const { peer, taken, listen } = bench()
    listen()
    await peer.say(1)
    await until(() => taken.length > 0)
    await peer.stop()
    await peer.start()
    await peer.say(2)
    await until(() => taken.some(({ value }) => value === contract.expected(2)))
  })

  it('opens without a peer, and hears it when it comes', async () => {
    const { peer, driver, taken, listen } = bench()
    await driver.close()
    await peer.stop()
    await driver.open()
    listen()
    await peer.start()
    await peer.say(4)
    await until(() => taken.length > 0)
    expect(taken[0]).toMatchObject({ value: contract.expected(4), quality: 'good' })
  })
}

function testLifeCycle<Address, Profile, Peer extends SpeakingPeer>(
  contract: ListeningContract<Address, Profile, Peer>,
  bench: () => Bench<Peer>,
): void {
  it('may be opened twice and closed twice, and hears again when it is opened again', async () => {
    const { peer, driver, taken, listen } = bench()
    await driver.open().catch(refusedByCode)
    await driver.close()
    await driver.close()
    await untilNone(() => peer.connections)
    await driver.open()
    listen()
    await peer.say(6)
    await until(() => taken.length > 0)
    expect(taken.map(({ value }) => value)).toEqual([contract.expected(6)])
  })

  it('can be closed while it opens', async () => {
    const { peer, driver } = bench()
    await driver.close()
    const opening = driver.open().catch(refusedByCode)
    await driver.close()
    await opening
    await untilNone(() => peer.connections)
  })

  it('closes while a reading is being kept', async () => {
    const round = bench()
    const { promise: kept, resolve: keepNow } = Promise.withResolvers<void>()
    round.keep = () => kept
    round.listen()
    await round.peer.say(1)
    await until(() => round.taken.length > 0)
    const closing = round.driver.close()
    keepNow()
    await closing
    await untilNone(() => round.peer.connections)
  })

  it('leaves no socket, timer, process or descriptor over 100 rounds of open and close', async () => {
    const { peer, driver, taken, listen } = bench()
    const round = async (speaks: boolean) => {
      await driver.open()
      const end = listen()
      const before = taken.length
      if (speaks) {
        await peer.say(8)
        await until(() => taken.length > before)
      }
      end()
      await driver.close()
      await untilNone(() => peer.connections)
    }
    await driver.close()
    await round(true)
    const before = liveResources()
    for (let count = 0; count < 100; count += 1) await round(count % 10 === 0)
    await untilNothingLeft(before)
  })
}

/** A second `open` may be refused, but by a coded error. */
function refusedByCode(error: unknown): void {
  if (!(error instanceof AppError)) throw error
}

/** Bounded by the test's own limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(2)
}
