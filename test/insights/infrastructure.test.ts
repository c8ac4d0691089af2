// Street lights, access points and forecasts over the API of a running hub: readings come in by ingest, advice and reports go out.
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock, type Clock } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { hourMs } from '../../cloud/insights/insight.ts'
import { hoursOfNight } from '../../cloud/insights/streetlights/night.ts'
import {
  birth,
  eventually,
  gatewayTopic,
  runCloud,
  telemetry,
  temporaryFolder,
  type RunningCloud,
} from '../cloud/running-cloud.ts'

const nowMs = Date.parse('2026-11-24T12:30:00+09:00')
const position = { lat: 35.3304, lon: 139.9027 }
const gateway = 'kimitsu/paddy-koito'
const label = (ja: string) => ({ ja, en: ja })
const lamps = [1, 2, 3, 4].map((number) => `cabinet-1-controller:lamp-${number}-power`)
const units: Readonly<Record<string, string>> = {
  clients: 'count',
  uptime: 's',
  'uplink-up': '/',
  'rx-rate': 'bit/s',
  'tx-rate': 'bit/s',
}
const accessPoint = Object.keys(units).map((channel) => `ap-1:${channel}`)
const quarterMs = hourMs / 4

/** Lamp 3 is dark; the access point is away from 10 to 13 o'clock on the 23rd; the air swings and drifts for 36 days. */
function valueOf(name: string, timeMs: number): number | undefined {
  const channel = name.slice(name.indexOf(':') + 1)
  const hour = Math.floor(timeMs / hourMs) * hourMs
  const [night] = hoursOfNight(hour, 1, position)
  if (channel.startsWith('lamp-')) return channel.startsWith('lamp-3') ? 0.3 : (night?.night ?? 0) > 0.5 ? 60 : 0
  if (channel === 'air-temperature')
    return 8 + 5 * Math.sin((timeMs / hourMs / 24) * 2 * Math.PI) + 3 * Math.sin(timeMs / hourMs / 60)
  if (channel === 'outbox-messages') return 0
  const isAway = hour >= Date.parse('2026-11-23T10:00:00+09:00') && hour < Date.parse('2026-11-23T13:00:00+09:00')
  if (isAway) return undefined
  if (channel === 'uptime') return timeMs / 1000 - 1.7e9
  if (channel === 'clients') return 12
  return channel === 'uplink-up' ? 1 : 400_000
}

function samplesOf(): readonly Sample[] {
  const samples: Sample[] = []
  const put = (name: string, unit: string, hours: number, stepMs: number) => {
    for (let timeMs = nowMs - hours * hourMs; timeMs <= nowMs; timeMs += stepMs) {
      const value = valueOf(name, timeMs)
      if (value !== undefined) samples.push({ name, value, timeMs, unit, quality: 'good', reason: undefined })
    }
  }
  for (const name of lamps) put(name, 'W', 30, quarterMs)
  for (const name of accessPoint) put(name, units[name.slice(5)] ?? '', 40, quarterMs)
  put('gateway:outbox-messages', 'count', 40, quarterMs)
  put('station:air-temperature', 'Cel', 37 * 24, hourMs)
  return samples
}

describe('infrastructure on a hub', () => {
  let place: Awaited<ReturnType<typeof temporaryFolder>>
  let hub: RunningCloud

  beforeAll(async () => {
    place = await temporaryFolder()
    // Time stands still, and what would be done again in ten minutes is done in a second: the first look may come before all is in.
    const setTimer: Clock['setTimer'] = (act, delayMs) => systemClock.setTimer(act, Math.min(delayMs, 1_000))
    hub = await runCloud(place.folder, { clock: { ...systemClock, now: () => nowMs, setTimer } })
    const device = (id: string, site: string | undefined, names: readonly string[]) => ({
      id,
      ...(site === undefined ? {} : { site }),
      profile: 'p',
      label: label(id),
      series: names.map((name) => ({ name, intervalS: 900, label: label(name) })),
    })
    const sites = [
      { id: 'cabinet-1', kind: 'streetlight' as const, name: label('駅前通り'), position },
      { id: 'ap-1', kind: 'wifi' as const, name: label('市役所'), position },
      { id: 'station', kind: 'weather' as const, name: label('気象'), position },
    ]
    const devices = [
      device('cabinet-1-controller', 'cabinet-1', lamps),
      device('ap-1', 'ap-1', accessPoint),
      device('station', 'station', ['station:air-temperature']),
      device('gateway', undefined, ['gateway:outbox-messages']),
    ]
    await hub.cloud.tap({ topic: gatewayTopic('status'), payload: birth({ sites, devices }) })
    const samples = samplesOf()
    for (let start = 0, seq = 1; start < samples.length; start += 500, seq += 1) {
      await hub.cloud.tap({
        topic: gatewayTopic('telemetry'),
        payload: telemetry(seq, samples.slice(start, start + 500)),
      })
    }
  })
  afterAll(async () => {
    await hub.stop()
    await place.remove()
  })

  const put = async (at: string, body: object) =>
    await fetch(`${hub.url}/api/v1/infrastructure-settings/${encodeURIComponent(at)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const itemsOf = async <T>(path: string) => ((await hub.get(path)).body as { readonly items: readonly T[] }).items
  const adviceOf = async (insight: string) =>
    (await itemsOf<{ insight: string; code: string; level: string; text: { ja: string } }>('/api/v1/advice')).find(
      (one) => one.insight === insight,
    )

  it('says which lamp stayed dark, how long an access point was down, and what it cannot tell', async () => {
    await eventually(async () => expect((await adviceOf('night-coverage'))?.code).toBe('dark'))
    expect((await adviceOf('night-coverage'))?.text.ja).toContain('灯3')
    expect((await adviceOf('lamp-use'))?.text.ja).toContain('料金は未設定')
    expect((await adviceOf('lamp-outlook'))?.code).toBe('unknown:history')
    expect((await adviceOf('ap-availability'))?.text.ja).toContain('3.0時間止まっていました')
    expect((await adviceOf('ap-demand'))?.code).toBe('unknown:capacity')
  })

  it('takes a tariff of the tenant and a capacity of a place, and refuses what it does not know', async () => {
    const tariff = { yenPerKwh: 31, source: 'example', verified: false }
    expect((await put('kimitsu', { tariff })).status).toBe(200)
    expect((await put(`${gateway}/ap-1`, { capacityClients: 12 })).status).toBe(200)
    expect((await put('kimitsu', { capacityClients: 0 })).status).toBe(400)
    expect((await put(`${gateway}/nothing`, {})).status).toBe(404)
    const { body } = await hub.get(`/api/v1/infrastructure-settings/${encodeURIComponent(`${gateway}/ap-1`)}`)
    expect(body).toMatchObject({ settings: { capacityClients: 12 }, effective: { tariff }, revision: 1 })
    await eventually(async () => expect((await adviceOf('ap-demand'))?.code).toBe('too-few'))
    await eventually(async () => expect((await adviceOf('lamp-use'))?.text.ja).toContain('単価は未確認'))
  })

  it('reports a month of each place, as JSON and as CSV in Japanese', async () => {
    const [lights] = await itemsOf<Record<string, unknown>>('/api/v1/reports/streetlights?month=2026-11')
    expect(lights).toMatchObject({
      site: `${gateway}/cabinet-1`,
      month: '2026-11',
      days: 1,
      coverage: 0.75,
      repaired: 0,
    })
    expect(lights?.['costYen']).toBeGreaterThan(0)
    const answer = await fetch(`${hub.url}/api/v1/reports/access-points.csv?month=2026-11`)
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await answer.arrayBuffer())
    expect(text.startsWith('\uFEFF年月,場所')).toBe(true)
    const [row] = parse<Record<string, string>>(text, { columns: true, bom: true })
    expect(row).toMatchObject({
      場所: '市役所',
      '稼働率(%)': '87.5',
      '停止時間(時間)': '3.0',
      '最大接続端末数(台)': '12',
    })
    expect(await itemsOf('/api/v1/reports/access-points?month=2025-01')).toMatchObject([
      { days: 0, availability: null },
    ])
    expect((await hub.get('/api/v1/reports/streetlights?month=2026-13')).status).toBe(400)
  })

  it('tells of each day how much gateway, access point, lights and station were there, once their readings have come', async () => {
    const path = '/api/v1/reports/availability?days=3'
    const { days, items } = (await hub.get(path)).body as {
      readonly days: readonly string[]
      readonly items: readonly { readonly class: string; readonly id: string; readonly days: readonly unknown[] }[]
    }
    expect(days).toEqual(['2026-11-22', '2026-11-23', '2026-11-24'])
    const of = (wanted: string) => items.find((one) => one.class === wanted)?.days
    expect(of('wifi')).toEqual([null, 0.875, 1])
    // Last night began on the 23rd; tonight is still to come.
    expect(of('streetlight')).toEqual([null, 0.75, null])
    expect(of('gateway')).toEqual([1, 1, 1])
    expect(of('weather')).toEqual([1, 1, 1])
    expect((await hub.get('/api/v1/reports/availability?class=wifi')).body).toMatchObject({
      items: [{ class: 'wifi' }],
    })
    expect((await hub.get('/api/v1/reports/availability?days=93')).status).toBe(400)
  })

  it('forecasts the lowest temperature of the next day, with interval and skill', async () => {
    const path = `/api/v1/forecasts?site=${encodeURIComponent(`${gateway}/station`)}`
    const [forecast] = await itemsOf<{
      shown: boolean
      points: { low: number; value: number; high: number }[]
      score: { skill: number; days: number }
    }>(path)
    expect(forecast).toMatchObject({ shown: true, score: { days: 14 } })
    const [point] = forecast?.points ?? []
    expect(point?.low).toBeLessThanOrEqual(point?.value ?? 0)
    expect(point?.high).toBeGreaterThanOrEqual(point?.value ?? 0)
    expect((await hub.get('/api/v1/forecasts?site=other%2Fgw%2Ffield')).status).toBe(404)
  })

  it('keeps results as series of their place with labels for people', async () => {
    const series = await itemsOf<{ series: string; site: string; label: { ja: string } }>('/api/v1/series')
    const lamp = series.find(({ series: id }) => id.endsWith('~cabinet-1.lamp-use:energy.lamp-2'))
    expect(lamp).toMatchObject({ site: `${gateway}/cabinet-1`, label: { ja: '灯2 電力量' } })
  })
})
