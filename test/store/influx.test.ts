import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openInfluxStore } from '../../cloud/store/influx/influx-store.ts'
import { debianPackage } from '../debian.ts'
import { startInfluxServer, type InfluxServer } from './influx-server.ts'
import { commitOf, describeStoreContract } from './store-contract.ts'

const clock = systemClock
const log = silentLog

describe.skipIf(!debianPackage('influxdb'))("InfluxDB (Debian's influxdb)", () => {
  let server: InfluxServer
  let databases = 0
  beforeAll(async () => {
    server = await startInfluxServer()
  })
  afterAll(() => server.stop())

  describeStoreContract('InfluxDB', () => {
    const database = `test "${String(databases++)}"`
    const options = { url: server.url, writePath: '/write', database, createDatabase: true, clock, log } as const
    return Promise.resolve({ store: () => openInfluxStore(options), dispose: () => Promise.resolve() })
  })

  it('keeps late data of a day whose expiry was cut off before its deletion', async () => {
    const failing = { deletion: true }
    const proxy = await startProxy(server.url, (body) => failing.deletion && body.includes('DELETE FROM readings'))
    const options = {
      url: proxy.url,
      writePath: '/write',
      database: 'cutoff',
      createDatabase: true,
      clock,
      log,
    } as const
    const store = openInfluxStore(options)
    const [dayMs, beginMs] = [86_400_000, Date.UTC(2026, 5, 15)]
    const at = (minute: number) => ({ series: 0, timeMs: beginMs + minute * 60_000, value: minute })
    await store.open()
    await store.commit(commitOf([at(0), at(1)]))
    const maintain = () =>
      store.maintain(beginMs + 9 * dayMs, [{ name: 'all', pattern: /./, rawDays: 5, hourlyDays: 90 }])
    await expect(maintain()).rejects.toMatchObject({ code: 'store.unavailable' })
    await expect(store.commit(commitOf([at(2)]))).rejects.toMatchObject({ code: 'store.unavailable' })
    failing.deletion = false
    await store.commit(commitOf([at(2)]))
    const counts = async () => (await store.hourly({ fromMs: beginMs, toMs: beginMs + dayMs })).get(0)?.count
    expect(await counts()).toEqual([3])
    await maintain()
    expect(await counts()).toEqual([3])
    expect(await store.readings({ series: 0, fromMs: 0, toMs: beginMs + dayMs, limit: 10 })).toEqual([])
    await store.close()
    proxy.stop()
  })
})

/** Passes requests on to `target`, but for those whose decoded body is refused: these are answered with 503. */
async function startProxy(target: string, refuses: (body: string) => boolean) {
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request)
    if (refuses(decodeURIComponent(body.replaceAll('+', ' ')))) {
      response.writeHead(503).end()
      return
    }
    const headers = { 'content-type': request.headers['content-type'] ?? 'text/plain' }
    const answer = await fetch(`${target}${request.url ?? ''}`, { method: request.method ?? 'GET', headers, body })
    response.writeHead(answer.status).end(await answer.text())
  }
  const server = createServer((request, response) => void forward(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, stop }
}

/** An HTTP server that answers /query with nothing found and each write as told; gives the bodies and paths it saw. */
async function startFakeInflux(answer: (write: number) => number) {
  const writes: { path: string; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes) => (body += String(bytes)))
    request.on('end', () => {
      if (request.url?.startsWith('/query') === true) {
        response.end('{"results":[{}]}')
        return
      }
      writes.push({ path: request.url ?? '', body })
      response.writeHead(answer(writes.length)).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url, writes, stop }
}

describe('the InfluxDB store', () => {
  const commit = commitOf([{ series: 0, timeMs: 1000, value: 1.5 }], {
    cursors: [{ gateway: 'a/b', epoch: 'e', through: 1 }],
  })

  it('writes to the path and bucket configured, cursors after the readings', async () => {
    const server = await startFakeInflux(() => 204)
    const store = openInfluxStore({
      url: server.url,
      writePath: '/api/v2/write',
      database: 'b',
      organization: 'o',
      clock,
      log,
    })
    await store.open()
    await store.commit(commit)
    expect(server.writes.map(({ path }) => path)).toEqual(Array(2).fill('/api/v2/write?org=o&bucket=b&precision=ms'))
    expect(server.writes[0]?.body).toContain('readings,s=0 v=1.5 1000')
    expect(server.writes[1]?.body).toBe('cursors,g=_a%2Fb,e=_e through=1i 0')
    await store.close()
    server.stop()
  })

  it('tries a failed write again, and succeeds when the server has recovered', async () => {
    const server = await startFakeInflux((write) => (write < 3 ? 503 : 204))
    const store = openInfluxStore({ url: server.url, writePath: '/write', database: 'b', clock, log })
    await store.open()
    await store.commit(commit)
    expect(server.writes.map(({ body }) => body.slice(0, 6))).toEqual(['catalo', 'catalo', 'catalo', 'cursor'])
    await store.close()
    server.stop()
  })

  it('fails with store.unavailable when the server stays away, and takes the same commit later', async () => {
    let status = 503
    const server = await startFakeInflux(() => status)
    const store = openInfluxStore({ url: server.url, writePath: '/write', database: 'b', clock, log })
    await store.open()
    await expect(store.commit(commit)).rejects.toMatchObject({ code: 'store.unavailable', retryable: true })
    expect(server.writes).toHaveLength(4)
    status = 204
    await store.commit(commit)
    await store.commit(commit)
    expect(server.writes).toHaveLength(6)
    await store.close()
    server.stop()
  })

  it('does not repeat a write that the server calls wrong', async () => {
    const server = await startFakeInflux(() => 400)
    const store = openInfluxStore({ url: server.url, writePath: '/write', database: 'b', clock, log })
    await store.open()
    await expect(store.commit(commit)).rejects.toMatchObject({ code: 'store.query', retryable: false })
    expect(server.writes).toHaveLength(1)
    await store.close()
    server.stop()
  })

  it('says store.unavailable when nobody listens', async () => {
    const store = openInfluxStore({ url: 'http://127.0.0.1:1', writePath: '/write', database: 'b', clock, log })
    await expect(store.open()).rejects.toMatchObject({ code: 'store.unavailable' })
    await store.close()
  })
})
