// R6: who must not come in does not, at any of the hub's doors; each refusal leaves a trace, and each has its documented way back.
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBroker, type Broker } from '../../broker/broker.ts'
import { silentLog, systemClock, type Clock, type Log } from '../../broker/contract/ports.ts'
import { gatewayKey, topicOf } from '../../broker/contract/topics.ts'
import { startEnrolmentServer, type EnrolmentServer } from '../../cloud/http/enrolment-server.ts'
import { startGatewayServer, type GatewayServer } from '../../cloud/http/gateway-server.ts'
import { type Authority, openAuthority } from '../../provisioning/authority.ts'
import { generateKeyPair, privateKeyPem } from '../../provisioning/certificates.ts'
import type { ClaimText } from '../../provisioning/est/claim-text.ts'
import { EnrolmentStore } from '../../provisioning/est/enrolment-store.ts'
import { addEstRoutes } from '../../provisioning/est/est-routes.ts'
import { enrol, hashOfCertificate, renew } from '../../provisioning/est/est-client.ts'
import type { CredentialPems } from '../../provisioning/identity/gateway-credentials.ts'
import { openRevocations, type RevocationList } from '../../provisioning/registry/revocations.ts'
import { WireClient } from '../broker/running-broker.ts'

const dayMs = 86_400_000
let folder: string
let authority: Authority
let enrolment: EnrolmentStore
let revocations: RevocationList
let broker: Broker
let https: GatewayServer
let est: EnrolmentServer
let boxes = 0
/** Warnings of the three doors, as the log of a hub keeps them. */
const warnings: { readonly fields: Readonly<Record<string, unknown>>; readonly message: string }[] = []
const metrics = new Registry()
const log: Log = { ...silentLog, warn: (fields, message) => warnings.push({ fields, message }) }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-refusals-'))
  const at = join(folder, 'authority')
  authority = await openAuthority({ folder: at, clock: systemClock, log: silentLog })
  enrolment = new EnrolmentStore(at, systemClock)
  revocations = await openRevocations({ folder: at, clock: systemClock })
  const credentials = await authority.serverCredentials({ names: [] })
  const given = { clock: systemClock, log, revocations }
  broker = await createBroker({
    folder: join(folder, 'broker'),
    ...given,
    tls: { port: 0, host: '127.0.0.1', credentials, revocations },
    registry: metrics,
  })
  const door = { host: '127.0.0.1', port: 0, credentials, metrics }
  const routes = [
    (
      server: Parameters<Parameters<typeof startGatewayServer>[0]['routes'][number]>[0],
      identityOf: (request: never) => unknown,
    ) => {
      server.get('/who', (request) => identityOf(request as never))
    },
  ]
  https = await startGatewayServer({ ...door, ...given, routes })
  est = await startEnrolmentServer({
    ...door,
    routes: (server, onAttempt) => addEstRoutes(server, { ...given, authority, enrolment, onAttempt }),
  })
})

afterAll(async () => {
  await est.close()
  await https.close()
  await broker.close()
  enrolment.close()
  await rm(folder, { recursive: true })
})

type Box = CredentialPems & { readonly identity: { readonly tenant: string; readonly gateway: string } }

const newBox = () => ({ tenant: 'kimitsu', gateway: `box-${(boxes += 1)}` })
const newKey = async () => privateKeyPem((await generateKeyPair()).privateKey)
const hub = () => `127.0.0.1:${est.port}`

function newClaim(identity: Box['identity'], days = 1): ClaimText {
  const [claim] = enrolment.createClaims([{ identity, site: '', profile: '', expiresMs: Date.now() + days * dayMs }])
  return { hub: hub(), caHash: hashOfCertificate(authority.caPem), claim: claim!.id, secret: claim!.secret, identity }
}

async function issued(by: Authority, identity = newBox()): Promise<Box> {
  const { certificatePem, keyPem } = await by.issueGateway(identity)
  return { certificatePem, keyPem, caPem: authority.caPem, identity }
}

/** An authority on the same files whose certificates ended yesterday. */
async function issuedLongAgo(): Promise<Box> {
  const longAgo: Clock = { ...systemClock, now: () => Date.now() - 91 * dayMs }
  return issued(await openAuthority({ folder: join(folder, 'authority'), clock: longAgo, log: silentLog }))
}

const optionsOf = (port: number, box: Partial<Box>): ConnectionOptions => ({
  host: '127.0.0.1',
  port,
  ca: authority.caPem,
  ...(box.certificatePem === undefined ? {} : { cert: box.certificatePem, key: box.keyPem }),
})

/** Whether an MQTT connection of this box is accepted. */
async function entersMqtt(box: Partial<Box>): Promise<boolean> {
  const socket = connect(optionsOf(broker.ports.tls ?? 0, box))
  const client = await WireClient.connect(socket, { clientId: gatewayKey(box.identity ?? newBox()) })
  const [first] = client.received
  if (!client.closed) await client.close()
  return first?.cmd === 'connack' && first.returnCode === 0
}

/** Whether a request of this box is answered by the HTTPS door. */
function entersHttps(box: Partial<Box>): Promise<boolean> {
  return new Promise((resolve) => {
    const { host, ...tls } = optionsOf(https.port, box)
    const request = httpsRequest({ host: host!, ...tls, path: '/who', agent: false } as object, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
    request.end()
  })
}

/** What the EST door says to a renewal: its status. */
async function statusOfRenewal(box: Partial<Box>): Promise<number> {
  const { createRequest } = await import('../../provisioning/certificate-request.ts')
  const csr = await createRequest(await generateKeyPair(), box.identity ?? newBox())
  const body = Buffer.from(csr).toString('base64')
  return new Promise((resolve, reject) => {
    const { host, ...tls } = optionsOf(est.port, box)
    const headers = { 'content-type': 'application/pkcs10' }
    const at = { host: host!, ...tls, path: '/.well-known/est/simplereenroll', method: 'POST', headers, agent: false }
    const request = httpsRequest(at as object, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end(body)
  })
}

const counted = async (line: string): Promise<number> =>
  Number(
    (await metrics.metrics())
      .split('\n')
      .find((one) => one.startsWith(`${line} `))
      ?.split(' ')[1] ?? 0,
  )

interface Wrong {
  readonly what: string
  readonly make: () => Promise<Partial<Box>>
  /** Counter of the broker and of HTTPS that tells of it. */
  readonly reason: 'tls' | 'certificate'
  readonly renewal: { readonly status: number; readonly audit: { readonly action: string; readonly outcome: string } }
  /** What docs/security.md tells the operator to do; returns a box that must be let in. */
  readonly wayBack: (box: Partial<Box>) => Promise<Box>
}

const enrolAnew = async (box: Partial<Box>): Promise<Box> => {
  const identity = box.identity ?? newBox()
  return { ...(await enrol(newClaim(identity), await newKey())), identity }
}

const wrongs: readonly Wrong[] = [
  {
    what: 'without a certificate',
    make: async () => ({ identity: newBox() }),
    reason: 'tls',
    renewal: { status: 401, audit: { action: 'renew', outcome: 'no-certificate' } },
    wayBack: enrolAnew,
  },
  {
    what: 'with an expired certificate',
    make: issuedLongAgo,
    reason: 'tls',
    renewal: { status: 202, audit: { action: 'late-renewal', outcome: 'asked' } },
    wayBack: async (box) => {
      const old = box as Box
      const asked = await renew(hub(), old)
      if (asked.kind !== 'pending') throw new Error('nobody has approved it')
      const serial = new X509Certificate(old.certificatePem).serialNumber.toLowerCase()
      enrolment.decideLateRenewal(serial, 'approved', 'sato')
      const renewal = await renew(hub(), old, asked.keyPem)
      if (renewal.kind !== 'renewed') throw new Error('it was approved')
      return { ...renewal.credentials, identity: old.identity }
    },
  },
  {
    what: 'with a revoked certificate',
    make: async () => {
      const box = await issued(authority)
      await revocations.revoke(new X509Certificate(box.certificatePem).serialNumber, 'stolen')
      return box
    },
    reason: 'certificate',
    renewal: { status: 403, audit: { action: 'renew', outcome: 'certificate' } },
    wayBack: enrolAnew,
  },
  {
    what: 'with a certificate of another authority',
    make: async () =>
      issued(await openAuthority({ folder: join(folder, 'foreign'), clock: systemClock, log: silentLog })),
    reason: 'tls',
    renewal: { status: 403, audit: { action: 'renew', outcome: 'certificate' } },
    wayBack: enrolAnew,
  },
]

describe.each(wrongs)('a gateway $what', ({ make, reason, renewal, wayBack }) => {
  it('is refused over MQTT, and the log and a counter say so', async () => {
    const before = await counted(`musubi_broker_denials_total{reason="${reason}"}`)
    warnings.length = 0
    expect(await entersMqtt(await make())).toBe(false)
    expect(await counted(`musubi_broker_denials_total{reason="${reason}"}`)).toBe(before + 1)
    expect(warnings).toMatchObject([{ fields: { code: 'identity.invalid', remote: '127.0.0.1' } }])
  })

  it('is refused over HTTPS, and the log and a counter say so', async () => {
    const before = await counted(`musubi_https_denials_total{reason="${reason}"}`)
    warnings.length = 0
    expect(await entersHttps(await make())).toBe(false)
    expect(await counted(`musubi_https_denials_total{reason="${reason}"}`)).toBe(before + 1)
    expect(warnings).toMatchObject([{ fields: { code: 'identity.invalid', remote: '127.0.0.1', reason } }])
  })

  it('gets no certificate by EST, and the audit says why', async () => {
    expect(await statusOfRenewal(await make())).toBe(renewal.status)
    expect(enrolment.auditTrail(1)).toMatchObject([{ ...renewal.audit, remote: '127.0.0.1' }])
  })

  it('comes back by the way that is documented', async () => {
    const box = await make()
    const back = await wayBack(box)
    expect([await entersMqtt(back), await entersHttps(back)]).toEqual([true, true])
  })
})

describe('a gateway with a right certificate', () => {
  it('is cut off where it publishes outside its topics, which the log says, and comes back to its own', async () => {
    const box = await issued(authority)
    const client = await WireClient.connect(connect(optionsOf(broker.ports.tls ?? 0, box)), {
      clientId: gatewayKey(box.identity),
    })
    warnings.length = 0
    const other = topicOf({ ...box.identity, gateway: 'other' }, 'telemetry')
    await expect(client.publish(other, 'x')).rejects.toThrow()
    expect(warnings).toMatchObject([{ fields: { code: 'topic.forbidden', remote: '127.0.0.1' } }])
    const again = await WireClient.connect(connect(optionsOf(broker.ports.tls ?? 0, box)), {
      clientId: gatewayKey(box.identity),
    })
    await again.publish(topicOf(box.identity, 'telemetry'), 'x')
    await again.close()
  })
})

describe('a claim', () => {
  const refusal = (text: ClaimText) => newKey().then((key) => enrol(text, key))

  const untouched = (): Promise<void> => Promise.resolve()
  const used = async (text: ClaimText): Promise<void> => void (await enrol(text, await newKey()))
  const replaced = async ({ identity }: ClaimText): Promise<void> => void newClaim(identity)

  it.each([
    ['that was used', 'used', used],
    ['whose secret is guessed', 'secret', untouched],
    ['that has expired', 'expired', untouched],
    ['that a newer one has replaced', 'unknown', replaced],
  ] as const)('%s is refused and audited, and a fresh claim brings the gateway back', async (_, outcome, before) => {
    const identity = newBox()
    const text = newClaim(identity, outcome === 'expired' ? -1 : 1)
    await before(text)
    const tried = outcome === 'secret' ? { ...text, secret: 'z'.repeat(26) } : text
    await expect(refusal(tried)).rejects.toThrow('401')
    expect(enrolment.auditTrail(1)).toMatchObject([{ action: 'enrol', outcome, remote: '127.0.0.1' }])
    expect(await entersMqtt(await enrolAnew({ identity }))).toBe(true)
  })

  it('is asked for, and its absence audited, at no more than ten a minute for an address', async () => {
    const at = { host: '127.0.0.1', port: est.port, ca: authority.caPem, agent: false }
    const headers = { 'content-type': 'application/pkcs10' }
    const ask = () =>
      new Promise<number>((resolve, reject) => {
        const request = httpsRequest(
          { ...at, path: '/.well-known/est/simpleenroll', method: 'POST', headers },
          (response) => {
            response.resume()
            resolve(response.statusCode ?? 0)
          },
        )
        request.on('error', reject)
        request.end('x')
      })
    for (let time = 0; time < 15; time += 1) expect(await ask()).toBe(401)
    const told = enrolment.auditTrail(1000).filter(({ outcome }) => outcome.startsWith('no-'))
    expect(told.length).toBe(10)
    expect(await counted('musubi_enrolments_total{action="enrol",outcome="no-claim"}')).toBe(15)
  })
})
