import { parquetReadObjects } from 'hyparquet'
import { DataFactory, Parser, Store as QuadStore } from 'n3'
import Validator from 'rdf-validate-shacl'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closedSeries, openSeries, runOpenData, type RunningOpenData, sample } from './running-open-data.ts'
import { dcatShapes } from './dcat-shapes.ts'

const canary = 13.374_217
const minuteMs = 60_000
const startMs = Date.now()
const today = new Date(startMs + 9 * 3_600_000).toISOString().slice(0, 10)

let running: RunningOpenData
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${running.hub.url}${path}`, { headers })
const path = (key: string) => `/open-data/series/${encodeURIComponent(key)}`

const lamps = 'ID,管理番号1,緯度,経度,お客さま番号\r\nL1,デモ灯,35.33,139.9,CANARY-NUMBER\r\n'
const points = 'NO,名称,名称_カナ,住所,緯度,経度\r\n0001,デモ広場,デモヒロバ,デモ1,139.9027,35.3304\r\n'
const send = (query: string, csv: string) =>
  fetch(`${running.hub.url}/api/v1/places/import?tenant=kimitsu&${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: csv,
  })

beforeAll(async () => {
  running = await runOpenData()
  await running.send([
    sample('probe-1:water-level', 0.123_456, startMs - 60 * minuteMs),
    sample('probe-1:water-level', 0.234_567, startMs - 30 * minuteMs),
    sample('probe-1:water-level', canary, startMs - 5 * minuteMs),
    sample('canary-probe:water-level', canary, startMs - 50 * minuteMs),
  ])
})
afterAll(() => running.stop())

describe('the registry of places over the API', () => {
  it('takes a file, tells what it repaired, and does nothing when it only checks', async () => {
    const tried = (await (await send('kind=wifi&check=true', points)).json()) as object
    expect(tried).toMatchObject({ rows: 1, places: 1, added: 1, isComplete: true })
    expect(await (await get('/api/v1/places')).json()).toMatchObject({ items: [] })
    const taken = (await (await send('kind=wifi', points)).json()) as { findings: readonly object[] }
    expect(taken.findings).toContainEqual({
      line: 2,
      column: '緯度',
      code: 'coordinates.swapped',
      outcome: 'repaired',
      was: '139.9027',
      became: '35.3304',
    })
    expect(await (await send('kind=wifi', points)).json()).toMatchObject({ added: 0, changed: 0, unchanged: 1 })
    expect(await (await send('kind=streetlight', lamps)).json()).toMatchObject({ added: 1 })
    const asJson = await fetch(`${running.hub.url}/api/v1/places/import?tenant=kimitsu&kind=streetlight`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ csv: lamps }),
    })
    expect(await asJson.json()).toMatchObject({ unchanged: 1 })
    expect((await send('kind=wifi', 'no list')).status).toBe(400)
  })

  it('replaces a list, and forgets a place, only when it is told to', async () => {
    const other = points.replace('0001', '0002')
    expect(await (await send('kind=facility', other)).json()).toMatchObject({ added: 1 })
    expect(await (await send('kind=facility', points)).json()).toMatchObject({ added: 1, removed: 0 })
    expect(await (await send('kind=facility&replace=true', points)).json()).toMatchObject({ removed: 1, unchanged: 1 })
    const gone = await fetch(`${running.hub.url}/api/v1/places/kimitsu/facility/0001`, { method: 'DELETE' })
    expect(gone.status).toBe(204)
    expect((await get('/api/v1/places/kimitsu/facility/0001')).status).toBe(404)
  })

  it('shows what is private only where one place is asked for, and as GeoJSON where that is wanted', async () => {
    const list = await (await get('/api/v1/places?kind=streetlight')).text()
    expect(list).toContain('デモ灯')
    expect(list).not.toContain('CANARY')
    expect(await (await get('/api/v1/places/kimitsu/streetlight/L1')).text()).toContain('CANARY-NUMBER')
    for (const asked of [
      get('/api/v1/places?kind=wifi&format=geojson'),
      get('/api/v1/places?kind=wifi', { accept: 'application/geo+json' }),
    ]) {
      const answer = await asked
      expect(answer.headers.get('content-type')).toContain('application/geo+json')
      expect(await answer.json()).toMatchObject({
        type: 'FeatureCollection',
        features: [
          { type: 'Feature', id: 'kimitsu/wifi/0001', geometry: { type: 'Point', coordinates: [139.9027, 35.3304] } },
        ],
      })
    }
  })
})

describe('what is published', () => {
  it('is nothing until somebody switches it on', async () => {
    expect(await (await get('/open-data/series')).json()).toEqual({ items: [] })
    expect((await get(path(openSeries))).status).toBe(404)
    expect((await get('/open-data/lists/kimitsu/122254_public_wireless_lan.csv')).status).toBe(404)
    expect(await (await get('/open-data/catalog')).text()).not.toContain('dcat:Dataset')
  })

  it('comes late and rounded, and begins when it was switched on unless somebody says otherwise', async () => {
    const set = await running.put(`/api/v1/publications/series/${encodeURIComponent(openSeries)}`, { public: true })
    expect(set.status).toBe(200)
    expect(await (await get(path(openSeries))).json()).toMatchObject({ days: null })
    const since = startMs - 2 * 60 * minuteMs
    await running.put(`/api/v1/publications/series/${encodeURIComponent(openSeries)}`, {
      public: true,
      delayMin: 10,
      roundTo: 0.05,
      placeDecimals: 2,
      since,
    })
    const item = (await (await get(path(openSeries))).json()) as { readonly days: { readonly last: string } }
    expect(item).toMatchObject({
      position: { lat: 35.29, lon: 139.95 },
      delayMin: 10,
      title: { ja: '水田1 water-level' },
    })
    const days = new Set([today, new Date(startMs - 60 * minuteMs + 9 * 3_600_000).toISOString().slice(0, 10)])
    const csvs = await Promise.all(
      [...days].map(async (day) => await (await get(`${path(openSeries)}/${day}.csv`)).text()),
    )
    const values = csvs.flatMap((csv) => csv.split('\r\n').slice(1, -1)).map((line) => line.split(',')[7])
    expect(new Set(values)).toEqual(new Set(['0.1', '0.25']))
    // The BOM is taken away by fetch.
    expect(csvs[0]).toMatch(/^全国地方公共団体コード,ID,名称,緯度,経度,観測日時,観測項目,値,単位,品質フラグ\r\n/)
    expect(csvs.join('')).toMatch(
      /122254,kimitsu\/paddy-koito\/probe-1:water-level,水田1 water-level,35.29,139.95,[-\dT:.]+\+09:00,/,
    )
    const rows = []
    for (const day of days) {
      const json = (await (await get(`${path(openSeries)}/${day}.json`)).json()) as {
        readonly items: readonly object[]
      }
      const file = await (await get(`${path(openSeries)}/${day}.parquet`)).arrayBuffer()
      expect(await parquetReadObjects({ file })).toEqual(json.items)
      rows.push(...json.items)
    }
    expect(rows).toHaveLength(2)
    expect((await get(`${path(openSeries)}/1999-01-01.csv`)).status).toBe(404)
  })

  it('has a list in the national form, with the customer number nowhere', async () => {
    for (const kind of ['wifi', 'streetlight']) {
      expect((await running.put(`/api/v1/publications/lists/kimitsu/${kind}`, { public: true })).status).toBe(200)
    }
    const answer = await get('/open-data/lists/kimitsu/122254_public_wireless_lan.csv')
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(bytes.toString('utf8')).toContain('\r\n122254,,0001,君津市,デモ広場,デモヒロバ,')
    const geo = await get('/open-data/lists/kimitsu/122254_street_light.geojson')
    expect(await geo.text()).toContain('デモ灯')
  })

  it('may be read by pages of other sites, is cached for a while, and unchanged is not sent again', async () => {
    const day = `${path(openSeries)}/${today}.csv`
    const answer = await get('/open-data/catalog')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
    expect(answer.headers.get('x-ratelimit-limit')).toBe('600')
    const etag = answer.headers.get('etag') ?? ''
    expect((await get('/open-data/catalog', { 'if-none-match': etag })).status).toBe(304)
    const file = await get(day)
    expect((await get(day, { 'if-none-match': file.headers.get('etag') ?? '' })).status).toBe(304)
    const preflight = await fetch(`${running.hub.url}/open-data/catalog`, { method: 'OPTIONS' })
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('the catalogue', () => {
  it('validates, in Turtle and in JSON-LD alike, and its files are there', async () => {
    const turtle = await (await get('/open-data/catalog', { accept: 'text/turtle' })).text()
    const jsonLd = (await (await get('/open-data/catalog.jsonld')).json()) as JsonLd
    const quads = new QuadStore(new Parser().parse(turtle))
    expect(linesOf(quadsOf(jsonLd))).toEqual(linesOf([...quads]))
    const report = await validated(turtle)
    expect(report.results.map(({ path: of, focusNode }) => [of?.value, focusNode?.value])).toEqual([])
    const datasets = quads.getObjects(null, 'http://www.w3.org/ns/dcat#dataset', null)
    expect(datasets).toHaveLength(3)
    for (const { value } of quads.getObjects(null, 'http://www.w3.org/ns/dcat#downloadURL', null)) {
      expect((await fetch(value)).status, value).toBe(200)
    }
  })

  it('is refused by the same shapes where something mandatory is missing', async () => {
    const turtle = await (await get('/open-data/catalog.ttl')).text()
    for (const predicate of [
      'dct:title',
      'dct:publisher',
      'dcat:accessURL',
      'dct:license',
      'foaf:name',
      'dcat:dataset',
    ]) {
      const broken = turtle.replaceAll(predicate, `${predicate.split(':')[0]}:nothing`)
      const { conforms } = await validated(broken)
      expect(conforms, predicate).toBe(false)
    }
  })
})

describe('what is not switched on', () => {
  it('appears on no route that answers everybody, however it is asked for', async () => {
    const document = (await (await get('/docs/json')).json()) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly 'x-right'?: string }>>>>
    }
    const publicPaths = Object.entries(document.paths).flatMap(([route, { get: own }]) =>
      own?.['x-right'] === 'public' ? [route] : [],
    )
    expect(publicPaths).toEqual(expect.arrayContaining(['/open-data/catalog', '/open-data/series/{id}/{file}']))
    const ids = [openSeries, closedSeries, 'urn:ngsi-ld:DeviceMeasurement:kimitsu:paddy-koito:canary-probe:water-level']
    const files = [
      `${today}.csv`,
      `${today}.json`,
      `${today}.parquet`,
      '122254_evacuation_space.csv',
      '122254_street_light.csv',
      '122254_street_light.geojson',
    ]
    const types = 'AgriParcelRecord,AccessPoint,Device,DeviceMeasurement,Streetlight,EvacuationSite,PublicFacility'
    const everything = [
      `/ngsi-ld/v1/entities?type=${types}&limit=1000`,
      '/ngsi-ld/v1/entities?q=numValue%3E13&limit=1000',
      '/ngsi-ld/v1/entities?type=Device&georel=near;maxDistance==99000&geometry=Point&coordinates=[139.98,35.98]',
      `/ngsi-ld/v1/temporal/entities?type=${types}&timerel=after&timeAt=2020-01-01T00:00:00Z&limit=20`,
      '/ngsi-ld/v1/types?details=true',
      '/ngsi-ld/v1/attributes?details=true',
    ]
    for (const route of [...publicPaths, ...everything]) {
      const filled = ids.flatMap((id) =>
        files.map((file) =>
          route
            .replace(/\{(?:id|entityId)\}/, encodeURIComponent(id))
            .replace('{file}', file)
            .replace('{tenant}', 'kimitsu'),
        ),
      )
      for (const one of new Set(filled)) {
        for (const accept of ['*/*', 'application/ld+json', 'application/geo+json']) {
          // Without a sign-in and not by the machine's own name: as everybody.
          const answer = await get(one, { accept, authorization: 'Bearer nobody' })
          const bytes = Buffer.from(await answer.arrayBuffer())
          const text =
            one.endsWith('.parquet') && answer.status === 200 ? await parquetText(bytes) : bytes.toString('utf8')
          expect(text, one).not.toMatch(/CANARY|13\.37|35\.98765|35\.290512/)
          if (!one.includes('canary')) expect(text, one).not.toMatch(/canary/)
        }
      }
    }
  })

  it('is gone as soon as it is switched off', async () => {
    await running.put(`/api/v1/publications/series/${encodeURIComponent(openSeries)}`, { public: false })
    expect((await get(`${path(openSeries)}/${today}.csv`)).status).toBe(404)
    await running.put('/api/v1/publications/lists/kimitsu/wifi', { public: false })
    expect((await get('/open-data/lists/kimitsu/122254_public_wireless_lan.csv')).status).toBe(404)
    const audit = await (await get('/api/v1/audit')).text()
    expect(audit).toContain('publication of the list kimitsu/wifi: off')
  })
})

/** n3 has no types of its own; what it makes is a dataset of RDF/JS. */
async function validated(turtle: string) {
  const datasetOf = (text: string) => new QuadStore(new Parser().parse(text)) as never
  return await new Validator(datasetOf(dcatShapes)).validate(datasetOf(turtle))
}

async function parquetText(bytes: Buffer): Promise<string> {
  const file = Uint8Array.from(bytes).buffer
  return JSON.stringify(await parquetReadObjects({ file }))
}

type JsonLdValue =
  | { readonly '@id': string }
  | { readonly '@value': string; readonly '@language'?: string; readonly '@type'?: string }
interface JsonLd {
  readonly '@context': Readonly<Record<string, string>>
  readonly '@graph': readonly Readonly<Record<string, unknown>>[]
}

/** The subset of JSON-LD that the catalogue uses: a graph of nodes, prefixes, and expanded values. */
function quadsOf({ '@context': context, '@graph': graph }: JsonLd) {
  const { namedNode, literal, quad } = DataFactory
  const full = (name: string) =>
    namedNode(name.replace(/^([a-z]+):(?!\/\/)/, (whole, prefix: string) => context[prefix] ?? whole))
  return graph.flatMap(({ '@id': id, '@type': type, ...properties }) => [
    quad(namedNode(String(id)), full('http://www.w3.org/1999/02/22-rdf-syntax-ns#type'), full(String(type))),
    ...Object.entries(properties).flatMap(([predicate, values]) =>
      (values as readonly JsonLdValue[]).map((value) => {
        if ('@id' in value) return quad(namedNode(String(id)), full(predicate), namedNode(value['@id']))
        const { '@language': language, '@type': of } = value
        return quad(
          namedNode(String(id)),
          full(predicate),
          literal(value['@value'], language ?? (of === undefined ? undefined : full(of))),
        )
      }),
    ),
  ])
}

function linesOf(
  quads: readonly { readonly subject: object; readonly predicate: object; readonly object: object }[],
): readonly string[] {
  return quads.map(({ subject, predicate, object }) => JSON.stringify([subject, predicate, object])).toSorted()
}
