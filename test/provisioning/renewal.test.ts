// A gateway whose certificate is old: the running agent renews it by itself, and one that is too late waits for a person.
import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { authorityFolder } from '../../bin/commands/ca.ts'
import { run as runClaim } from '../../bin/commands/claim.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { EnrolmentStore } from '../../provisioning/est/enrolment-store.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'

const dayMs = 86_400_000
const identity = { tenant: 'kimitsu', gateway: 'old-one' }
let folder: string
let data: string
let hub: HubUnderTest

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-renewal-'))
  data = join(folder, 'hub')
  hub = await createHub(data)
}, 120_000)

afterEach(async () => {
  await hub.end('SIGKILL')
  await rm(folder, { recursive: true })
})

const out = () => join(folder, 'gateway')
const certificateFile = () => join(out(), 'gateway.cert.pem')
const certificate = async () => new X509Certificate(await readFile(certificateFile()))

/** A gateway with a certificate that was issued so many days ago. */
async function startGateway(ageDays: number): Promise<Program> {
  const clock = { ...systemClock, now: () => Date.now() - ageDays * dayMs }
  const authority = await openAuthority({ folder: authorityFolder(data), clock, log: silentLog })
  const issued = await authority.issueGateway(identity)
  await mkdir(out())
  await writeFile(join(out(), 'gateway.key.pem'), issued.keyPem)
  await writeFile(certificateFile(), issued.certificatePem)
  await writeFile(join(out(), 'ca.cert.pem'), issued.caPem)
  const certificates = { ca: 'ca.cert.pem', certificate: 'gateway.cert.pem', key: 'gateway.key.pem' }
  const address = { url: `mqtts://127.0.0.1:${hub.mqttsPort}`, est: `https://127.0.0.1:${hub.estPort}` }
  const uplink = { reconnectBaseMs: 100, reconnectCapMs: 500 }
  const file = {
    ...identity,
    data: './data',
    hub: { ...address, ...certificates },
    uplink,
    connections: [],
    devices: [],
  }
  await writeFile(join(out(), 'gateway.yaml'), stringify(file))
  const program = startProgram(['edge', '--config', join(out(), 'gateway.yaml')])
  onTestFinished(async () => void (await program.end('SIGKILL')))
  return program
}

describe('the certificate of a running gateway', { timeout: 240_000 }, () => {
  it('is renewed at two thirds of its life, with another key, without a word from anybody', async () => {
    const gateway = await startGateway(70)
    const before = await certificate()
    await gateway.logged('the certificate was renewed')
    const after = await certificate()
    expect(Date.parse(after.validTo) - Date.now()).toBeGreaterThan(89 * dayMs)
    expect(after.publicKey.equals(before.publicKey)).toBe(false)
    expect(after.subjectAltName).toBe(before.subjectAltName)
  })

  it('comes back after its end once a person has approved it, and the gateway goes online', async () => {
    const gateway = await startGateway(100)
    await gateway.logged('the certificate has expired; somebody at the hub must approve a new one')
    const { serialNumber } = await certificate()
    const enrolment = new EnrolmentStore(authorityFolder(data), systemClock)
    onTestFinished(() => enrolment.close())
    expect(enrolment.lateRenewals()).toMatchObject([{ gateway: 'kimitsu/old-one', state: 'asked' }])
    expect(await runClaim(['approve', '--data', data, '--serial', serialNumber, '--by', 'sato'])).toBe(0)
    // Within five minutes by itself; at once after a restart.
    await gateway.end('SIGTERM')
    const restarted = startProgram(['edge', '--config', join(out(), 'gateway.yaml')])
    onTestFinished(async () => void (await restarted.end('SIGKILL')))
    await restarted.logged('the certificate was renewed')
    await restarted.logged('connected to the hub')
    const online = await until('the gateway at the hub', 60_000, async () => {
      const { items } = (await (await hub.get('/api/v1/gateways')).json()) as { items: { id: string; state: string }[] }
      return items.find(({ id, state }) => id === 'kimitsu/old-one' && state === 'online')
    })
    expect(online.state).toBe('online')
  })
})
