import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, type Clock } from '../../broker/contract/ports.ts'
import { wholeCity } from '../people/principal.ts'
import { openHubDatabase, type HubDatabase } from '../registry/hub-database.ts'
import { startAlarmRetention } from './alarm-retention.ts'
import { openAlarmStorage, type AlarmStorage } from './alarm-storage.ts'
import type { Alarm } from './alarm.ts'

const dayMs = 86_400_000
const nowMs = Date.UTC(2026, 10, 22)

/** Timers run one at a time, each when it is asked for. */
function steppedClock() {
  const timers: { readonly run: () => void; readonly delayMs: number }[] = []
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => 0,
    setTimer(run, delayMs) {
      const timer = { run, delayMs }
      timers.push(timer)
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) }
    },
  }
  return { clock, timers }
}

let folder: string
let database: HubDatabase
let storage: AlarmStorage

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-alarms-'))
  database = await openHubDatabase(join(folder, 'hub.sqlite'))
  storage = openAlarmStorage({ database, clock: steppedClock().clock, log: silentLog })
})

afterEach(async () => {
  await storage.close()
  await database.destroy()
  await rm(folder, { recursive: true })
})

function alarm(id: string, times: Partial<Alarm>): Alarm {
  return {
    id,
    rule: 'low',
    kind: 'threshold',
    subject: id,
    gateway: 'kimitsu/paddy',
    device: undefined,
    series: undefined,
    site: undefined,
    severity: 'warning',
    title: { ja: '低', en: 'Low' },
    advice: { ja: '見る', en: 'Look' },
    value: 1,
    raisedMs: nowMs - 500 * dayMs,
    clearedMs: nowMs - 450 * dayMs,
    occurrence: 1,
    acknowledgedMs: nowMs - 450 * dayMs,
    acknowledgedBy: undefined,
    comment: undefined,
    assignee: undefined,
    suppressions: [],
    storm: undefined,
    told: 'quiet',
    ...times,
  }
}

describe('the retention of alarms', () => {
  it('deletes in small steps what was closed long ago, counts it, and keeps what is open or was closed lately', async () => {
    for (let index = 0; index < 450; index += 1) storage.saveAlarm(alarm(`old-${index}`, {}))
    storage.saveAlarm(alarm('lasting', { clearedMs: undefined }))
    storage.saveAlarm(alarm('unseen', { acknowledgedMs: undefined }))
    storage.saveAlarm(alarm('cleared-lately', { clearedMs: nowMs - 399 * dayMs }))
    storage.saveAlarm(alarm('seen-lately', { acknowledgedMs: nowMs - 399 * dayMs }))
    const { clock, timers } = steppedClock()
    const retention = startAlarmRetention({ storage, days: 400, clock, log: silentLog })
    const left = []
    for (const delayMs of [60_000, 20, 20]) {
      expect(timers.map((timer) => timer.delayMs)).toEqual([delayMs])
      timers.shift()?.run()
      await expect.poll(() => timers.length).toBe(1)
      left.push((await storage.newest({ limit: 1000, scope: wholeCity })).length)
    }
    expect(left).toEqual([254, 54, 4])
    expect(timers.map((timer) => timer.delayMs)).toEqual([3_600_000])
    expect((await storage.newest({ limit: 10, scope: wholeCity })).map(({ id }) => id).toSorted()).toEqual([
      'cleared-lately',
      'lasting',
      'seen-lately',
      'unseen',
    ])
    expect(await retention.metrics.metrics()).toContain('musubi_alarms_expired_total 450')
    await retention.stop()
    expect(timers).toEqual([])
  })
})
