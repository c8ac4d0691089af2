// A city of street lights and access points at a real hub: its gateways' births and three days of readings are told over MQTT, as third-party devices tell them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { stringify } from 'yaml'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { StatusDocument } from '../../broker/contract/documents.ts'
import { encodePack } from '../../broker/contract/pack-codec.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { topicOf } from '../../broker/contract/topics.ts'
import { hoursOfNight } from '../../cloud/insights/streetlights/night.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'

const tenant = 'kimitsu'
const gateway = 'city-1'
const hourMs = 3_600_000
const everyMs = hourMs / 4
const pastDays = 3
const cabinet = { lat: 35.3311, lon: 139.9014 }
const label = (ja: string, en: string) => ({ ja, en })

/** Of the cabinet; the last two get no light from now on. */
const lamps = [1, 2, 3, 4, 5, 6]
export const darkLamps = [5, 6] as const
export const accessPoints = ['ap-1', 'ap-2'] as const

const lampRule = {
  id: 'lamp-out',
  kind: 'threshold',
  severity: 'major',
  match: { siteKind: 'streetlight', channel: 'lamp-*-power' },
  below: 12,
  onDelayS: 0.5,
  offDelayS: 0.5,
  while: { channel: 'lamp-*-relay', above: 0.5 },
  title: label('街路灯が点灯していない', 'A streetlight is out'),
  advice: label('灯具と安定器を点検してください', 'Have the lamp and its driver checked'),
}

export interface LitCity {
  readonly hub: HubUnderTest
  readonly url: string
  close(): Promise<void>
}

/** Resolves when the alarms of the dark lamps are open and the reports of the month hold the days told. */
export async function startLitCity(): Promise<LitCity> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-lit-'))
  const rules = join(folder, 'rules.yaml')
  await writeFile(rules, stringify([lampRule]))
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const undo of closers.splice(0).toReversed()) await undo()
  }
  try {
    const hub = await createHub(join(folder, 'data'), ['--rules', rules])
    closers.push(() => hub.end('SIGKILL'))
    const url = `http://127.0.0.1:${hub.httpPort}`
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`)
    closers.push(() => client.endAsync(true))
    const nowMs = Date.now()
    const publish = (kind: 'status' | 'senml', bytes: Uint8Array) =>
      client.publishAsync(topicOf({ tenant, gateway }, kind), Buffer.from(bytes), { qos: 1 })
    await publish('status', encodeDocument(birth(nowMs)))
    const past = samplesOfPast(nowMs)
    for (let start = 0; start < past.length; start += 1_000) {
      await publish('senml', encodePack(past.slice(start, start + 1_000), 'cbor'))
    }
    await publish('senml', encodePack(samplesOfNow(nowMs), 'cbor'))
    await setUp(url)
    // The delay of a rule ends with a reading after it.
    await until('alarms of the dark lamps', 20_000, async () => {
      await publish('senml', encodePack(samplesOfNow(Date.now()), 'cbor'))
      const { items } = (await (await hub.get('/api/v1/alarms?state=open')).json()) as { items: unknown[] }
      return items.length === darkLamps.length ? true : undefined
    })
    await until('reports of the days told', 30_000, async () => await reportedDays(hub, nowMs))
    return { hub, url, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

async function reportedDays(hub: HubUnderTest, nowMs: number): Promise<true | undefined> {
  const month = new Date(nowMs - 30 * hourMs + 9 * hourMs).toISOString().slice(0, 7)
  const days = async (kind: string) => {
    const answer = await hub.get(`/api/v1/reports/${kind}?month=${month}`)
    const { items } = (await answer.json()) as { items: readonly { days: number }[] }
    return Math.max(0, ...items.map((item) => item.days))
  }
  return (await days('access-points')) > 0 && (await days('streetlights')) > 0 ? true : undefined
}

/** What the city has set, upon which the hub advises; and its list of lights, by which lamps have places. */
async function setUp(url: string): Promise<void> {
  const csv = ['ID,管理番号1,緯度,経度', ...lamps.map((n) => `c-1-${n},${n},${35.331 + n / 1000},139.9014`)].join(
    '\r\n',
  )
  const places = `${url}/api/v1/places/import?tenant=${tenant}&kind=streetlight`
  await expectOk(await fetch(places, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: csv }))
  const tariff = { yenPerKwh: 31, source: 'test', verified: false }
  await until('settings of the city', 10_000, async () => {
    const answer = await fetch(`${url}/api/v1/infrastructure-settings/${tenant}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tariff, capacityClients: 20 }),
    })
    return answer.ok ? true : undefined
  })
}

async function expectOk(answer: Response): Promise<void> {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`)
}

function birth(nowMs: number): StatusDocument {
  const device = (id: string, site: string | undefined, names: readonly (readonly [string, string])[]) => ({
    id,
    ...(site === undefined ? {} : { site }),
    profile: 'p',
    label: label(id, id),
    series: names.map(([channel, unit]) => ({
      name: `${id}:${channel}`,
      unit,
      intervalS: 900,
      label: label(channel, channel),
    })),
  })
  return {
    v: 1,
    state: 'online',
    timeMs: nowMs,
    epoch: 'epoch-1',
    label: label('中心市街地ゲートウェイ', 'Town centre gateway'),
    sites: [
      {
        id: 'c-1',
        kind: 'streetlight',
        name: label('市役所通り 街路灯', 'City Hall street lights'),
        position: cabinet,
      },
      ...accessPoints.map((id, index) => ({
        id,
        kind: 'wifi' as const,
        name: label(`公民館${index + 1}`, `Community centre ${index + 1}`),
        position: { lat: 35.32 + index / 50, lon: 139.91 },
      })),
    ],
    devices: [
      device(
        'box',
        'c-1',
        lamps.flatMap(
          (n) =>
            [
              [`lamp-${n}-power`, 'W'],
              [`lamp-${n}-relay`, '/'],
            ] as const,
        ),
      ),
      ...accessPoints.map((id) => device(id, id, Object.entries(accessPointUnits))),
      device('gateway', undefined, [['outbox-messages', 'count']]),
    ],
  }
}

const accessPointUnits = {
  clients: 'count',
  uptime: 's',
  'uplink-up': '/',
  'rx-rate': 'bit/s',
  'tx-rate': 'bit/s',
} as const

function good(name: string, timeMs: number, value: number, unit: string): Sample {
  return { name, timeMs, value, unit, quality: 'good', reason: undefined }
}

/** The second access point was away for the morning of the day before; it is full in the evenings. */
function samplesOfPast(nowMs: number): readonly Sample[] {
  const samples: Sample[] = []
  const fromMs = Math.floor((nowMs - pastDays * 24 * hourMs) / hourMs) * hourMs
  const cutMs = Math.floor((nowMs + 9 * hourMs) / (24 * hourMs)) * 24 * hourMs - 9 * hourMs - 16 * hourMs
  for (let timeMs = fromMs; timeMs < nowMs - everyMs; timeMs += everyMs) {
    const [night] = hoursOfNight(Math.floor(timeMs / hourMs) * hourMs, 1, cabinet)
    const isNight = (night?.night ?? 0) > 0.5
    samples.push(good('gateway:outbox-messages', timeMs, 0, 'count'))
    for (const n of lamps) samples.push(good(`box:lamp-${n}-power`, timeMs, isNight ? 60 : 0, 'W'))
    for (const id of accessPoints) {
      if (id === 'ap-2' && timeMs >= cutMs && timeMs < cutMs + 4 * hourMs) continue
      const hour = new Date(timeMs + 9 * hourMs).getUTCHours()
      samples.push(good(`${id}:clients`, timeMs, hour === 18 ? 20 : 3, 'count'))
      samples.push(good(`${id}:uptime`, timeMs, timeMs / 1000 - 1.7e9, 's'))
      samples.push(good(`${id}:uplink-up`, timeMs, 1, '/'))
      samples.push(good(`${id}:rx-rate`, timeMs, 400_000, 'bit/s'))
      samples.push(good(`${id}:tx-rate`, timeMs, 50_000, 'bit/s'))
    }
  }
  return samples
}

/** Now every lamp is switched on, whatever the hour, and two stay dark. */
function samplesOfNow(nowMs: number): readonly Sample[] {
  return lamps.flatMap((n) => [
    good(`box:lamp-${n}-relay`, nowMs, 1, '/'),
    good(`box:lamp-${n}-power`, nowMs, darkLamps.some((dark) => dark === n) ? 0.2 : 60, 'W'),
  ])
}
