import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, silentLog } from '../../broker/contract/ports.ts'
import type { ReplayProfile } from '../profile-schema.ts'
import { codeOf } from './driver-contract.ts'
import { replay } from './replay.ts'

const label = { ja: '電力', en: 'Power' }
const profile = (column: string | number): ReplayProfile => ({
  id: 'recorded',
  driver: 'replay',
  label,
  channels: [{ id: 'power', label, source: { column }, unit: 'W', range: { min: 0, max: 1000 } }],
})
const never = new AbortController().signal
const openedAt = Date.UTC(2026, 10, 22, 12)

describe('The replay driver', () => {
  let folder: string
  let monotonicMs: number
  const clock: Clock = {
    now: () => openedAt + monotonicMs,
    monotonic: () => monotonicMs,
    setTimer: () => ({ cancel: () => undefined }),
  }

  beforeEach(async () => {
    monotonicMs = 0
    folder = await mkdtemp(join(tmpdir(), 'musubi-replay-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function start(text: string, settings: Record<string, unknown>, column: string | number = 0) {
    const file = join(folder, 'series.csv')
    await writeFile(file, text)
    const driver = replay.create({ file, ...settings }, { clock, log: silentLog })
    await driver.open()
    const device = { id: 'lamp', address: {}, profile: profile(column), timeoutMs: 1000 }
    return { driver, read: () => driver.read(device, never) }
  }

  it('gives each row once, at its moment, and keeps NaN as a gap', async () => {
    const { read } = await start('10\nnan\n30\n40\n', { stepS: 60 })
    expect(await read()).toMatchObject([{ channel: 'power', value: 10, unit: 'W', timeMs: openedAt }])
    expect(await read()).toEqual([])
    monotonicMs = 120_000
    expect(await read()).toMatchObject([{ value: 30, timeMs: openedAt + 120_000 }])
    monotonicMs = 180_000
    expect(await read()).toMatchObject([{ value: 40 }])
    monotonicMs = 1e9
    expect(await read()).toEqual([])
  })

  it('plays a time column at the chosen speed, with its gaps', async () => {
    const text = 'timestamp,value\n2014-04-01 00:00:00,1\n2014-04-01 00:05:00,2\n2014-04-01 02:00:00,3\n'
    const { read } = await start(text, { timeColumn: 'timestamp', speed: 300 }, 'value')
    monotonicMs = 1000
    expect((await read()).map(({ value, timeMs }) => [value, timeMs])).toEqual([
      [1, openedAt],
      [2, openedAt + 1000],
    ])
    monotonicMs = 23_999
    expect(await read()).toEqual([])
    monotonicMs = 24_000
    expect(await read()).toMatchObject([{ value: 3, timeMs: openedAt + 24_000 }])
  })

  it('keeps the recorded times when asked to', async () => {
    const { read } = await start(
      't,v\n2014-04-01T00:00:00Z,1\n2014-04-01T00:05:00Z,2\n',
      { timeColumn: 't', speed: 1e6, timestamps: 'recorded' },
      'v',
    )
    monotonicMs = 10
    expect((await read()).map(({ timeMs }) => timeMs)).toEqual([Date.UTC(2014, 3, 1), Date.UTC(2014, 3, 1, 0, 5)])
  })

  it('loops with the mean step between the last row and the first', async () => {
    const { read } = await start('1\n2\n', { stepS: 10, loop: true })
    monotonicMs = 35_000
    expect((await read()).map(({ value, timeMs }) => [value, (timeMs ?? 0) - openedAt])).toEqual([
      [1, 0],
      [2, 10_000],
      [1, 20_000],
      [2, 30_000],
    ])
  })

  it('plays on where the clock of the recorder was set back, and keeps the recorded times when asked to', async () => {
    const text = ['01:50', '01:55', '01:00', '01:05'].map((time, row) => `2014-01-07 ${time}:00,${row}`).join('\n')
    const live = await start(`t,v\n${text}\n`, { timeColumn: 't', speed: 300 }, 'v')
    monotonicMs = 3000
    expect((await live.read()).map(({ value, timeMs }) => [value, (timeMs ?? 0) - openedAt])).toEqual([
      [0, 0],
      [1, 1000],
      [2, 2000],
      [3, 3000],
    ])
    monotonicMs = 0
    const recorded = await start(`t,v\n${text}\n`, { timeColumn: 't', speed: 300, timestamps: 'recorded' }, 'v')
    monotonicMs = 3000
    expect((await recorded.read()).at(2)).toMatchObject({ value: 2, timeMs: Date.UTC(2014, 0, 7, 1) })
  })

  it('gives a long backlog in bounded portions and leaves no row out', async () => {
    const { read } = await start(Array.from({ length: 12_000 }, (_, row) => row % 1000).join('\n'), { stepS: 1 })
    monotonicMs = 1e9
    const counts: number[] = []
    for (let portion = await read(); portion.length > 0; portion = await read()) counts.push(portion.length)
    expect(counts).toEqual([5000, 5000, 2000])
  })

  it('judges a value by the range of its channel', async () => {
    const { read } = await start('5000\n', { stepS: 1 })
    expect(await read()).toMatchObject([{ value: 5000, quality: 'uncertain', reason: 'range' }])
  })

  it('ends with a coded error for a missing file, a missing column, an unreadable time, no time at all', async () => {
    const gone = replay.create({ file: join(folder, 'none.csv'), stepS: 1 }, { clock, log: silentLog })
    await gone.open()
    const device = { id: 'x', address: {}, profile: profile(0), timeoutMs: 1000 }
    expect(await codeOf(gone.read(device, never))).toBe('driver.connection')
    expect(await codeOf((await start('a,b\n1,2\n', { stepS: 1 }, 'c')).read())).toBe('config.invalid')
    expect(await codeOf((await start('t,v\nyesterday,1\n', { timeColumn: 't' }, 'v')).read())).toBe('config.invalid')
    expect(await codeOf((await start('1\n2\n', {})).read())).toBe('config.invalid')
  })
})
