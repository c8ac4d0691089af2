import { get, type IncomingMessage } from 'node:http'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AlarmItem } from '../../cloud/alarms/alarm-schemas.ts'
import {
  BucketedReadings,
  GatewayItem,
  LatestItem,
  listOf,
  Problem,
  RawReadings,
  SeriesItem,
  SiteItem,
  type SiteItem as Site,
} from '../../cloud/http/schemas.ts'
import {
  birth,
  eventually,
  gatewayTopic,
  levelSeries,
  runCloud,
  sample,
  telemetry,
  temporaryFolder,
  type RunningCloud,
} from './running-cloud.ts'

const rules = `
- id: low
  kind: threshold
  severity: critical
  match: { siteKind: paddy, channel: water-level }
  below: 0.02
  hysteresis: 0.01
  onDelayS: 0
  offDelayS: 0
  title: { ja: 低い, en: Low }
  advice: { ja: 入水, en: Let water in }
`

let temporary: Awaited<ReturnType<typeof temporaryFolder>>
let running: RunningCloud
let seq = 0

async function send(...values: readonly number[]): Promise<void> {
  seq += 1
  const from = Date.now() - values.length
  void running.cloud.tap({
    topic: gatewayTopic('telemetry'),
    payload: telemetry(
      seq,
      values.map((value, index) => sample('probe-1:water-level', value, from + index)),
    ),
  })
  await eventually(() => expect(running.acks.at(-1)?.through).toBe(seq))
}

/** Collects the text of an event stream. */
async function openStream(path: string, headers: Record<string, string> = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${running.url}${path}`, { headers }, resolve).on('error', reject)
  })
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  response.on('error', () => undefined)
  return { response, text: () => text, close: () => response.destroy() }
}

const encoded = encodeURIComponent(levelSeries)

beforeAll(async () => {
  temporary = await temporaryFolder()
  running = await runCloud(temporary.folder, { rules })
  void running.cloud.tap({ topic: gatewayTopic('status'), payload: birth() })
  await send(0.05, 0.06)
})

afterAll(async () => {
  await running.stop()
  await temporary.remove()
})

describe('the HTTP API', () => {
  it('answers every list in its declared shape', async () => {
    for (const [path, item] of [
      ['/api/v1/latest', LatestItem],
      ['/api/v1/sites', SiteItem],
      ['/api/v1/series', SeriesItem],
      ['/api/v1/gateways', GatewayItem],
      ['/api/v1/alarms?state=all', AlarmItem],
    ] as const) {
      const { status, body } = await running.get(path)
      expect(status, path).toBe(200)
      expect([...Value.Errors(listOf(item), body)], path).toEqual([])
    }
  })

  it('joins a reading with its site, label and unit', async () => {
    const { body } = await running.get('/api/v1/latest?kind=paddy')
    expect(body).toMatchObject({
      items: [
        {
          series: levelSeries,
          site: 'kimitsu/paddy-koito/paddy-1',
          siteKind: 'paddy',
          deviceLabel: { en: 'Level probe' },
          label: { ja: '水位' },
          unit: 'm',
          value: 0.06,
          quality: 'good',
        },
      ],
    })
    expect((await running.get('/api/v1/latest?kind=wifi')).body).toEqual({ items: [] })
  })

  it('gives raw readings and buckets of one series', async () => {
    const raw = (await running.get(`/api/v1/series/${encoded}/readings`)).body as RawReadings
    expect(Value.Check(RawReadings, raw)).toBe(true)
    expect(raw.value.slice(0, 2)).toEqual([0.05, 0.06])
    const buckets = (await running.get(`/api/v1/series/${encoded}/readings?buckets=1`)).body as BucketedReadings
    expect(Value.Check(BucketedReadings, buckets)).toBe(true)
    expect(buckets.min).toEqual([0.05])
    const cut = (await running.get(`/api/v1/series/${encoded}/readings?limit=1`)).body as RawReadings
    expect(cut.truncated).toBe(true)
  })

  it('answers each fault with a problem document', async () => {
    for (const [path, status, code] of [
      ['/api/v1/nothing', 404, 'not-found'],
      ['/api/v1/series/no%2Fsuch%2Fone/readings', 404, 'not-found'],
      [`/api/v1/series/${encoded}/readings?from=yesterday`, 400, 'store.query'],
      [`/api/v1/series/${encoded}/readings?buckets=0`, 400, 'payload.schema'],
      ['/api/v1/latest?kind=volcano', 400, 'payload.schema'],
      ['/api/v1/alarms?state=maybe', 400, 'payload.schema'],
    ] as const) {
      const response = await fetch(`${running.url}${path}`)
      expect(response.headers.get('content-type'), path).toContain('application/problem+json')
      const body: unknown = await response.json()
      expect(Value.Check(Problem, body), path).toBe(true)
      expect(body, path).toMatchObject({ status, code })
    }
    const missing = await fetch(`${running.url}/api/v1/alarms/none/ack`, { method: 'POST' })
    expect(missing.status).toBe(404)
  })

  it('shows health, metrics, the OpenAPI document and security headers', async () => {
    expect((await running.get('/healthz')).body).toMatchObject({ status: 'ok' })
    const metrics = await fetch(`${running.url}/metrics`)
    expect(await metrics.text()).toMatch(/musubi_ingest_messages_total\{result="accepted"\} [1-9]/)
    expect(metrics.headers.get('content-security-policy')).toContain('worker-src')
    expect((await running.get('/docs/json')).body).toMatchObject({ openapi: '3.1.0' })
  })

  it('raises, shows, acknowledges and clears an alarm', async () => {
    await send(0.01)
    const { items } = (await running.get('/api/v1/alarms')).body as { items: AlarmItem[] }
    expect(items).toMatchObject([{ rule: 'low', series: levelSeries, state: 'open', acknowledged: false, value: 0.01 }])
    const sites = (await running.get('/api/v1/sites')).body as { items: Site[] }
    expect(sites.items).toMatchObject([{ state: 'critical', openAlarms: 1 }])
    const body = JSON.stringify({ by: '田中', comment: '入水した' })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${running.url}/api/v1/alarms/${items[0]!.id}/ack`, { method: 'POST', body, headers })
    expect(await answer.json()).toMatchObject({ acknowledged: true, acknowledgedBy: '田中', state: 'open' })
    await send(0.05)
    expect((await running.get('/api/v1/alarms')).body).toEqual({ items: [], next: null })
    expect((await running.get('/api/v1/alarms?state=all')).body).toMatchObject({
      items: [{ state: 'cleared', comment: '入水した' }],
    })
  })

  it('streams readings and alarms, and resumes where a reader left off', async () => {
    const stream = await openStream('/api/v1/stream')
    await send(0.07)
    await eventually(() => expect(stream.text()).toMatch(/event: reading\ndata: \[\{"series":"[^"]+","value":0.07/))
    stream.close()
    const lastId = stream
      .text()
      .match(/id: (.+)\n/g)!
      .at(-1)!
      .slice(4)
      .trim()
    await send(0.01)
    const again = await openStream('/api/v1/stream', { 'last-event-id': lastId })
    await eventually(() => {
      expect(again.text()).toContain('"value":0.01')
      expect(again.text()).toContain('event: alarm')
    })
    expect(again.text()).not.toContain('"value":0.07')
    again.close()
    const lost = await openStream('/api/v1/stream', { 'last-event-id': 'another.1' })
    await eventually(() => expect(lost.text()).toContain('event: reset'))
    lost.close()
  })

  it('streams to a filtered reader only what it asked for', async () => {
    const other = await openStream('/api/v1/stream?site=kimitsu/paddy-koito/elsewhere')
    const own = await openStream('/api/v1/stream?site=kimitsu/paddy-koito/paddy-1')
    await send(0.08)
    await eventually(() => expect(own.text()).toContain('"value":0.08'))
    expect(other.text()).not.toContain('event: reading')
    other.close()
    own.close()
  })

  it('shows what could not be understood', async () => {
    void running.cloud.tap({ topic: gatewayTopic('telemetry'), payload: new Uint8Array([0xff, 1, 2]) })
    await eventually(async () => {
      const { body } = await running.get('/api/v1/dead-letters')
      expect(body).toMatchObject({ items: [{ topic: gatewayTopic('telemetry'), payload: '/wEC' }] })
    })
  })
})

describe('a hub that starts again', () => {
  it('goes on with latest values, cursors, gateways and alarms', async () => {
    const another = await temporaryFolder()
    const { folder } = another
    const first = await runCloud(folder, { rules })
    void first.cloud.tap({ topic: gatewayTopic('status'), payload: birth() })
    void first.cloud.tap({
      topic: gatewayTopic('telemetry'),
      payload: telemetry(1, [sample('probe-1:water-level', 0.011)]),
    })
    await eventually(() => expect(first.acks).toHaveLength(1))
    const before = await Promise.all(
      ['/api/v1/latest', '/api/v1/alarms', '/api/v1/sites'].map((path) => first.get(path)),
    )
    await first.stop()
    const second = await runCloud(folder, { rules })
    const after = await Promise.all(
      ['/api/v1/latest', '/api/v1/alarms', '/api/v1/sites'].map((path) => second.get(path)),
    )
    expect(after).toEqual(before)
    void second.cloud.tap({
      topic: gatewayTopic('telemetry'),
      payload: telemetry(1, [sample('probe-1:water-level', 0.011)]),
    })
    await eventually(() => expect(second.acks).toEqual([{ epoch: 'epoch-1', through: 1 }]))
    expect(second.cloud.ingest.counters.duplicates).toBe(1)
    await second.stop()
    await another.remove()
  })
})
