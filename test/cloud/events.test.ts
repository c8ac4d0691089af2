// Events through a real hub: stored once, found again page by page, shown live, their thumbnails kept and expired.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodeEvent, type NewEvent } from '../../broker/contract/event-codec.ts'
import { openEventPictures } from '../../cloud/events/event-pictures.ts'
import { EventPage, type EventItem } from '../../cloud/events/event-schemas.ts'
import { Problem } from '../../cloud/http/schemas.ts'
import { followLive } from '../faults/live-events.ts'
import { birth, eventually, gatewayTopic, runCloud, temporaryFolder, type RunningCloud } from './running-cloud.ts'

let temporary: Awaited<ReturnType<typeof temporaryFolder>>
let running: RunningCloud
let seq = 0
const startMs = Date.now() - 60_000
const gateway = 'kimitsu/paddy-koito'

beforeAll(async () => {
  temporary = await temporaryFolder()
  running = await runCloud(temporary.folder)
  void running.cloud.tap({ topic: gatewayTopic('status'), payload: birth() })
})
afterAll(async () => {
  await running.stop()
  await temporary.remove()
})

const base: NewEvent = {
  kind: 'inspection',
  source: 'probe-1',
  timeMs: startMs,
  model: { id: 'washer', version: '1.2.0' },
  score: 0.25,
  class: 'scratch',
  state: 'reject',
  boxes: [{ x: 0.1, y: 0.2, width: 0.3, height: 0.4, class: 'scratch' }],
  mask: [[0.1, 0.1, 0.4, 0.1, 0.4, 0.5]],
  heat: { columns: 2, rows: 1, cells: 'AP8=' },
  latencyMs: 31.5,
  detail: { part: 7, operator: '中村' },
}

async function send(change: Partial<NewEvent> = {}, thumbnail?: Uint8Array): Promise<void> {
  seq += 1
  const pack = encodeEvent({ ...base, timeMs: startMs + seq, ...change }, thumbnail)
  const payload = encodeEnvelope({ epoch: 'epoch-1', seq, prev: seq - 1, pack })
  void running.cloud.tap({ topic: gatewayTopic('event'), payload })
  await eventually(() => expect(running.acks.at(-1)?.through).toBe(seq))
}

const pictureOf = (first: number) => Uint8Array.of(0xff, 0xd8, 0xff, first)

describe('events', () => {
  it('come as they were sent, with the label and site of their device, and their thumbnail', async () => {
    const live = await followLive(running.url)
    await send({}, pictureOf(1))
    const { status, body } = await running.get('/api/v1/events')
    expect(status).toBe(200)
    expect(Value.Errors(EventPage, body)).toEqual([])
    const { items, next } = body as EventPage
    expect(next).toBeNull()
    expect(items).toHaveLength(1)
    const [item] = items
    expect(item).toMatchObject({
      id: `${gateway}/${startMs + 1}.epoch-1.1`,
      gateway,
      device: 'probe-1',
      deviceLabel: { ja: '水位計', en: 'Level probe' },
      site: `${gateway}/paddy-1`,
      series: null,
      kind: 'inspection',
      time: startMs + 1,
      score: 0.25,
      class: 'scratch',
      state: 'reject',
      boxes: base.boxes,
      mask: base.mask,
      heat: base.heat,
      latencyMs: 31.5,
      detail: base.detail,
    })
    const picture = await fetch(`${running.url}${item?.thumbnail ?? ''}`)
    expect(picture.headers.get('content-type')).toBe('image/jpeg')
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(pictureOf(1))
    const one = await running.get(`/api/v1/events/${encodeURIComponent(item?.id ?? '')}`)
    expect(one.body).toEqual(item)
    await eventually(() => expect(live.events).toEqual([item]))
    await live.close()
  })

  it('are found by kind, source, gateway and time, page by page', async () => {
    for (const score of [1, 2, 3, 4, 5]) {
      await send({ kind: 'anomaly', source: 'probe-1:water-level', state: 'raised', score })
    }
    const found: EventItem[] = []
    let next: string | null = ''
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`
      const page = await running.get(`/api/v1/events?kind=anomaly&source=probe-1:water-level&limit=2${cursor}`)
      expect(Value.Errors(EventPage, page.body)).toEqual([])
      const { items, next: following } = page.body as EventPage
      found.push(...items)
      next = following
    }
    expect(found.map(({ score }) => score)).toEqual([5, 4, 3, 2, 1])
    expect(found[0]).toMatchObject({ series: `${gateway}/probe-1:water-level`, site: `${gateway}/paddy-1` })
    const lengthOf = async (query: string) =>
      ((await running.get(`/api/v1/events?${query}`)).body as EventPage).items.length
    expect(await lengthOf(`gateway=${encodeURIComponent(gateway)}&kind=inspection`)).toBe(1)
    expect(await lengthOf('gateway=kimitsu%2Fnobody')).toBe(0)
    expect(await lengthOf(`from=${startMs + 2}&to=${startMs + 4}`)).toBe(2)
  })

  it.each([
    ['/api/v1/events/kimitsu%2Fpaddy-koito%2F1.epoch-1.9', 404],
    ['/api/v1/events/nonsense', 404],
    ['/api/v1/events?cursor=nonsense', 404],
    ['/api/v1/events?kind=rain', 400],
    ['/api/v1/events?limit=100000', 400],
    ['/api/v1/events?from=tomorrow', 400],
  ])('answers %s with a problem document', async (path, status) => {
    const answer = await running.get(path)
    expect(answer.status).toBe(status)
    expect(Value.Errors(Problem, answer.body)).toEqual([])
  })

  it('without a thumbnail say so, and so do those whose thumbnail has expired', async () => {
    await send({}, pictureOf(2))
    const [newest, older] = ((await running.get('/api/v1/events?limit=2')).body as EventPage).items
    expect(older?.thumbnail).toBeNull()
    const address = `${running.url}${newest?.thumbnail ?? ''}`
    const held = await fetch(address)
    expect(held.headers.get('cache-control')).toBe('private, no-cache')
    const known = { 'if-none-match': held.headers.get('etag') ?? '' }
    expect((await fetch(address, { headers: known })).status).toBe(304)
    const folder = join(temporary.folder, 'thumbnails')
    const pictures = openEventPictures(folder, { days: 60, maxBytes: 1e9 })
    expect(await pictures.expire(Date.now() + 100 * 86_400_000)).toBe(1)
    expect(await readdir(join(folder, 'kimitsu'))).toEqual([])
    const gone = await running.get(newest?.thumbnail ?? '')
    expect(gone.status).toBe(404)
    expect((await fetch(address, { headers: known })).status).toBe(404)
    expect((await running.get(`/api/v1/events/${encodeURIComponent(older?.id ?? '')}/thumbnail`)).status).toBe(404)
  })

  it('keep the thumbnails of the newest days where there is no room for all', async () => {
    const place = await temporaryFolder()
    const pictures = openEventPictures(place.folder, { days: 60, maxBytes: 250 })
    const dayMs = 86_400_000
    const keyOf = (day: number) => ({ tenant: 'kimitsu', sha256: String(day).repeat(64), receivedMs: day * dayMs })
    for (const day of [1, 2, 3]) await pictures.keep([{ ...keyOf(day), bytes: new Uint8Array(100) }])
    expect(await pictures.expire(4 * dayMs)).toBe(1)
    const kept = await Promise.all([1, 2, 3].map(async (day) => (await pictures.find(keyOf(day)))?.length))
    expect(kept).toEqual([undefined, 100, 100])
    await place.remove()
  })
})
