// The NGSI-LD API against a set of requests that was written from the standard and not from this program.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { browserAt, newPerson, programAt } from '../people/browser.ts'
import { runOpenData, type RunningOpenData, sample } from './running-open-data.ts'

interface RequestCase {
  readonly name: string
  readonly path: string
  readonly accept?: string
  readonly tenant?: string
  readonly status: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly ids?: readonly string[]
  readonly body?: object
  readonly lacks?: readonly string[]
  readonly error?: string
}
type Readings = Readonly<Record<string, readonly (readonly [minutes: number, value: number, unit: string])[]>>
interface RequestSet {
  readonly given: { readonly published: Readings; readonly kept: Readings }
  readonly requests: readonly RequestCase[]
}

const set = JSON.parse(await readFile(new URL('ngsi-requests.json', import.meta.url), 'utf8')) as RequestSet
/** Whole seconds, so that times are written as in the set. */
const startMs = Math.floor(Date.now() / 1_000) * 1_000
const timeAt = (minutes: number) => new Date(startMs - minutes * 60_000).toISOString().replace('.000Z', 'Z')

let running: RunningOpenData
let base: string

const filled = (text: string) =>
  text.replaceAll('BASE', base).replaceAll(/\bT(\d+)\b(?!:)/g, (_whole, minutes: string) => timeAt(Number(minutes)))
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${base}/ngsi-ld/v1${path}`, { headers })

beforeAll(async () => {
  running = await runOpenData({ clock: { ...systemClock } })
  base = running.hub.url
  const { published, kept } = set.given
  await running.send(
    Object.entries({ ...published, ...kept }).flatMap(([name, readings]) =>
      readings.map(([minutes, value, unit]) => ({ ...sample(name, value, startMs + minutes * 60_000), unit })),
    ),
  )
  for (const name of Object.keys(published)) {
    const key = encodeURIComponent(`kimitsu/paddy-koito/${name}`)
    await running.put(`/api/v1/publications/series/${key}`, { public: true, delayMin: 15, since: startMs - 86_400_000 })
  }
  // From now on somebody is known to the hub, and whoever is not signed in sees what is published.
  await newPerson(browserAt(base), base, 'boss', [{ tenant: '*', role: 'admin' }])
})
afterAll(() => running.stop())

describe('a request of NGSI-LD', () => {
  it.each(set.requests.map((one) => [one.name, one] as const))('%s', async (_name, wanted) => {
    const { path, accept, tenant, status, type, headers = {}, ids, body, lacks = [], error } = wanted
    const answer = await get(filled(path), {
      ...(accept === undefined ? {} : { accept }),
      ...(tenant === undefined ? {} : { 'ngsild-tenant': tenant }),
    })
    const text = await answer.text()
    const found = JSON.parse(text) as Record<string, unknown> | readonly { readonly id: string }[]
    expect(answer.status, text).toBe(status)
    if (type !== undefined) expect(answer.headers.get('content-type')).toContain(type)
    for (const [name, value] of Object.entries(headers)) expect(answer.headers.get(name)).toContain(filled(value))
    if (ids !== undefined) expect(Array.isArray(found) && found.map(({ id }) => id)).toEqual(ids)
    if (body !== undefined) expect(found).toMatchObject(JSON.parse(filled(JSON.stringify(body))) as object)
    for (const name of lacks) expect(found).not.toHaveProperty(name)
    if (error === undefined) return
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(found).toMatchObject({
      type: `https://uri.etsi.org/ngsi-ld/errors/${error}`,
      status,
      detail: expect.any(String),
    })
  })
})

describe('the NGSI-LD API', () => {
  it('gives pages to walk by, an ETag, and lets pages of other sites read what is published', async () => {
    const seen = []
    let next: string | undefined = '/ngsi-ld/v1/entities?type=DeviceMeasurement&limit=3'
    while (next !== undefined) {
      const answer: Response = await fetch(base + next)
      seen.push(...((await answer.json()) as readonly { readonly id: string }[]).map(({ id }) => id))
      next = /<([^>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
    }
    expect(seen).toHaveLength(4)
    expect(new Set(seen).size).toBe(4)
    const answer = await get('/types')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=10')
    const long = await get('/entities?type=DeviceMeasurement')
    expect(long.headers.get('vary')).toBe('accept, authorization, cookie, ngsild-tenant, accept-encoding')
    expect((await get('/types', { 'if-none-match': answer.headers.get('etag') ?? '' })).status).toBe(304)
    const context = (await (await get('/jsonldContexts/musubi-1.jsonld')).json()) as {
      readonly '@context': readonly object[]
    }
    for (const name of ['WeatherObserved', 'AgriParcelRecord', 'temperature', 'waterLevel', 'numValue']) {
      expect(context['@context'][0]).toHaveProperty(name)
    }
  })

  it('gives whoever signs in or has a token their own as it is, and others only what is published', async () => {
    const boss = browserAt(base)
    await boss.ask('POST', '/api/v1/session', { name: 'boss', password: 'correct horse battery staple boss' })
    const kept = '/ngsi-ld/v1/entities/urn:ngsi-ld:DeviceMeasurement:kimitsu:paddy-koito:canary-probe:water-level'
    const own = await boss.ask('GET', kept)
    expect(own.status).toBe(200)
    expect(own.headers.get('cache-control')).toBe('private, no-cache')
    expect(own.headers.get('access-control-allow-origin')).toBeNull()
    for (const id of ['kimitsu', 'futtsu']) {
      await boss.ask('POST', '/api/v1/tenants', { id, name: { ja: id, en: id }, kind: 'farm' })
    }
    for (const [tenant, status] of [
      ['kimitsu', 200],
      ['futtsu', 404],
    ] as const) {
      const token = { name: 'ngsi', tenant, rights: ['see'], expires: Date.now() + 1e6 }
      const made = await boss.ask('POST', '/api/v1/tokens', token)
      const answer = await programAt(base, String(made.body['token'])).ask('GET', kept)
      expect(answer.status, tenant).toBe(status)
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    }
  })
})
