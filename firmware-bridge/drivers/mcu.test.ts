import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { type Clock, silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Driver, DriverDiscard, Measurement } from '../driver.ts'
import { encodeBoardFrame } from '../mcu/board-frame.ts'
import type { McuAddress, McuDevice } from '../mcu/board-listeners.ts'
import type { McuProfile } from '../mcu/profile-schema.ts'
import { createFirmwareFile } from '../simulators/board/firmware-file.ts'
import { SimulatedBoard } from '../simulators/board/simulated-board.ts'
import { codeOf } from './driver-contract.ts'
import { describeListeningDriver, type SpeakingPeer } from './listening-contract.ts'
import { mcu } from './mcu.ts'

const label = { ja: '気温', en: 'Air temperature' }
const profile: McuProfile = {
  id: 'thermometer',
  driver: 'mcu',
  label,
  channels: [{ id: 'air-temperature', label, source: { name: 'temp' }, range: { min: -50, max: 2000 } }],
}
const factoryImage = createFirmwareFile({ version: { major: 1, minor: 0, revision: 0 }, bodyBytes: 600 })
const never = new AbortController().signal
const patientMs = 10_000

/** The simulated board as the contract's peer. It numbers its frames anew at each start, and the start itself. */
class BoardPeer implements SpeakingPeer {
  #board: SimulatedBoard | undefined
  #boot = 0
  port = 0

  get connections(): number {
    return this.#board?.connections ?? 0
  }

  get confirmed(): number {
    return this.#board?.acknowledged ?? 0
  }

  async start(): Promise<void> {
    this.#boot += 1
    const [line, firstBoot] = [{ port: this.port }, this.#boot]
    this.#board = await SimulatedBoard.start({ clock: systemClock, line, factoryImage, firstBoot })
    this.port = this.#board.port
  }

  async stop(): Promise<void> {
    await this.#board?.close()
    this.#board = undefined
  }

  async say(value: number): Promise<void> {
    await until(() => this.connections > 0)
    this.#board?.say([{ name: 'temp', unit: 'Cel', value }])
  }

  async misspeak(fault: 'truncated' | 'malformed' | 'wrong-check-sum'): Promise<void> {
    await until(() => this.connections > 0)
    const frame = {
      kind: 'readings',
      wantsAck: false,
      board: 0,
      boot: 9,
      seq: 9,
      payload: Buffer.from('80', 'hex'),
    } as const
    const bytes = encodeBoardFrame(frame)
    if (fault === 'truncated') this.#board?.utter(bytes.subarray(0, 5))
    if (fault === 'malformed') this.#board?.utter(encodeBoardFrame({ ...frame, payload: Buffer.from('not senml') }))
    if (fault === 'wrong-check-sum') {
      bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 0x40
      this.#board?.utter(bytes)
    }
  }
}

describeListeningDriver<McuAddress, McuProfile, BoardPeer>({
  name: 'mcu',
  peer: () => new BoardPeer(),
  driver: (peer, dependencies) => mcu.create({ host: '127.0.0.1', port: peer.port }, dependencies),
  device: () => ({ id: 'board', address: { board: 0 }, profile, timeoutMs: patientMs }),
  stranger: () => ({ id: 'other', address: { board: 3 }, profile, timeoutMs: patientMs }),
  expected: (value) => value,
  faults: { truncated: 'driver.frame', malformed: 'driver.frame', 'wrong-check-sum': 'driver.crc' },
})

describe('A board', () => {
  let board: SimulatedBoard
  let driver: Driver<McuAddress, McuProfile>
  let discards: Map<DriverDiscard, number>
  let taken: Measurement[]
  /** Time that board and gateway believe to have passed. */
  let passedMs = 0
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + passedMs,
    monotonic: () => systemClock.monotonic() + passedMs,
  }

  const open = (framing: 'cobs' | 'jsonl' = 'cobs') => {
    driver = mcu.create(
      { host: '127.0.0.1', port: board.port, framing },
      {
        clock,
        log: silentLog,
        onDiscard: (reason, amount) => void discards.set(reason, (discards.get(reason) ?? 0) + amount),
      },
    )
    return driver.open()
  }
  const device = (address: McuAddress = {}, over: Partial<McuProfile> = {}): McuDevice => ({
    id: 'board',
    address,
    profile: { ...profile, ...over },
    timeoutMs: patientMs,
  })
  const listen = (to: McuDevice, into: Measurement[] = taken, keep: () => Promise<void> = () => Promise.resolve()) =>
    driver.listen?.(to, {
      take(measurements) {
        into.push(...measurements)
        return keep()
      },
      fault: () => undefined,
    })
  const valuesOf = (measurements: readonly Measurement[]) => measurements.map(({ value }) => value)

  beforeEach(async () => {
    discards = new Map()
    taken = []
    passedMs = 0
    board = await SimulatedBoard.start({ clock, line: { port: 0 }, factoryImage, number: 7 })
  })

  afterEach(async () => {
    await driver.close()
    await board.close()
  })

  it('that repeats its frames is heard once, and what is repeated is counted and confirmed again', async () => {
    await open()
    listen(device())
    await until(() => board.connections > 0)
    board.faults.repeatsFrames = true
    for (let value = 1; value <= 5; value += 1) board.say([{ name: 'temp', unit: 'Cel', value }])
    await until(() => board.keptFrames === 0 && (discards.get('duplicate') ?? 0) >= 5)
    expect(valuesOf(taken)).toEqual([1, 2, 3, 4, 5])
  })

  it('loses nothing while the disk is full, and its readings keep the time of their measurement', async () => {
    let isFull = true
    const refused: Measurement[] = []
    const kept: Measurement[] = []
    await open()
    driver.listen?.(device(), {
      take(measurements) {
        if (isFull) {
          refused.push(...measurements)
          return Promise.reject(new AppError('outbox.full', 'the disk is full'))
        }
        kept.push(...measurements)
        return Promise.resolve()
      },
      fault: () => undefined,
    })
    await until(() => board.connections > 0)
    const saidMs = clock.now()
    for (let value = 1; value <= 20; value += 1) board.say([{ name: 'temp', unit: 'Cel', value, ageS: 100 }])
    // Each was refused, and at least one of them a second time.
    await until(() => refused.length > 20)
    expect(board.keptFrames).toBe(20)
    // An hour passes while nothing is under way: what is said last has arrived.
    board.faults.silent = true
    const last = { kind: 'readings', wantsAck: false, board: 7, boot: 99, seq: 0 } as const
    board.utter(encodeBoardFrame({ ...last, payload: Buffer.from('81a3006474656d70016343656c021863', 'hex') }))
    await until(() => valuesOf(refused).includes(99))
    passedMs = 3_600_000
    isFull = false
    board.faults.silent = false
    await until(() => board.keptFrames === 0)
    const inOrder = valuesOf(kept).toSorted((first, second) => Number(first) - Number(second))
    expect(inOrder).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    for (const { timeMs } of kept) expect(Math.abs((timeMs ?? 0) - (saidMs - 100_000))).toBeLessThan(60_000)
  })

  it('with noise and log text between its frames is heard, and the noise is counted', async () => {
    await open()
    listen(device())
    await until(() => board.connections > 0)
    board.faults.garbage = true
    for (let value = 1; value <= 5; value += 1) board.say([{ name: 'temp', unit: 'Cel', value }])
    await until(() => taken.length >= 5)
    expect(valuesOf(taken)).toEqual([1, 2, 3, 4, 5])
    expect(discards.get('noise')).toBeGreaterThan(0)
  })

  it('that does not number its frames on shows how many were lost', async () => {
    await open()
    listen(device())
    await until(() => board.connections > 0)
    const frame = (seq: number) =>
      encodeBoardFrame({
        kind: 'readings',
        wantsAck: false,
        board: 7,
        boot: 1,
        seq,
        payload: Buffer.from('81a3006474656d70016343656c0214', 'hex'),
      })
    board.utter(Buffer.concat([frame(1), frame(2), frame(9)]))
    await until(() => taken.length === 3)
    expect(valuesOf(taken)).toEqual([20, 20, 20])
    expect(discards.get('gap')).toBe(6)
  })

  it('shares a line with others: a number or the beginning of the names tells whose a reading is', async () => {
    await open()
    const [first, second, third]: Measurement[][] = [[], [], []]
    listen(device({ name: 'soil-1:' }), first)
    listen(device({ name: 'soil-10:' }), second)
    listen(device({ board: 8 }), third)
    await until(() => board.connections > 0)
    board.say([
      { name: 'soil-1:temp', unit: 'Cel', value: 11 },
      { name: 'soil-10:temp', unit: 'Cel', value: 12 },
      { name: 'elsewhere:temp', unit: 'Cel', value: 13 },
    ])
    await until(() => board.keptFrames === 0)
    expect([first, second, third].map((list) => valuesOf(list ?? []))).toEqual([[11], [12], []])
    expect(discards.get('foreign')).toBe(1)
  })

  it('that nobody is configured for is not confirmed, so that it keeps its readings', async () => {
    await open()
    listen(device({ board: 99 }))
    await until(() => board.connections > 0)
    board.say([{ name: 'temp', unit: 'Cel', value: 1 }])
    await until(() => (discards.get('foreign') ?? 0) > 0)
    listen(device({ board: 7 }))
    await until(() => board.keptFrames === 0)
    expect(valuesOf(taken)).toEqual([1])
  })

  it('passes on what its profile does not list where it says so, under a lawful name and not without end', async () => {
    await open()
    listen(device({}, { mcu: { unlisted: 'pass' } }))
    await until(() => board.connections > 0)
    board.say([{ name: 'Soil_Moisture.2', unit: '/', value: 0.3 }])
    await until(() => taken.length === 1)
    expect(taken[0]).toMatchObject({ channel: 'soil-moisture-2', value: 0.3, unit: '/', quality: 'good' })
    for (let index = 0; index < 100; index += 1) board.say([{ name: `x${index}`, unit: '/', value: 1 }])
    await until(() => board.keptFrames === 0)
    expect(taken).toHaveLength(64)
    expect(discards.get('overflow')).toBe(100 - 63)
  })

  it('has its units and ranges judged as any other device, and its own word on quality stands', async () => {
    await open('jsonl')
    listen(
      device(
        {},
        { channels: [{ id: 'level', label, source: { name: 'h' }, unit: 'cm', range: { min: 0, max: 300 } }] },
      ),
    )
    await until(() => board.connections > 0)
    const lines = [
      '[{"bn":"b:","n":"h","v":150}]',
      '[{"bn":"b:","n":"h","v":900}]',
      '{"n":"b:h","u":"mm","bver":26,"v":1500}',
      '{"n":"b:h","v":1,"q":"uncertain","qr":"stale"}',
      '{"n":"b:h","vs":"range","q":"bad"}',
      'I (123) wifi: connected',
      '{"n":"b:h","v":',
    ]
    board.utter(Buffer.from(`${lines.join('\r\n')}\r\n`))
    await until(() => taken.length >= 5 && (discards.get('noise') ?? 0) > 0)
    expect(taken.map(({ value, unit, quality, reason }) => ({ value, unit, quality, reason }))).toEqual([
      { value: 1.5, unit: 'm', quality: 'good', reason: undefined },
      { value: 9, unit: 'm', quality: 'uncertain', reason: 'range' },
      { value: 1.5, unit: 'm', quality: 'good', reason: undefined },
      { value: 0.01, unit: 'm', quality: 'uncertain', reason: 'stale' },
      { value: null, unit: 'm', quality: 'bad', reason: 'range' },
    ])
    expect(discards.get('foreign')).toBe('I (123) wifi: connected'.length)
  })

  it('gives its next readings to a single read, which confirms nothing', async () => {
    await open()
    const reading = driver.read(device(), never)
    await until(() => board.connections > 0)
    board.say([{ name: 'temp', unit: 'Cel', value: 4 }])
    expect(valuesOf(await reading)).toEqual([4])
    expect(board.acknowledged).toBe(0)
  })

  it('that is silent is a time-out of a single read', async () => {
    await open()
    expect(await codeOf(driver.read({ ...device(), timeoutMs: 60 }, never))).toBe('driver.timeout')
  })

  it('that floods without an end of a frame is bounded and counted', async () => {
    await open()
    listen(device())
    await until(() => board.connections > 0)
    board.utter(Buffer.alloc(200_000, 0x41))
    board.say([{ name: 'temp', unit: 'Cel', value: 6 }])
    await until(() => taken.length > 0)
    expect(discards.get('overflow')).toBe(200_000)
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => void setTimeout(resolve, 2))
}
