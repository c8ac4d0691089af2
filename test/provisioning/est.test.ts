// EST seen from outside: an independent client made of openssl and curl, and our own, against a real listener.
import { execFile } from 'node:child_process'
import { createHash, createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock, type Clock } from '../../broker/contract/ports.ts'
import { startEnrolmentServer, type EnrolmentServer } from '../../cloud/http/enrolment-server.ts'
import { placeUnderRoot } from '../../provisioning/authority-files.ts'
import { type Authority, openAuthority } from '../../provisioning/authority.ts'
import { generateKeyPair, privateKeyPem } from '../../provisioning/certificates.ts'
import { EnrolmentStore, type ClaimWithSecret } from '../../provisioning/est/enrolment-store.ts'
import { addEstRoutes } from '../../provisioning/est/est-routes.ts'
import { enrol, hashOfCertificate, renew } from '../../provisioning/est/est-client.ts'
import { checkGatewayCredentials, matchGatewayCredentials } from '../../provisioning/identity/gateway-credentials.ts'
import { openRevocations, type RevocationList } from '../../provisioning/registry/revocations.ts'
import { createRoot } from '../../provisioning/root-key.ts'
import { debianPackage } from '../debian.ts'

const dayMs = 86_400_000
const identity = { tenant: 'kimitsu', gateway: 'paddy-7' }
let folder: string
let nowMs: number
let authority: Authority
let enrolment: EnrolmentStore
let revocations: RevocationList
let server: EnrolmentServer
let metrics: Registry

const clock: Clock = { ...systemClock, now: () => nowMs }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-est-'))
  nowMs = Date.now()
  const root = await createRoot({ folder: join(folder, 'root'), passphrase: 'a long passphrase' }, nowMs)
  await placeUnderRoot(join(folder, 'authority'), root, nowMs)
  const authorityFolder = join(folder, 'authority')
  authority = await openAuthority({ folder: authorityFolder, clock, log: silentLog })
  enrolment = new EnrolmentStore(authorityFolder, clock)
  revocations = await openRevocations({ folder: authorityFolder, clock })
  metrics = new Registry()
  server = await startEnrolmentServer({
    host: '127.0.0.1',
    port: 0,
    credentials: await authority.serverCredentials({ names: [] }),
    routes: (est, onAttempt) =>
      addEstRoutes(est, { authority, enrolment, revocations, clock, log: silentLog, onAttempt }),
    metrics,
  })
})

afterEach(async () => {
  await server.close()
  enrolment.close()
  await rm(folder, { recursive: true })
})

function newClaim(days = 7): ClaimWithSecret {
  const [claim] = enrolment.createClaims([{ identity, site: '', profile: '', expiresMs: nowMs + days * dayMs }])
  return claim!
}

const hub = () => `127.0.0.1:${server.port}`
const newKey = async () => privateKeyPem((await generateKeyPair()).privateKey)
const textOf = ({ id, secret }: ClaimWithSecret) => ({
  hub: hub(),
  caHash: hashOfCertificate(authority.caPem),
  claim: id,
  secret,
  identity,
})

describe('enrolment by our own client', () => {
  it('brings a certificate under the root that the label names, for a key that never leaves the gateway', async () => {
    const credentials = await enrol(textOf(newClaim()), await newKey())
    expect(checkGatewayCredentials(credentials, nowMs).identity).toEqual(identity)
    expect(credentials.caPem).toContain(authority.caPem.trim())
    expect(enrolment.auditTrail(1)).toMatchObject([{ action: 'enrol', outcome: 'granted', subject: 'kimitsu/paddy-7' }])
  })

  it('trusts no hub but the one of the label, and tells it nothing', async () => {
    const claim = newClaim()
    const caHash = createHash('sha256').update('another').digest('base64url')
    await expect(enrol({ ...textOf(claim), caHash }, await newKey())).rejects.toThrow('not the hub of this label')
    expect(enrolment.auditTrail(2)).toMatchObject([{ action: 'claim', outcome: 'made' }])
  })

  it('answers the same key again, because an answer may be lost, and no other key', async () => {
    const claim = newClaim()
    const keyPem = await newKey()
    await enrol(textOf(claim), keyPem)
    const again = await enrol(textOf(claim), keyPem)
    expect(checkGatewayCredentials(again, nowMs).identity).toEqual(identity)
    await expect(enrol(textOf(claim), await newKey())).rejects.toMatchObject({ code: 'identity.invalid' })
    expect(enrolment.auditTrail(1)).toMatchObject([{ outcome: 'used' }])
  })

  it('gives nothing again to a box that was replaced or revoked, though it has key and label still', async () => {
    const [claim, keyPem] = [newClaim(), await newKey()]
    await enrol(textOf(claim), keyPem)
    nowMs += 1000
    const [newer, newerKey] = [newClaim(), await newKey()]
    const { certificatePem } = await enrol(textOf(newer), newerKey)
    await expect(enrol(textOf(claim), keyPem)).rejects.toMatchObject({ code: 'identity.invalid' })
    expect(enrolment.auditTrail(1)).toMatchObject([{ outcome: 'revoked' }])
    await enrol(textOf(newer), newerKey)
    await revocations.revoke(new X509Certificate(certificatePem).serialNumber, 'stolen')
    await expect(enrol(textOf(newer), newerKey)).rejects.toMatchObject({ code: 'identity.invalid' })
    await enrol(textOf(newClaim()), await newKey())
  })

  it('shuts out the old box also where the hub ended right after the claim was used', async () => {
    const old = new X509Certificate((await enrol(textOf(newClaim()), await newKey())).certificatePem)
    nowMs += 1000
    const [claim, keyPem] = [newClaim(), await newKey()]
    const publicKey = createPublicKey(keyPem).export({ type: 'spki', format: 'der' })
    const keyHash = createHash('sha256').update(publicKey).digest('hex')
    expect(enrolment.useClaim(claim.id, claim.secret, keyHash).kind).toBe('granted')
    expect(revocations.isRevoked(old.serialNumber)).toBe(false)
    nowMs += 1000
    const { certificatePem } = await enrol(textOf(claim), keyPem)
    expect(enrolment.auditTrail(1)).toMatchObject([{ outcome: 'again' }])
    expect(revocations.isRevoked(old.serialNumber)).toBe(true)
    expect(revocations.isRevoked(new X509Certificate(certificatePem).serialNumber)).toBe(false)
    await enrol(textOf(claim), keyPem)
    expect(revocations.isRevoked(new X509Certificate(certificatePem).serialNumber)).toBe(false)
  })

  it('refuses an expired claim and one that a newer label has replaced', async () => {
    const old = newClaim()
    const replaced = enrol(textOf(newClaim(-1)), await newKey())
    await expect(replaced).rejects.toMatchObject({ code: 'identity.invalid' })
    expect(enrolment.auditTrail(1)).toMatchObject([{ outcome: 'expired' }])
    await expect(enrol(textOf(old), await newKey())).rejects.toMatchObject({ code: 'identity.invalid' })
    expect(enrolment.auditTrail(1)).toMatchObject([{ outcome: 'unknown' }])
  })

  it('writes down what a stranger calls himself on one line, without what steers a terminal', async () => {
    const id = 'a\n2026-01-01\tenrol\tgranted\u001b[2J'
    const claim = { id, secret: 's', identity, site: '', profile: '', expiresMs: 0, usedMs: undefined }
    await expect(enrol(textOf(claim), await newKey())).rejects.toMatchObject({ code: 'identity.invalid' })
    const [entry] = enrolment.auditTrail(1)
    expect(entry).toMatchObject({ outcome: 'unknown' })
    expect(entry?.subject).not.toMatch(/\p{C}/u)
  })

  it('stops listening to an address that guesses, and kills a claim that is guessed at', async () => {
    const claim = newClaim()
    const wrong = { ...textOf(claim), secret: 'z'.repeat(26) }
    for (let guess = 0; guess < 10; guess += 1) {
      await expect(enrol(wrong, await newKey())).rejects.toThrow('401')
    }
    await expect(enrol(textOf(claim), await newKey())).rejects.toMatchObject({ code: 'uplink.refused' })
    expect(enrolment.auditTrail(1)).toMatchObject([{ action: 'rate-limit' }])
    expect(enrolment.useClaim(claim.id, claim.secret, 'key')).toEqual({ kind: 'refused', reason: 'locked' })
    expect(await metrics.metrics()).toContain('musubi_enrolments_total{action="enrol",outcome="secret"} 10')
  })

  it('revokes what the gateway had before, because another box stands in its place', async () => {
    const first = await enrol(textOf(newClaim()), await newKey())
    await enrol(textOf(newClaim()), await newKey())
    const { serialNumber } = new X509Certificate(first.certificatePem)
    expect(revocations.isRevoked(serialNumber)).toBe(true)
    const late = renew(hub(), { ...first, identity })
    await expect(late).rejects.toThrow('is revoked')
  })
})

describe('renewal by our own client', () => {
  it('brings another key and certificate for the same names', async () => {
    const first = await enrol(textOf(newClaim()), await newKey())
    const renewal = await renew(hub(), { ...first, identity })
    if (renewal.kind !== 'renewed') throw new Error('it is pending')
    expect(checkGatewayCredentials(renewal.credentials, nowMs).identity).toEqual(identity)
    expect(renewal.credentials.keyPem).not.toBe(first.keyPem)
    expect(revocations.isRevoked(new X509Certificate(first.certificatePem).serialNumber)).toBe(false)
  })

  it('waits for a person where the certificate has expired, and holds for the key that asked', async () => {
    const first = await enrol(textOf(newClaim()), await newKey())
    nowMs += 120 * dayMs
    const asked = await renew(hub(), { ...first, identity })
    if (asked.kind !== 'pending') throw new Error('nobody approved it')
    expect(asked.retryAfterS).toBe(300)
    const [waiting] = enrolment.lateRenewals()
    expect(waiting).toMatchObject({ gateway: 'kimitsu/paddy-7', state: 'asked' })
    enrolment.decideLateRenewal(waiting!.serial, 'approved', 'sato')
    await expect(renew(hub(), { ...first, identity })).rejects.toThrow('refused')
    const renewal = await renew(hub(), { ...first, identity }, asked.keyPem)
    if (renewal.kind !== 'renewed') throw new Error('it is still pending')
    expect(matchGatewayCredentials(renewal.credentials, nowMs)).toMatchObject({ identity, expiry: undefined })
  })

  it('refuses a certificate of another authority, and a late one that a person has refused', async () => {
    const foreign = await openAuthority({ folder: join(folder, 'foreign'), clock, log: silentLog })
    const stranger = { ...(await foreign.issueGateway(identity)), caPem: authority.caPem, identity }
    await expect(renew(hub(), stranger)).rejects.toThrow('not from this authority')
    const first = await enrol(textOf(newClaim()), await newKey())
    nowMs += 91 * dayMs
    await renew(hub(), { ...first, identity })
    enrolment.decideLateRenewal(enrolment.lateRenewals()[0]!.serial, 'refused', 'sato')
    await expect(renew(hub(), { ...first, identity })).rejects.toThrow('refused')
  })
})

describe.skipIf(!debianPackage('curl') || !debianPackage('openssl'))('seen by openssl and curl', () => {
  const program = promisify(execFile)
  const file = (name: string) => join(folder, name)
  const openssl = (...args: readonly string[]) => program('openssl', [...args])

  /** Status, then body. */
  async function curl(path: string, ...more: readonly string[]): Promise<readonly [number, string]> {
    const url = `https://127.0.0.1:${server.port}/.well-known/est${path}`
    const { stdout } = await program('curl', [
      '-sS',
      '--cacert',
      file('root.pem'),
      '-w',
      '\n%{http_code}',
      ...more,
      url,
    ])
    const at = stdout.lastIndexOf('\n')
    return [Number(stdout.slice(at + 1)), stdout.slice(0, at)]
  }

  const type = ['-H', 'Content-Type: application/pkcs10']
  const post = (name: string): readonly string[] => [...type, '--data-binary', `@${file(name)}`]

  async function newRequest(name: string, subject: string, extension?: string): Promise<void> {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file(`${name}.key`)]
    const names = extension === undefined ? [] : ['-addext', extension]
    await openssl('req', '-new', ...curve, '-subj', subject, ...names, '-outform', 'DER', '-out', file(`${name}.der`))
    await openssl('base64', '-in', file(`${name}.der`), '-out', file(`${name}.b64`))
  }

  async function certificateIn(base64: string, name: string): Promise<string> {
    await writeFile(file(`${name}.p7`), Buffer.from(base64, 'base64'))
    const { stdout } = await openssl('pkcs7', '-inform', 'DER', '-in', file(`${name}.p7`), '-print_certs')
    await writeFile(file(`${name}.pem`), stdout)
    return stdout
  }

  beforeEach(() => writeFile(file('root.pem'), authority.caPem))

  it('gives the CAs, the attributes of a request, and a revocation list', async () => {
    const [status, body] = await curl('/cacerts')
    expect(status).toBe(200)
    expect((await certificateIn(body, 'cas')).match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    const [, attributes] = await curl('/kimitsu/csrattrs')
    await writeFile(file('attributes.der'), Buffer.from(attributes, 'base64'))
    const { stdout } = await openssl('asn1parse', '-inform', 'DER', '-in', file('attributes.der'))
    expect(stdout).toMatch(/id-ecPublicKey[\s\S]*prime256v1[\s\S]*ecdsa-with-SHA256/)
    const list = await fetchList()
    expect(list).toContain('No Revoked Certificates')
  })

  it('enrols with a claim and renews with the certificate', async () => {
    const { id, secret } = newClaim()
    const names = ['/CN=kimitsu\\/paddy-7', 'subjectAltName=URI:urn:musubi:kimitsu:paddy-7'] as const
    await newRequest('first', ...names)
    const [status, body] = await curl('/simpleenroll', '-u', `${id}:${secret}`, ...post('first.b64'))
    expect(status).toBe(200)
    await certificateIn(body, 'first')
    await writeFile(file('issuing.pem'), authority.chain.at(-1)!)
    const under = ['-CAfile', file('root.pem'), '-untrusted', file('issuing.pem')]
    const { stdout } = await openssl('verify', '-x509_strict', ...under, '-purpose', 'sslclient', file('first.pem'))
    expect(stdout).toContain('OK')
    await newRequest('second', ...names)
    const own = ['--cert', file('first.pem'), '--key', file('first.key')]
    const [renewed, answer] = await curl('/kimitsu/simplereenroll', ...own, ...post('second.b64'))
    expect(renewed).toBe(200)
    expect(new X509Certificate(await certificateIn(answer, 'second')).subjectAltName).toBe(
      'URI:urn:musubi:kimitsu:paddy-7',
    )
    await newRequest('other', '/CN=other', 'subjectAltName=URI:urn:musubi:kimitsu:other')
    expect((await curl('/simplereenroll', ...own, ...post('other.b64')))[0]).toBe(403)
  })

  it('gives each wrong request the status of its fault', async () => {
    const { id, secret } = newClaim()
    await newRequest('right', '/CN=x')
    await writeFile(file('rubbish.b64'), Buffer.from('no request').toString('base64'))
    await writeFile(file('text.b64'), 'this is no base64!')
    await openssl('genrsa', '-out', file('rsa.key'), '2048')
    await openssl('req', '-new', '-key', file('rsa.key'), '-subj', '/CN=x', '-outform', 'DER', '-out', file('rsa.der'))
    await openssl('base64', '-in', file('rsa.der'), '-out', file('rsa.b64'))
    const basic = ['-u', `${id}:${secret}`]
    const status = async (...args: Parameters<typeof curl>) => (await curl(...args))[0]
    expect(await status('/simpleenroll', ...post('right.b64'))).toBe(401)
    expect(await status('/simpleenroll', '-u', `${id}:wrong`, ...post('right.b64'))).toBe(401)
    expect(await status('/chiba/simpleenroll', ...basic, ...post('right.b64'))).toBe(401)
    for (const name of ['rubbish', 'text', 'rsa']) {
      expect(await status('/simpleenroll', ...basic, ...post(`${name}.b64`)), name).toBe(400)
    }
    expect(await status('/simpleenroll', ...basic, '--data-binary', `@${file('right.b64')}`)).toBe(415)
    expect(await status('/simplereenroll', ...post('right.b64'))).toBe(401)
    expect(await status('/simpleenroll')).toBe(404)
    expect(await status('/fullcmc')).toBe(404)
    // None of them has used the claim.
    expect(await status('/kimitsu/simpleenroll', ...basic, ...post('right.b64'))).toBe(200)
  })

  async function fetchList(): Promise<string> {
    const url = `https://127.0.0.1:${server.port}/ca.crl`
    await program('curl', ['-sS', '--cacert', file('root.pem'), '-o', file('ca.crl'), url])
    return (await openssl('crl', '-inform', 'DER', '-in', file('ca.crl'), '-noout', '-text')).stdout
  }

  it('is told of a revoked certificate by the list', async () => {
    const first = await enrol(textOf(newClaim()), await newKey())
    const { serialNumber } = new X509Certificate(first.certificatePem)
    await revocations.revoke(serialNumber, 'stolen')
    expect(await fetchList()).toContain(serialNumber)
    expect(await readFile(file('root.pem'), 'utf8')).toBe(authority.caPem)
  })
})
