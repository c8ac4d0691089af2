import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { Duplex } from 'node:stream'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommissioningRecord, SignedRecord } from '../../broker/contract/commissioning-record.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { createCounters } from '../../edge/counters.ts'
import { type LocalPage, startLocalPage } from '../../edge/local-page/local-page.ts'
import { hashPassword } from '../../firmware-bridge/mqtt/password-hash.ts'
import { openAuthority } from '../../provisioning/authority.ts'

const code = 'clover-and-hay-7'
const codeHash = await hashPassword(code)
const label = { ja: '水位計', en: 'Level' }
const device = {
  id: 'level-1',
  label,
  site: undefined,
  intervalS: 1,
  profile: { id: 'qdy30a-level', label, channels: [{ id: 'water-level', label, range: { min: -0.1, max: 10 } }] },
  channels: [{ id: 'water-level', label, unit: 'm' }],
}

let folder: string
let page: LocalPage
let inner: Server
let asked: number
let mark: { epoch: string; acked: number; takenThrough: number }
const passedOn: IncomingMessage[] = []
const upgradedInside: Duplex[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-page-'))
  asked = 0
  mark = { epoch: 'e', acked: 4, takenThrough: 5 }
  passedOn.length = 0
  inner = createServer((incoming, response) => {
    passedOn.push(incoming)
    response.end(`inner ${incoming.url}`)
  })
  inner.on('upgrade', (incoming, socket) => {
    passedOn.push(incoming)
    upgradedInside.push(socket)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nhello')
  })
  inner.listen(join(folder, 'inner.sock'))
  await once(inner, 'listening')
  const authority = await openAuthority({ folder: join(folder, 'ca'), clock: systemClock, log: silentLog })
  const issued = await authority.issueGateway({ tenant: 'kimitsu', gateway: 'paddy-7' })
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await writeFile(files.certificate, issued.certificatePem)
  await writeFile(files.key, issued.keyPem)
  page = await startLocalPage(
    { host: '127.0.0.1', port: 0, code: codeHash },
    {
      config: {
        identity: { tenant: 'kimitsu', gateway: 'paddy-7' },
        label: { ja: '7号', en: 'No. 7' },
        sites: [],
        hub: { url: 'mqtts://hub.example:8883', ca: undefined, est: undefined, ...files },
        devices: [device],
      } as never,
      agentVersion: 'musubi test',
      outbox: { lanes: () => [mark], depth: () => ({ messages: 2, readings: 3, bytes: 4 }), condition: 'healthy' },
      uplink: () => ({ connected: true }),
      askDevices: () => (asked += 1),
      mounts: [{ path: '/flows/', target: { socketPath: join(folder, 'inner.sock') } }],
      clock: systemClock,
      log: silentLog,
      counters: createCounters(),
    },
  )
})

afterEach(async () => {
  await page.stop()
  inner.close()
  inner.closeAllConnections()
  await rm(folder, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: IncomingMessage['headers']
}

/** Not fetch, which forbids the host header. */
function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  const asking = request({ port: page.port, method, path, agent: false, headers: { ...json, ...headers } })
  asking.on('error', reject)
  asking.on('response', (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }))
  })
  asking.end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}

async function signIn(): Promise<string> {
  const { status, headers } = await ask('POST', '/api/session', {}, { code })
  expect(status).toBe(200)
  return String(headers['set-cookie']?.[0]).split(';')[0]!
}

const good = (value: number, timeMs = Date.now()): Sample => ({
  name: 'level-1:water-level',
  timeMs,
  value,
  unit: 'm',
  quality: 'good',
  reason: undefined,
})

describe('the local page of a gateway', () => {
  it('tells a stranger nothing but that a code is needed', async () => {
    expect(JSON.parse((await ask('GET', '/api/mode')).text)).toEqual({ mode: 'agent', signedIn: false })
    for (const path of ['/api/state', '/api/live']) expect((await ask('GET', path)).status).toBe(401)
    for (const path of ['/api/checks', '/api/checks/record']) {
      expect((await ask('POST', path, {}, { phoneMs: 1 })).status).toBe(401)
    }
    expect((await ask('GET', '/../local-page.ts')).status).toBe(404)
    expect((await ask('GET', '/%2e%2e/local-page.ts')).status).toBe(404)
  })

  it('opens to the code, with a cookie that scripts cannot read and other sites do not send', async () => {
    const answer = await ask('POST', '/api/session', {}, { code })
    const cookie = String(answer.headers['set-cookie']?.[0])
    expect(cookie).toMatch(/^musubi_local=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
    const own = { cookie: cookie.split(';')[0]! }
    const state = await ask('GET', '/api/state', own)
    expect(JSON.parse(state.text)).toMatchObject({ gateway: 'kimitsu/paddy-7', devices: [{ id: 'level-1' }] })
    expect(state.headers['content-security-policy']).toContain(`default-src 'none'`)
    expect(state.text).not.toContain('scrypt')
    await ask('POST', '/api/session/end', own, {})
    expect((await ask('GET', '/api/state', own)).status).toBe(401)
  })

  it('shuts an address out after ten wrong codes, whether they come one by one or together', async () => {
    const guess = () => ask('POST', '/api/session', {}, { code: 'wrong' })
    const together = await Promise.all(Array.from({ length: 8 }, guess))
    expect(new Set(together.map(({ status }) => status))).toEqual(new Set([401, 429]))
    for (let tries = 0; tries < 10; tries += 1) await guess()
    const shut = await ask('POST', '/api/session', {}, { code })
    expect(shut.status).toBe(429)
    expect(Number(shut.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('does not answer under a name that a stranger may own, nor to a page of another origin', async () => {
    expect((await ask('GET', '/', { host: 'evil.example' })).status).toBe(421)
    for (const host of ['192.168.4.1:8480', '[fe80::1]:8480', 'paddy-7', 'paddy-7.local']) {
      expect((await ask('GET', '/api/mode', { host })).status, host).toBe(200)
    }
    const crossed = await ask('POST', '/api/session', { origin: 'http://evil.example' }, { code })
    expect(crossed.status).toBe(403)
    const typed = await ask('POST', '/api/session', { 'content-type': 'text/plain' }, { code })
    expect(typed.status).toBe(400)
  })

  it('passes each check by a reading after the beginning, and signs what came out', async () => {
    const own = { cookie: await signIn() }
    page.take([good(0.05)])
    const began = await ask('POST', '/api/checks', own, { phoneMs: Date.now() - 2000 })
    expect(JSON.parse(began.text)).toMatchObject({
      clock: { passed: true },
      uplink: { passed: false },
      devices: [{ answered: false, confirmed: 'no' }],
      passed: false,
    })
    expect(asked).toBe(1)
    const early = await ask('POST', '/api/checks/confirm', own, { device: 'level-1' })
    expect(early.status).toBe(400)
    page.take([good(0.05), good(0.06)])
    mark = { epoch: 'e', acked: 5, takenThrough: 7 }
    expect(await record(own)).toMatchObject({
      uplink: { passed: false },
      devices: [{ answered: true, confirmed: 'no' }],
    })
    mark = { epoch: 'e', acked: 6, takenThrough: 7 }
    page.take([good(1.2)])
    const done = await record(own)
    expect(done).toMatchObject({ gateway: 'kimitsu/paddy-7', passed: true, devices: [{ confirmed: 'change' }] })
    page.take([{ ...good(1.2, Date.now() + 1), value: null, quality: 'bad', reason: 'timeout' }])
    expect(await record(own)).toMatchObject({ passed: false, devices: [{ answered: false }] })
  })

  it('does not pass a clock that is far from that of the phone', async () => {
    const own = { cookie: await signIn() }
    const began = await ask('POST', '/api/checks', own, { phoneMs: Date.now() - 60_000 })
    expect(JSON.parse(began.text)).toMatchObject({ clock: { passed: false } })
  })

  it('streams every reading at once, then what is new', async () => {
    const own = { cookie: await signIn() }
    page.take([good(0.5)])
    const streaming = request({ port: page.port, path: '/api/live', agent: false, headers: own })
    streaming.end()
    const [response] = (await once(streaming, 'response')) as [IncomingMessage]
    const [first] = (await once(response.setEncoding('utf8'), 'data')) as [string]
    expect(first).toContain('"value":0.5')
    page.take([good(0.75)])
    const [second] = (await once(response, 'data')) as [string]
    expect(second).toContain('"value":0.75')
    streaming.destroy()
  })

  it('shows another program of the gateway only behind its own sign-in, without its cookie', async () => {
    expect((await ask('GET', '/flows/')).status).toBe(303)
    const cookie = await signIn()
    const passed = await ask('GET', '/flows/a?b=1', { cookie: `${cookie}; theirs=1` })
    expect(passed).toMatchObject({ status: 200, text: 'inner /flows/a?b=1' })
    expect(passedOn[0]?.headers.cookie).toBe('theirs=1')
    expect((await ask('GET', '/flows', { cookie })).headers.location).toBe('/flows/')
    expect((await ask('POST', '/flows/a', { cookie, origin: 'http://evil.example' }, {})).status).toBe(403)
  })

  it('passes a websocket on, and refuses one without a session', async () => {
    const cookie = await signIn()
    expect(await upgraded(cookie)).toContain('101 Switching')
    expect(await upgraded('musubi_local=guess')).toContain('401')
    expect(await upgraded(cookie, 'http://evil.example')).toContain('401')
    expect(passedOn).toHaveLength(1)
    expect(passedOn[0]?.headers.cookie).toBeUndefined()
  })
})

it('ends a websocket when its session ends', async () => {
  const cookie = await signIn()
  const socket = connect(page.port, '127.0.0.1')
  socket.write(
    `GET /flows/comms HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nCookie: ${cookie}\r\n\r\n`,
  )
  await once(socket, 'data')
  await ask('POST', '/api/session/end', { cookie }, {})
  const closed = once(socket, 'close')
  upgradedInside.at(-1)?.write('beat')
  await closed
})

async function record(own: Record<string, string>): Promise<CommissioningRecord> {
  const { status, text } = await ask('POST', '/api/checks/record', own, {})
  expect(status).toBe(200)
  const signed = JSON.parse(text) as SignedRecord
  return JSON.parse(Buffer.from(signed.record, 'base64url').toString()) as CommissioningRecord
}

async function upgraded(cookie: string, origin?: string): Promise<string> {
  const socket = connect(page.port, '127.0.0.1')
  const from = origin === undefined ? '' : `Origin: ${origin}\r\n`
  socket.write(
    `GET /flows/comms HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${from}Cookie: ${cookie}\r\n\r\n`,
  )
  const [first] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return first.toString()
}
