import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { AlarmBook } from '../../cloud/alarms/alarm-book.ts'
import type { StormActAnswer } from '../../cloud/alarms/alarm-schemas.ts'
import { openAlarmStorage } from '../../cloud/alarms/alarm-storage.ts'
import type { AlarmRule } from '../../cloud/alarms/rules/rule.ts'
import { actOnStorm } from '../../cloud/alarms/storm-acts.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { openAlarmField } from './alarm-field.ts'

const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

describe('a storm as a whole', () => {
  it('is acknowledged, shelved and given away in one act each, all of it on record, and once where it is sent twice', async () => {
    const devices = Array.from({ length: 6 }, (_, number) => `d${String(number)}`)
    const field = await openAlarmField(Object.fromEntries(devices.map((device) => [device, ['level']])))
    stops.push(() => field.stop())
    const low = Object.fromEntries(devices.map((device) => [`${device}:level`, 5]))
    await field.pass(30, low)
    const storm = (await field.alarms())[0]?.storm ?? ''
    const act = async (body: object, key?: string) => {
      const answer = await field.call('POST', `/api/v1/storms/${storm}/acts`, { by: '田中', ...body }, undefined, key)
      return { status: answer.status, body: answer.body as StormActAnswer }
    }
    const first = await act({ act: 'acknowledge', comment: '現地へ' }, 'once')
    expect(first.body.items.map(({ outcome }) => outcome)).toEqual(devices.map(() => 'done'))
    expect(
      (await field.alarms()).every(({ acknowledgedBy, comment }) => acknowledgedBy === '田中' && comment === '現地へ'),
    ).toBe(true)
    expect(await act({ act: 'acknowledge', comment: '現地へ' }, 'once')).toEqual(first)
    expect((await act({ act: 'acknowledge' })).body).toEqual({ items: [], unchanged: 6, left: 0 })
    const until = field.clock.now() + 3_600_000
    expect((await act({ act: 'shelve', until, reason: '停電' })).body.items).toHaveLength(6)
    expect((await field.alarms()).every(({ shelvedUntil }) => shelvedUntil === until)).toBe(true)
    expect((await act({ act: 'shelve', until: 1, reason: '停電' })).status).toBe(400)
    expect((await act({ act: 'assign' })).status).toBe(400)
    await act({ act: 'assign', assignee: '鈴木' })
    expect((await field.alarms()).every(({ assignee }) => assignee === '鈴木')).toBe(true)
    const { items } = (await field.call('GET', '/api/v1/audit?limit=100')).body as { items: { action: string }[] }
    const counts = ['alarm.acknowledged', 'alarm.shelved', 'alarm.assigned'].map(
      (action) => items.filter((line) => line.action === action).length,
    )
    expect(counts).toEqual([6, 6, 6])
    expect((await field.call('POST', '/api/v1/storms/none/acts', { act: 'acknowledge' })).status).toBe(404)
  })

  it('says of each alarm whether it was done, and is led by the worst that lasts once its lead is over', async () => {
    const { book, clock, set, storm } = await openStorm()
    let line = 0
    const audit = {
      append: () => {
        line += 1
        return line === 2 ? Promise.reject(new AppError('store.unavailable', 'full')) : Promise.resolve()
      },
    }
    const members = book.membersOf(storm)
    const lead = members[0]?.id ?? ''
    expect(members).toHaveLength(6)
    set(worst, 'worst', false)
    expect(await book.leadOf(lead)).toMatchObject({ subject: 'd0', acknowledgedMs: undefined })
    const answer = await actOnStorm(
      members,
      { act: 'acknowledge' },
      { who: '田中', by: '田中', remote: undefined },
      { book, audit, clock },
    )
    expect(answer.items.map(({ outcome, code }) => code ?? outcome)).toEqual([
      'done',
      'store.unavailable',
      'done',
      'done',
      'done',
      'done',
    ])
    const [refused] = book.membersOf(storm).filter(({ acknowledgedMs }) => acknowledgedMs === undefined)
    expect(refused).toMatchObject({ id: answer.items[1]?.alarm })
    const others = members.filter(({ id }) => id !== lead && id !== refused?.id)
    set(low, others[0]?.subject ?? '', false)
    expect(await book.leadOf(others[0]?.id ?? '')).toMatchObject({ acknowledgedBy: '田中' })
  })
})

const texts = { title: { ja: '題', en: 'Title' }, advice: { ja: '助言', en: 'Advice' }, onDelayS: 0, offDelayS: 0 }
const low: AlarmRule = {
  ...texts,
  id: 'low',
  kind: 'threshold',
  severity: 'warning',
  match: {},
  below: 1,
  hysteresis: 0,
}
const worst: AlarmRule = { ...low, id: 'worst', severity: 'critical' }

/** A book with a storm of six at one site, of which one is critical. */
async function openStorm() {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-storm-'))
  const database = await openHubDatabase(join(folder, 'hub.sqlite'))
  const clock = createManualClock()
  const storage = openAlarmStorage({ database, clock, log: silentLog })
  const windows = { covers: () => false, tick: () => undefined }
  const book = new AlarmBook({
    storage,
    windows,
    registry: { get: () => undefined },
    notices: { take: () => undefined },
    clock,
  })
  stops.push(async () => {
    await storage.close()
    await database.destroy()
    await rm(folder, { recursive: true })
  })
  const set = (rule: AlarmRule, key: string, active: boolean) => {
    const subject = { key, gateway: 'kimitsu/gateway', device: key, series: key, site: 'kimitsu/gateway/place' }
    book.transition({ rule, subject, active, timeMs: clock.now(), value: undefined })
  }
  for (const key of ['d0', 'd1', 'd2', 'd3', 'd4']) set(low, key, true)
  set(worst, 'worst', true)
  book.tick({ ms: clock.now(), atMs: clock.monotonic() })
  await clock.advance(11_000)
  book.tick({ ms: clock.now(), atMs: clock.monotonic() })
  const [storm] = book.storms()
  return { book, clock, set, storm: storm?.id ?? '' }
}
