// Sources are asked only for what has changed, at their time, within limits; what they say is taken once, over a restart too.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { type Bulletins, openBulletins } from '../../cloud/bulletins/bulletins.ts'
import { sourceItem } from '../../cloud/bulletins/bulletin-views.ts'
import { parseBulletinSettings, type BulletinSettings } from '../../cloud/bulletins/sources/source-settings.ts'
import { isOfBulletin, type Notice } from '../../cloud/notifications/notice.ts'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { type ManualClock, manualClock, until } from '../notifications/manual-clock.ts'
import { capMessage, rssFeed } from './messages.ts'

const startMs = Date.parse('2026-11-23T05:00:00Z')
type Answer = (response: ServerResponse, headers: IncomingHttpHeaders) => void

let folder: string
let database: HubDatabase
let clock: ManualClock
let bulletins: Bulletins
let told: Notice[]
/** What the server answers at a path, and what it was asked. */
const answers = new Map<string, Answer>()
const asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = []
const server = createServer((request, response) => {
  const path = request.url ?? ''
  asked.push({ path, headers: request.headers })
  const answer = answers.get(path)
  if (answer === undefined) response.writeHead(404).end()
  else answer(response, request.headers)
})
const baseOf = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-feeds-'))
  database = await openHubDatabase(join(folder, 'hub.sqlite'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
beforeEach(async () => {
  for (const table of ['bulletins', 'bulletin_references', 'bulletin_sources'] as const) {
    await database.deleteFrom(table).execute()
  }
  clock = manualClock(startMs)
  told = []
  answers.clear()
  asked.length = 0
})
afterEach(() => bulletins.stop())
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await database.destroy()
  await rm(folder, { recursive: true })
})

const settingsOf = async (source: string, more = 'allowHttp: true\nallowAddresses: [127.0.0.1]') =>
  await parseBulletinSettings(`${more}\nsources: [{ id: city, tenant: kimitsu, ${source} }]`, 'bulletins.yaml', () =>
    Promise.reject(new Error('no file')),
  )
async function begin(settings: BulletinSettings): Promise<void> {
  const notices = { take: (notice: Notice) => void told.push(notice), flush: () => Promise.resolve() }
  bulletins = await openBulletins(settings, { database, notices, clock, random: () => 0.5, log: silentLog })
}
const source = () => {
  const [only] = bulletins.settings.sources
  if (only === undefined) throw new Error('there is no source')
  return only
}
const state = () => bulletins.states.state('city')
const poll = () => bulletins.poller.poll(source())
const titles = async () =>
  (await bulletins.book.list({ limit: 100 })).map(({ content }) => Object.values(content.texts)[0]?.title ?? '').sort()
const serve = (path: string, body: string, headers: Record<string, string> = {}) =>
  answers.set(path, (response) => response.writeHead(200, headers).end(body))
const entry = (guid: string, sentMs = startMs) => ({ guid, title: `お知らせ ${guid}`, text: '小糸', sentMs })

describe('a source', () => {
  it('is read at its time, and asked only for what has changed since, over a restart too', async () => {
    const feed = { body: rssFeed([entry('g1')]), etag: '"1"' }
    answers.set('/rss', (response, headers) => {
      if (headers['if-none-match'] === feed.etag) response.writeHead(304).end()
      else response.writeHead(200, { etag: feed.etag, 'last-modified': 'Mon, 23 Nov 2026 05:00:00 GMT' }).end(feed.body)
    })
    await begin(await settingsOf(`url: '${baseOf()}/rss', everyS: 60`))
    bulletins.start()
    await clock.advance(0)
    await until(() => state().readMs === startMs)
    expect(await titles()).toEqual(['お知らせ g1'])
    // What a feed held when it was read first is no news.
    expect(told).toEqual([])
    await clock.advance(59_000)
    expect(asked).toHaveLength(1)
    await clock.advance(1_000)
    await until(() => asked.length === 2 && state().nextMs === startMs + 120_000)
    expect(asked[1]?.headers).toMatchObject({
      'if-none-match': '"1"',
      'if-modified-since': 'Mon, 23 Nov 2026 05:00:00 GMT',
    })

    await bulletins.stop()
    Object.assign(feed, { body: rssFeed([entry('g2', startMs + 1), entry('g1')]), etag: '"2"' })
    await begin(bulletins.settings)
    await poll()
    expect(asked[2]?.headers['if-none-match']).toBe('"1"')
    expect(await titles()).toEqual(['お知らせ g1', 'お知らせ g2'])
    expect(told.filter(isOfBulletin).map(({ bulletin }) => bulletin.texts['ja']?.title)).toEqual(['お知らせ g2'])
  })

  it('that points to files of CAP is followed to them, once each; what is wrong with one is told', async () => {
    const link = (name: string) => `<entry><id>${name}</id><title>x</title>
      <link type="application/cap+xml" href="${baseOf()}/${name}"/></entry>`
    serve('/atom', `<feed xmlns="http://www.w3.org/2005/Atom">${['a', 'b', 'c'].map(link).join('')}</feed>`, {
      etag: '"1"',
    })
    serve('/a', capMessage({ identifier: 'k-1', sentMs: startMs, title: '大雨' }))
    serve('/b', '<alert/>')
    await begin(await settingsOf(`url: '${baseOf()}/atom'`))
    await poll()
    expect(await titles()).toEqual(['大雨'])
    expect(told).toHaveLength(1)
    expect(
      state()
        .faults.map(({ code, identifier }) => `${code} ${identifier.split('/').at(-1)}`)
        .sort(),
    ).toEqual(['bulletin.invalid b', 'bulletin.source c'])
    // Since one is missing the whole is read again, but not what is known.
    serve('/c', capMessage({ identifier: 'k-2', sentMs: startMs, title: '洪水' }))
    await poll()
    expect(asked.map(({ path }) => path)).toEqual(['/atom', '/a', '/b', '/c', '/atom', '/c'])
    expect(asked[4]?.headers['if-none-match']).toBeUndefined()
    expect(await titles()).toEqual(['大雨', '洪水'])
  })

  it('that fails is asked less and less often, or when it says so, and is well again when it answers', async () => {
    answers.set('/rss', (response) => response.writeHead(503, { 'retry-after': '900' }).end())
    await begin(await settingsOf(`url: '${baseOf()}/rss', everyS: 60`))
    await poll()
    expect(state()).toMatchObject({
      failures: 1,
      nextMs: startMs + 900_000,
      faults: [{ code: 'bulletin.source', detail: 'HTTP 503' }],
    })
    answers.set('/rss', (response) => response.writeHead(500).end())
    const waits = []
    for (let tries = 0; tries < 8; tries += 1) {
      await poll()
      waits.push((state().nextMs - startMs) / 60_000)
    }
    expect(waits).toEqual([4, 8, 16, 32, 60, 60, 60, 60])
    expect(sourceItem(source(), state())).toMatchObject({ read: null, failures: 9, host: new URL(baseOf()).host })
    serve('/rss', rssFeed([entry('g1')]))
    await poll()
    expect(state()).toMatchObject({ failures: 0, nextMs: startMs + 60_000, readMs: startMs })
    expect(state().faults).toHaveLength(1)
    const metrics = await bulletins.metrics[0]?.metrics()
    expect(metrics).toContain('musubi_bulletin_polls_total{source="city",outcome="failed"} 9')
  })

  it('is not followed elsewhere, not read without end, and not waited for without end', async () => {
    answers.set('/moved', (response) => response.writeHead(301, { location: 'http://127.0.0.1:1/' }).end())
    answers.set('/endless', (response) => {
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
        response.once('drain', more)
      }
      more()
    })
    answers.set('/packed', (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'))
    answers.set('/silent', () => undefined)
    serve('/bomb', '<!DOCTYPE a [<!ENTITY x "y">]><rss>&x;</rss>')
    const faults: Record<string, string | undefined> = {}
    for (const path of ['/moved', '/endless', '/packed', '/bomb', '/silent']) {
      await database.deleteFrom('bulletin_sources').execute()
      await begin(await settingsOf(`url: '${baseOf()}${path}'`))
      const polling = poll()
      if (path === '/silent') {
        await until(() => asked.some((one) => one.path === path))
        await clock.advance(20_000)
      }
      await polling
      faults[path] = state().faults[0]?.detail
      await bulletins.stop()
    }
    expect(faults).toEqual({
      '/moved': 'HTTP 301 to http://127.0.0.1:1/',
      '/endless': 'it is longer than 2097152 bytes',
      '/packed': 'it answers in gzip, although it was asked not to',
      '/bomb': 'XML with a document type (DTD) is refused',
      '/silent': expect.stringMatching(/abort|in time/) as string,
    })
    expect(await titles()).toEqual([])
  })

  it('in the hub’s own network is not reached, whatever it is called', async () => {
    serve('/rss', rssFeed([entry('g1')]))
    const { port } = server.address() as AddressInfo
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '0x7f000001']) {
      await begin(await settingsOf(`url: 'http://${host}:${port}/rss'`, 'allowHttp: true'))
      await poll()
      expect(state().faults[0]?.detail).toMatch(/is not a public address/)
      await bulletins.stop()
    }
    expect(asked).toEqual([])
  })
})

describe('the settings of sources', () => {
  it('are refused with every fault at once', async () => {
    await begin(await settingsOf("url: 'https://city.example.jp/rss'"))
    const text = `allowAddresses: [lan]
ca: { file: ca.pem }
sources:
  - { id: api, tenant: kimitsu, url: 'http://city.example.jp/rss' }
  - { id: api, tenant: kimitsu, url: 'https://city.example.jp/rss' }`
    await expect(parseBulletinSettings(text, 'f.yaml', () => Promise.reject(new Error('gone')))).rejects.toThrow(
      /"api" stands twice[^]*choose another id[^]*allowHttp[^]*"lan" is no network[^]*ca.pem cannot be read/,
    )
    await expect(settingsOf("url: 'https://a.example.jp', every: 5")).rejects.toMatchObject({ code: 'config.invalid' })
  })
})
