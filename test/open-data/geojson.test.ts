// Every list of things that stand somewhere is also a map layer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../cloud/running-cloud.ts'
import { runOpenData, type RunningOpenData, sample } from './running-open-data.ts'

const rules = `
- id: low
  kind: threshold
  severity: critical
  match: { channel: water-level }
  below: 0.02
  onDelayS: 0
  offDelayS: 0
  title: { ja: 低い, en: Low }
  advice: { ja: 入水, en: Let water in }
`

let running: RunningOpenData
beforeAll(async () => {
  running = await runOpenData({ rules })
  await running.send([sample('probe-1:water-level', 0)])
  const alarms = await eventually(async () => {
    const { body } = await running.hub.get('/api/v1/alarms')
    const { items } = body as { readonly items: readonly { readonly id: string }[] }
    expect(items).toHaveLength(1)
    return items.map(({ id }) => id)
  })
  await fetch(`${running.hub.url}/api/v1/work-orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ alarms }),
  })
})
afterAll(() => running.stop())

const paddy = [139.951234, 35.290512]

describe('GeoJSON', () => {
  it.each([
    ['sites', 3, { type: 'Point', coordinates: paddy }],
    ['alarms', 1, { type: 'Point', coordinates: paddy }],
    ['work-orders', 1, { type: 'Point', coordinates: paddy }],
    ['gateways', 1, { type: 'MultiPoint', coordinates: [paddy, [139.987654, 35.987654], [139.9572, 35.2866]] }],
  ] as const)('of %s comes by ?format=geojson and by Accept, and not unasked', async (list, count, geometry) => {
    const url = `${running.hub.url}/api/v1/${list}`
    const asked = [fetch(`${url}?format=geojson`), fetch(url, { headers: { accept: 'application/geo+json' } })]
    const plain = (await (await fetch(url)).json()) as { readonly items: readonly object[] }
    for (const answer of await Promise.all(asked)) {
      expect(answer.headers.get('content-type')).toContain('application/geo+json')
      const { type, features } = (await answer.json()) as {
        type: string
        features: { geometry: object; properties: object }[]
      }
      expect([type, features.length]).toEqual(['FeatureCollection', count])
      expect(features[0]?.geometry).toEqual(geometry)
      expect(features.map(({ properties }) => Object.keys(properties))).toEqual(
        plain.items.map((item) => Object.keys(item)),
      )
    }
    expect((await fetch(`${url}?format=shapefile`)).status).toBe(400)
  })
})
