// Insights over the API of a running hub: readings come in by ingest, settings by a person, advice and series come out.
import { describe, expect, it } from 'vitest'
import {
  birth,
  eventually,
  gatewayTopic,
  runCloud,
  sample,
  telemetry,
  temporaryFolder,
} from '../cloud/running-cloud.ts'

const site = 'kimitsu/paddy-koito/paddy-1'

describe('insights of a hub', () => {
  it("says what it can't tell, takes settings, and advises of the water in seconds", async () => {
    const place = await temporaryFolder()
    const cloud = await runCloud(place.folder)
    try {
      await cloud.cloud.tap({ topic: gatewayTopic('status'), payload: birth() })
      await cloud.cloud.tap({
        topic: gatewayTopic('telemetry'),
        payload: telemetry(1, [sample('probe-1:water-level', 0.05)]),
      })
      const waterAdvice = async () => {
        const { body } = await cloud.get(`/api/v1/advice?site=${encodeURIComponent(site)}`)
        const { items } = body as { items: { insight: string; level: string; code: string; text: { ja: string } }[] }
        return items.find(({ insight }) => insight === 'water-depth')
      }
      await eventually(async () => expect((await waterAdvice())?.code).toBe('unknown:depth-zero'))
      const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10)
      const url = `${cloud.url}/api/v1/field-settings/${encodeURIComponent(site)}`
      const put = (body: object, tag?: string) => {
        const headers = { 'content-type': 'application/json', ...(tag === undefined ? {} : { 'if-match': tag }) }
        return fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) })
      }
      expect((await put({ cultivar: 'rye' })).status).toBe(400)
      const wanted = { cultivar: 'koshihikari', transplanted: today, depthZeroM: 0.02 }
      const stale = await put(wanted, '"4"')
      expect(stale.status).toBe(412)
      expect(await stale.json()).toMatchObject({ code: 'settings.stale' })
      const set = await put(wanted, '"0"')
      expect(set.status).toBe(200)
      expect([set.headers.get('etag'), (await fetch(url)).headers.get('etag')]).toEqual(['"1"', '"1"'])
      expect(await set.json()).toMatchObject({ site, revision: 1 })
      await eventually(async () => expect((await waterAdvice())?.text.ja).toContain('気温のセンサーがありません'))
      const { body: list } = await cloud.get('/api/v1/insights')
      expect((list as { items: unknown[] }).items.length).toBeGreaterThanOrEqual(8)
      const { body: log } = await cloud.get(`/api/v1/advice/log?site=${encodeURIComponent(site)}`)
      const water = (log as { items: { insight: string; advice: { code: string } }[] }).items.filter(
        ({ insight }) => insight === 'water-depth',
      )
      expect(water.map(({ advice }) => advice.code).toSorted()).toEqual(['unknown:depth-zero', 'unknown:temperature'])
      const runs = (await cloud.get(`/api/v1/insights/runs?site=${encodeURIComponent(site)}`)).body as {
        items: { insight: string; series: string[] }[]
      }
      expect(runs.items.find(({ insight }) => insight === 'water-loss')?.series).toContain(
        'kimitsu/paddy-koito/~paddy-1.water-loss:leak',
      )
      expect((await cloud.get('/api/v1/advice/log?site=other%2Fgw%2Ffield')).status).toBe(404)
    } finally {
      await cloud.stop()
      await place.remove()
    }
  })
})
