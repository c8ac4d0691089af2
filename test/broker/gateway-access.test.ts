// Who gets in through the TLS listener, and what a gateway may do there (R6, and the broker's part of issue 2).
import { X509Certificate } from 'node:crypto'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { openRevocations, type RevocationList } from '../../provisioning/registry/revocations.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { runBroker, WireClient, type RunningBroker } from './running-broker.ts'

const identity = { tenant: 'kimitsu', gateway: 'paddy-koito' }
const other = { tenant: 'kimitsu', gateway: 'other' }
const own = 'musubi/v1/kimitsu/paddy-koito'
let running: RunningBroker
let revocations: RevocationList
let listFolder: string

beforeAll(async () => {
  listFolder = await mkdtemp(join(tmpdir(), 'musubi-revoked-'))
  revocations = await openRevocations({ folder: listFolder, clock: systemClock })
  running = await runBroker({ revocations })
})
afterAll(async () => {
  await running.stop()
  await rm(listFolder, { recursive: true })
})

/** Resolves when the socket has ended, however TLS says so. */
async function refused(socket: TLSSocket): Promise<void> {
  socket.on('error', () => undefined)
  socket.resume()
  await new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())))
}

describe('the TLS listener', () => {
  it('admits a gateway with its certificate and passes its telemetry on', async () => {
    const operator = await running.connectOperator()
    await operator.subscribe('musubi/#')
    const gateway = await running.connectGateway(identity)
    await gateway.publish(`${own}/telemetry`, 'one')
    await operator.until(() => operator.messages.includes(`${own}/telemetry one`))
    await gateway.close()
    await operator.close()
  })

  it('refuses a client without a certificate, and says so in the log', async () => {
    const before = await running.metric('denials_total{reason="tls"}')
    const { cert: _cert, key: _key, ...anonymous } = await running.tlsOptions(identity)
    await refused(connectTls(anonymous))
    expect(await running.metric('denials_total{reason="tls"}')).toBe(before + 1)
    expect(running.warnings.some(({ fields }) => fields['code'] === 'identity.invalid')).toBe(true)
  })

  it('presents a renewed server certificate to new connections, and goes on asking for theirs', async () => {
    const renewed = await running.authority.serverCredentials({ names: ['renewed.example'] })
    const open = await running.connectGateway(identity)
    running.broker.renewCredentials(renewed)
    const socket = connectTls({ ...(await running.tlsOptions(other)), servername: 'renewed.example' })
    const late = await WireClient.connect(socket, { clientId: 'kimitsu/other' })
    expect(socket.getPeerCertificate().raw).toEqual(new X509Certificate(renewed.certificatePem).raw)
    expect(open.closed).toBe(false)
    const { cert: _cert, key: _key, ...anonymous } = await running.tlsOptions(identity)
    await refused(connectTls(anonymous))
    await late.close()
    await open.close()
  })

  it('refuses a certificate of another CA', async () => {
    const folder = join(running.folder, 'foreign')
    const foreign = await openAuthority({ folder, clock: systemClock, log: silentLog })
    const { certificatePem, keyPem } = await foreign.issueGateway(identity)
    const before = await running.metric('denials_total{reason="tls"}')
    await refused(connectTls({ ...(await running.tlsOptions(identity)), cert: certificatePem, key: keyPem }))
    expect(await running.metric('denials_total{reason="tls"}')).toBe(before + 1)
  })

  it('refuses an expired certificate', async () => {
    const longAgo = { ...systemClock, now: () => Date.now() - 91 * 86_400_000 }
    const folder = join(running.folder, 'authority')
    const past = await openAuthority({ folder, clock: longAgo, log: silentLog })
    const { certificatePem, keyPem, caPem } = await past.issueGateway(identity)
    const before = await running.metric('denials_total{reason="tls"}')
    const port = running.broker.ports.tls ?? 0
    await refused(connectTls({ host: '127.0.0.1', port, cert: certificatePem, key: keyPem, ca: caPem }))
    expect(await running.metric('denials_total{reason="tls"}')).toBe(before + 1)
  })

  it('refuses a server certificate used as a client', async () => {
    const { certificatePem, keyPem } = await running.authority.serverCredentials({ names: [] })
    await refused(connectTls({ ...(await running.tlsOptions(identity)), cert: certificatePem, key: keyPem }))
  })

  it('refuses a revoked certificate also when its TLS session is resumed', async () => {
    const options = await running.tlsOptions(identity)
    const first = connectTls(options)
    let session: Buffer | undefined
    first.on('session', (ticket: Buffer) => {
      session = ticket
    })
    const client = await WireClient.connect(first, { clientId: 'kimitsu/paddy-koito' })
    expect(client.received[0]).toMatchObject({ cmd: 'connack', returnCode: 0 })
    const serial = first.getCertificate() as { serialNumber: string }
    await client.close()
    await revocations.revoke(serial.serialNumber, 'stolen')
    const before = await running.metric('denials_total{reason="certificate"}')
    await refused(connectTls({ ...options, session }))
    expect(await running.metric('denials_total{reason="certificate"}')).toBe(before + 1)
  })

  it('speaks no TLS older than 1.2', async () => {
    const options = await running.tlsOptions(identity)
    await refused(connectTls({ ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }))
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('resumes %s sessions, after a restart too', async (version) => {
    const options = { ...(await running.tlsOptions(identity)), minVersion: version, maxVersion: version }
    async function visit(session: Buffer | undefined) {
      const socket = connectTls({ ...options, port: running.broker.ports.tls ?? 0, session })
      const tickets: Buffer[] = []
      socket.on('session', (ticket: Buffer) => tickets.push(ticket))
      const client = await WireClient.connect(socket, { clientId: 'kimitsu/paddy-koito' })
      await client.publish(`${own}/telemetry`, 'resumed')
      const reused = socket.isSessionReused()
      await client.close()
      return { reused, session: tickets.at(-1) ?? socket.getSession() }
    }
    const first = await visit(undefined)
    expect(first.reused).toBe(false)
    const second = await visit(first.session)
    expect(second.reused).toBe(true)
    expect(await running.metric('tls_sessions_resumed_total')).toBeGreaterThan(0)
    await running.restart()
    expect((await visit(second.session ?? first.session)).reused).toBe(true)
  })

  it('survives a client that speaks no TLS at all', async () => {
    const socket = createConnection(running.broker.ports.tls ?? 0, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.resume()
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await once(socket, 'close')
  })
})

describe("a gateway's rights", () => {
  it('end at its own topics: a publish elsewhere closes the connection and reaches nobody', async () => {
    const operator = await running.connectOperator()
    await operator.subscribe('#')
    for (const topic of [
      'musubi/v1/kimitsu/other/telemetry',
      `${own}/ack`,
      `${own}/desired`,
      'other',
      '$SYS/x',
      'musubi/v1',
    ]) {
      const gateway = await running.connectGateway(identity)
      gateway.send({ cmd: 'publish', topic, payload: 'x', qos: 1, messageId: 1, dup: false, retain: false })
      await gateway.until(() => gateway.closed)
      expect(gateway.received.map((packet) => packet.cmd)).toEqual(['connack'])
    }
    await operator.settled()
    expect(operator.messages).toEqual([])
    expect(await running.metric('denials_total{reason="publish"}')).toBeGreaterThanOrEqual(6)
    expect(running.warnings.some(({ fields }) => fields['code'] === 'topic.forbidden')).toBe(true)
    await operator.close()
  })

  it('answer a SUBSCRIBE outside them with 0x80, filter by filter', async () => {
    const gateway = await running.connectGateway(identity)
    const filters = ['#', `${own}/ack`, `${own}/#`, 'musubi/v1/+/+/telemetry', `${own}/command/+`, '$SYS/#']
    gateway.send({
      cmd: 'subscribe',
      messageId: 9,
      subscriptions: filters.map((topic) => ({ topic, qos: 1 as const })),
    })
    expect((await gateway.next('suback')).granted).toEqual([0x80, 1, 0x80, 0x80, 1, 0x80])
    await gateway.close()
  })

  it('are not widened by a persistent session: denied filters and foreign sessions deliver nothing', async () => {
    const clientId = 'kimitsu/paddy-koito'
    // An operator's session under the same client id, with a subscription that the gateway may not have.
    const planted = await running.connectOperator({ clientId, clean: false })
    await planted.subscribe('musubi/v1/kimitsu/other/telemetry')
    await planted.close()
    const gateway = await running.connectGateway(identity, { clean: false })
    gateway.send({
      cmd: 'subscribe',
      messageId: 5,
      subscriptions: [
        { topic: `${own}/ack`, qos: 1 },
        { topic: 'musubi/v1/kimitsu/+/desired', qos: 1 },
      ],
    })
    expect((await gateway.next('suback')).granted).toEqual([1, 0x80])
    await gateway.close()
    const operator = await running.connectOperator()
    await operator.publish('musubi/v1/kimitsu/other/telemetry', 'secret')
    await operator.publish('musubi/v1/kimitsu/other/desired', 'secret')
    await operator.publish(`${own}/ack`, 'mine')
    const back = await running.connectGateway(identity, { clean: false })
    await back.until(() => back.messages.length > 0)
    await back.settled()
    expect(back.messages).toEqual([`${own}/ack mine`])
    await back.disconnect()
    const clean = await running.connectGateway(identity)
    await clean.disconnect()
    await operator.close()
  })

  it('allow no client id but the identity, and no last will elsewhere', async () => {
    const returnCodeOf = async (connect: Parameters<RunningBroker['connectGateway']>[1]) => {
      const client = await running.connectGateway(identity, connect)
      const connack = await client.next('connack')
      await client.until(() => client.closed)
      return connack.returnCode
    }
    expect(await returnCodeOf({ clientId: 'kimitsu/other' })).toBe(2)
    expect(await returnCodeOf({ clientId: '' })).toBe(2)
    expect(await returnCodeOf({ keepalive: 0 })).toBe(5)
    expect(await returnCodeOf({ keepalive: 65_535 })).toBe(5)
    const will = { topic: 'musubi/v1/kimitsu/other/status', payload: Buffer.from('x'), qos: 1, retain: true } as const
    expect(await returnCodeOf({ will })).toBe(5)
  })

  it('strip the retain flag from readings, so that they are not delivered again as new', async () => {
    const gateway = await running.connectGateway(identity)
    await gateway.publish(`${own}/telemetry`, 'reading', { retain: true })
    await gateway.publish(`${own}/status`, 'online', { retain: true })
    expect(running.broker.retained(`${own}/telemetry`)).toEqual([])
    expect(running.broker.retained('musubi/v1/+/+/status').map(({ payload }) => payload.toString())).toContain('online')
    await gateway.close()
  })
})
