import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { AlarmBook } from '../../cloud/alarms/alarm-book.ts'
import { openAlarmStorage } from '../../cloud/alarms/alarm-storage.ts'
import { alarmItem } from '../../cloud/alarms/alarm-view.ts'
import type { AlarmRule } from '../../cloud/alarms/rules/rule.ts'
import type { GatewayRecord } from '../../cloud/registry/gateway-registry.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { createManualClock } from '../edge/manual-clock.ts'

const texts = { title: { ja: '題', en: 'Title' }, advice: { ja: '策', en: 'Advice' } }
const lost: AlarmRule = {
  id: 'lost',
  kind: 'gateway-offline',
  severity: 'critical',
  reason: 'lost',
  onDelayS: 0,
  ...texts,
}
const low: AlarmRule = {
  id: 'low',
  kind: 'threshold',
  severity: 'warning',
  match: {},
  below: 1,
  hysteresis: 0,
  onDelayS: 0,
  offDelayS: 0,
  ...texts,
}

it('who watches a gateway that is down is told when it hides more or fewer alarms', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-parents-'))
  const database = await openHubDatabase(join(folder, 'hub.sqlite'))
  const clock = createManualClock()
  const storage = openAlarmStorage({ database, clock, log: silentLog })
  const offline = {
    id: 'kimitsu/gateway',
    state: 'offline',
    sites: new Map(),
    devices: new Map(),
  } as unknown as GatewayRecord
  const windows = { covers: () => false, tick: () => undefined }
  const notices = { take: () => undefined }
  const book = new AlarmBook({ storage, windows, registry: { get: () => offline }, notices, clock })
  const told: number[] = []
  const views = { book, workOrders: { ofAlarm: () => undefined } }
  book.onChange((alarm) => void (alarm.rule === 'lost' && told.push(alarmItem(alarm, views).hides)))
  const tick = () => book.tick({ ms: clock.now(), atMs: clock.monotonic() })
  const about = (key: string, series: string | undefined) => ({
    key,
    gateway: 'kimitsu/gateway',
    device: series,
    series,
    site: undefined,
  })
  const set = (rule: AlarmRule, key: string, series: string | undefined, active: boolean) =>
    book.transition({ rule, subject: about(key, series), active, timeMs: clock.now(), value: undefined })
  try {
    set(lost, 'gateway', undefined, true)
    tick()
    set(low, 'a', 'a', true)
    set(low, 'b', 'b', true)
    tick()
    tick()
    set(low, 'a', 'a', false)
    tick()
    expect(told).toEqual([0, 2, 1])
  } finally {
    await storage.close()
    await database.destroy()
    await rm(folder, { recursive: true })
  }
})
