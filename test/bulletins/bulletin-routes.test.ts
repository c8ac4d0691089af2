// A hub takes bulletins from people and other systems, shows everybody what is in force, and tells who asked for them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isOfBulletin, type Notice } from '../../cloud/notifications/notice.ts'
import { runCloud, type RunningCloud, temporaryFolder } from '../cloud/running-cloud.ts'
import { capMessage, rssFeed } from './messages.ts'

let place: Awaited<ReturnType<typeof temporaryFolder>>
let hub: RunningCloud
const told: Notice[] = []

beforeAll(async () => {
  place = await temporaryFolder()
  const notices = { take: (notice: Notice) => void told.push(notice), flush: () => Promise.resolve() }
  hub = await runCloud(place.folder, { rules: '[]', notices })
})
afterAll(async () => {
  await hub.stop()
  await place.remove()
})

const post = async (body: string | object, type = 'application/json', query = '') => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': type }
  const answer = await fetch(`${hub.url}/api/v1/bulletins${query}`, { method: 'POST', headers, body: text })
  return {
    status: answer.status,
    body: (await answer.json()) as { code: string; items: { id: string; outcome: string }[] },
  }
}
const shown = async (path = '/open-data/bulletins') =>
  ((await hub.get(path)).body as { items: { id: string; texts: Record<string, { title: string }>; state: string }[] })
    .items
const texts = (title: string) => ({
  ja: { title, text: '訓練です。\n\u202e放送を聞いてください。' },
  en: { title: 'Drill', text: '' },
})
const drill = {
  tenant: 'kimitsu',
  status: 'exercise',
  severity: 'severe',
  urgency: 'immediate',
  texts: texts('【訓練】地震'),
}

describe('bulletins over HTTP', () => {
  it('are written by people, updated and cancelled by their ids, and read by everybody while they are in force', async () => {
    const [first] = (await post(drill)).body.items
    expect(first).toMatchObject({ outcome: 'new' })
    const answer = await fetch(`${hub.url}/open-data/bulletins?tenant=kimitsu`)
    const [item] = ((await answer.json()) as { items: object[] }).items
    expect(item).toMatchObject({
      id: first?.id,
      state: 'current',
      status: 'exercise',
      texts: { ja: { title: '【訓練】地震', text: '訓練です。\n放送を聞いてください。' } },
    })
    expect(item).not.toHaveProperty('source')
    const etag = answer.headers.get('etag') ?? ''
    expect(answer.headers.get('cache-control')).toBe('public, max-age=15')
    const again = await fetch(`${hub.url}/open-data/bulletins?tenant=kimitsu`, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
    expect(await shown('/open-data/bulletins?tenant=futtsu')).toEqual([])

    const update = { ...drill, kind: 'update', references: [first?.id], texts: texts('【訓練】津波') }
    const [second] = (await post(update)).body.items
    expect(second).toMatchObject({ outcome: 'updated' })
    expect((await shown()).map(({ id }) => id)).toEqual([second?.id])
    expect((await post({ tenant: 'kimitsu', kind: 'cancel', references: [second?.id] })).body.items).toMatchObject([
      { outcome: 'cancelled' },
    ])
    expect(await shown()).toEqual([])
    const all = await shown('/api/v1/bulletins?state=all')
    expect(all.map(({ state, texts: { ja } }) => [state, ja?.title])).toEqual([
      ['cancelled', '【訓練】津波'],
      ['cancelled', '【訓練】津波'],
      ['updated', '【訓練】地震'],
    ])
    expect(told.filter(isOfBulletin).map(({ kind }) => kind)).toEqual(['issued', 'updated', 'cancelled'])
  })

  it('of other systems come as CAP or as a feed, twice without effect', async () => {
    const xml = capMessage({ identifier: 'k-1', sentMs: Date.now() - 60_000 })
    const cap = await post(xml, 'application/cap+xml', '?tenant=kimitsu')
    expect(cap.body.items).toMatchObject([{ identifier: 'k-1', outcome: 'new' }])
    const again = await post(xml, 'text/xml', '?tenant=kimitsu')
    expect(again.body.items).toMatchObject([{ id: cap.body.items[0]?.id, outcome: 'duplicate' }])
    const feed = rssFeed([{ guid: 'g1', title: '断水', sentMs: Date.now() }])
    expect((await post(feed, 'application/xml; charset=utf-8', '?tenant=kimitsu&push=false')).body.items).toMatchObject(
      [{ outcome: 'new' }],
    )
    expect((await shown()).map(({ texts: { ja, 'ja-JP': jp } }) => (ja ?? jp)?.title ?? '').sort()).toEqual([
      '断水',
      '避難指示',
    ])
    expect(told.filter(isOfBulletin)).toHaveLength(4)
    const metrics = await (await fetch(`${hub.url}/metrics`)).text()
    expect(metrics).toContain('musubi_bulletins_total{source="api",outcome="duplicate"} 1')
  })

  it('that are kept inside are not public, neither in the list nor by their id', async () => {
    const [item] = (await post({ ...drill, public: false })).body.items
    expect((await hub.get(`/api/v1/bulletins/${item?.id}`)).status).toBe(200)
    expect((await hub.get(`/open-data/bulletins/${item?.id}`)).status).toBe(404)
    expect((await shown()).map(({ id }) => id)).not.toContain(item?.id)
  })

  it.each([
    ['without text', { tenant: 'kimitsu' }, 400, 'payload.schema'],
    ['that cancels nothing', { tenant: 'kimitsu', kind: 'cancel' }, 400, 'payload.schema'],
    [
      'that refers to nothing',
      { ...drill, kind: 'update', references: [`kimitsu/${'0'.repeat(32)}`] },
      404,
      'not-found',
    ],
    ['with a field that nobody knows', { ...drill, loud: true }, 400, 'payload.schema'],
    ['with a link to a script', { ...drill, link: 'javascript:alert(1)' }, 400, 'payload.schema'],
    ['of tomorrow', { ...drill, sent: Date.now() + 3 * 86_400_000 }, 422, 'bulletin.invalid'],
  ])('%s are refused with a code', async (_what, body, status, code) => {
    expect(await post(body)).toMatchObject({ status, body: { code } })
  })

  it.each([
    [
      'with a document type',
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert>&x;</alert>',
      '?tenant=kimitsu',
      422,
    ],
    ['that is no message', '<html/>', '?tenant=kimitsu', 422],
    ['without a tenant', capMessage({ identifier: 'k-1', sentMs: 0 }), '', 400],
    ['that is too long', ' '.repeat(3 * 1024 * 1024), '?tenant=kimitsu', 413],
  ])('XML %s is refused', async (_what, body, query, status) => {
    expect((await post(body, 'application/xml', query)).status).toBe(status)
  })
})
