// The hub's authority on real files: what it issues is checked by Node's TLS code and by OpenSSL's command line.
import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock, type Clock } from '../../broker/contract/ports.ts'
import { run } from '../../bin/commands/ca.ts'
import { debianPackage } from '../debian.ts'
import { placeUnderRoot, rotateIssuing } from '../../provisioning/authority-files.ts'
import { type Authority, openAuthority } from '../../provisioning/authority.ts'
import { readRequest } from '../../provisioning/certificate-request.ts'
import {
  type CredentialPems,
  checkGatewayCredentials,
  matchGatewayCredentials,
  readGatewayCredentials,
} from '../../provisioning/identity/gateway-credentials.ts'
import { certificateOptions, mutualTls } from '../../provisioning/registry/gateway-tls.ts'
import { identityOfPeer } from '../../provisioning/registry/peer-identity.ts'
import { openRevocations } from '../../provisioning/registry/revocations.ts'
import { createRoot, openRoot } from '../../provisioning/root-key.ts'

const dayMs = 86_400_000
const identity = { tenant: 'kimitsu', gateway: 'paddy-koito' }
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-authority-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A mutual TLS handshake of a gateway with these credentials and the hub of this authority. */
async function canTalk(authority: Authority, gateway: CredentialPems): Promise<boolean> {
  const hub = await authority.serverCredentials({ names: [] })
  const server = createServer({ ...mutualTls, ...certificateOptions(hub) }, (socket) => socket.end('hello'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const { certificatePem: cert, keyPem: key, caPem: ca } = gateway
  const client = connect({ host: '127.0.0.1', port, cert, key, ca })
  try {
    return (await client.setEncoding('utf8').toArray()).join('') === 'hello'
  } finally {
    client.destroy()
    server.close()
  }
}

const clockAt = (nowMs: number): Clock => ({ ...systemClock, now: () => nowMs })
const open = (clock: Clock = systemClock) => openAuthority({ folder, clock, log: silentLog })

describe('the authority', () => {
  it('makes its CA once and finds it again at the next start', async () => {
    const first = await open()
    const second = await open()
    expect(second.caPem).toBe(first.caPem)
    expect((await stat(join(folder, 'ca.key.pem'))).mode & 0o777).toBe(0o600)
    expect(new X509Certificate(first.caPem).ca).toBe(true)
  })

  it('refuses to replace a CA whose key is gone', async () => {
    await open()
    await unlink(join(folder, 'ca.key.pem'))
    await expect(open()).rejects.toMatchObject({ code: 'identity.invalid' })
  })

  it('makes a new CA when a crash left a key without its certificate', async () => {
    const first = await open()
    await unlink(join(folder, 'ca.cert.pem'))
    expect((await open()).caPem).not.toBe(first.caPem)
  })

  it('keeps its server certificate until names or expiry ask for another', async () => {
    const first = await (await open()).serverCredentials({ names: ['hub.example'] })
    expect(await (await open()).serverCredentials({ names: ['hub.example'] })).toEqual(first)
    const certificate = new X509Certificate(first.certificatePem)
    expect(certificate.checkHost('hub.example')).toBeDefined()
    expect(certificate.checkHost('localhost')).toBeDefined()
    expect(certificate.checkIP('127.0.0.1')).toBeDefined()
    expect(certificate.checkIP('::1')).toBeDefined()
    const renamed = await (await open()).serverCredentials({ names: ['other.example'] })
    expect(renamed.certificatePem).not.toBe(first.certificatePem)
    const nearExpiry = clockAt(Date.parse(new X509Certificate(renamed.certificatePem).validTo) - 29 * dayMs)
    const renewed = await (await open(nearExpiry)).serverCredentials({ names: ['other.example'] })
    expect(renewed.certificatePem).not.toBe(renamed.certificatePem)
  })

  it('replaces a damaged server certificate instead of failing to start', async () => {
    await (await open()).serverCredentials({ names: [] })
    await writeFile(join(folder, 'server.cert.pem'), 'damaged')
    const renewed = await (await open()).serverCredentials({ names: [] })
    expect(new X509Certificate(renewed.certificatePem).checkHost('localhost')).toBeDefined()
  })

  it('issues a gateway a 90-day certificate that carries its identity and nothing else', async () => {
    const issued = await (await open()).issueGateway(identity)
    const checked = checkGatewayCredentials(issued, Date.now())
    expect(checked.identity).toEqual(identity)
    expect(Math.round((checked.notAfterMs - Date.now()) / dayMs)).toBe(90)
    const certificate = new X509Certificate(issued.certificatePem)
    expect(certificate.subjectAltName).toBe('URI:urn:musubi:kimitsu:paddy-koito')
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect(await readFile(join(folder, 'issued.jsonl'), 'utf8')).toContain(certificate.serialNumber.toLowerCase())
  })

  it('refuses an identity that could not stand in a topic', async () => {
    const authority = await open()
    for (const tenant of ['', 'Kimitsu', 'a/b', 'x'.repeat(33), '+']) {
      await expect(authority.issueGateway({ tenant, gateway: 'g' })).rejects.toMatchObject({ code: 'identity.invalid' })
    }
  })

  it('refuses bytes that are no certificate request', async () => {
    await expect(readRequest('nonsense')).rejects.toMatchObject({ code: 'identity.invalid' })
    await expect(readRequest(new Uint8Array(40))).rejects.toMatchObject({ code: 'identity.invalid' })
  })

  it('issues an operator a certificate that no listener takes for a gateway', async () => {
    const authority = await open()
    const issued = await authority.issueOperator('sato')
    const { subjectAltName, serialNumber, validTo } = new X509Certificate(issued.certificatePem)
    expect(subjectAltName).toBe('URI:urn:musubi-operator:sato')
    const peer = { subjectaltname: subjectAltName, serialNumber, valid_to: validTo }
    expect(() => identityOfPeer(peer, { nowMs: Date.now() })).toThrow('0 Musubi identities')
    await expect(authority.issueOperator('Sato Tarō')).rejects.toMatchObject({ code: 'identity.invalid' })
  })

  describe('under an offline root', () => {
    const passphrase = 'a long passphrase'
    const rootFolder = () => ({ folder: join(folder, 'root'), passphrase })

    it('keeps its key, so that gateways from before go on, and chains what it issues to the root', async () => {
      const alone = await open()
      const before = await alone.issueGateway(identity)
      const root = await createRoot(rootFolder(), Date.now())
      await placeUnderRoot(folder, root, Date.now())
      const placed = await open()
      const after = await placed.issueGateway(identity)
      expect(placed.caPem).toBe(root.certificatePem)
      expect(checkGatewayCredentials(after, Date.now()).identity).toEqual(identity)
      expect(await canTalk(placed, before)).toBe(true)
      expect(await canTalk(placed, after)).toBe(true)
    })

    it('changes its CA, accepts what the one before issued, and refuses a root that is not its own', async () => {
      const root = await createRoot(rootFolder(), Date.now())
      await placeUnderRoot(folder, root, Date.now())
      const before = await (await open()).issueGateway(identity)
      await rotateIssuing(folder, await openRoot(rootFolder()), Date.now())
      const rotated = await open()
      const after = await rotated.issueGateway(identity)
      expect(after.certificatePem.split('BEGIN').at(-1)).not.toBe(before.certificatePem.split('BEGIN').at(-1))
      expect(await canTalk(rotated, before)).toBe(true)
      expect(await canTalk(rotated, after)).toBe(true)
      const other = await createRoot({ folder: join(folder, 'other'), passphrase }, Date.now())
      await expect(rotateIssuing(folder, other, Date.now())).rejects.toMatchObject({ code: 'identity.invalid' })
      await expect(placeUnderRoot(folder, other, Date.now())).rejects.toMatchObject({ code: 'identity.invalid' })
    })

    it('ends a change that a power cut stopped between key and certificate', async () => {
      const root = await createRoot(rootFolder(), Date.now())
      await placeUnderRoot(folder, root, Date.now())
      const files = ['ca.key.pem', 'ca.cert.pem'].map((name) => join(folder, name))
      const [keyBefore = '', certificateBefore = ''] = await Promise.all(files.map((file) => readFile(file, 'utf8')))
      await rotateIssuing(folder, root, Date.now())
      const [keyAfter = '', certificateAfter = ''] = await Promise.all(files.map((file) => readFile(file, 'utf8')))
      await writeFile(`${files[1]}.new`, certificateAfter)
      await writeFile(files[1]!, certificateBefore)
      expect((await open()).chain.at(-1)).toBe(certificateAfter)
      // Cut before the key was replaced: the old pair stays.
      await writeFile(files[0]!, keyBefore)
      await writeFile(files[1]!, certificateBefore)
      await writeFile(`${files[1]}.new`, certificateAfter)
      expect((await open()).chain.at(-1)).toBe(certificateBefore)
      expect(keyAfter).not.toBe(keyBefore)
    })

    it('keeps the key of the root encrypted and for its owner only', async () => {
      await createRoot(rootFolder(), Date.now())
      const file = join(folder, 'root', 'root.key.pem')
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(await readFile(file, 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY')
      await expect(openRoot({ ...rootFolder(), passphrase: 'a wrong passphrase' })).rejects.toThrow('passphrase')
      await expect(createRoot(rootFolder(), Date.now())).rejects.toThrow('made once')
      const short = { folder: join(folder, 'short'), passphrase: 'short' }
      await expect(createRoot(short, Date.now())).rejects.toThrow('12 letters')
    })
  })

  describe.skipIf(!debianPackage('openssl'))('seen by openssl', () => {
    const openssl = (...args: readonly string[]) => promisify(execFile)('openssl', [...args])

    it('verifies both chains for their purpose and refuses the other purpose', async () => {
      const authority = await open()
      const server = await authority.serverCredentials({ names: [] })
      const gateway = await authority.issueGateway(identity)
      await writeFile(join(folder, 's.pem'), server.certificatePem)
      await writeFile(join(folder, 'g.pem'), gateway.certificatePem)
      const verify = (purpose: string, file: string) =>
        openssl(
          'verify',
          '-x509_strict',
          '-CAfile',
          join(folder, 'ca.cert.pem'),
          '-purpose',
          purpose,
          join(folder, file),
        )
      expect((await verify('sslserver', 's.pem')).stdout).toContain('OK')
      expect((await verify('sslclient', 'g.pem')).stdout).toContain('OK')
      await expect(verify('sslserver', 'g.pem')).rejects.toThrow('purpose')
      await expect(verify('sslclient', 's.pem')).rejects.toThrow('purpose')
    })

    it('verifies a chain under a root, and the revocation list of the CA', async () => {
      const root = await createRoot({ folder: join(folder, 'root'), passphrase: 'a long passphrase' }, Date.now())
      await placeUnderRoot(folder, root, Date.now())
      const authority = await open()
      const { certificatePem } = await authority.issueGateway(identity)
      const serial = new X509Certificate(certificatePem).serialNumber
      const file = (name: string) => join(folder, name)
      await writeFile(file('g.pem'), certificatePem)
      await writeFile(file('empty.crl'), await authority.revocationList([]))
      await writeFile(file('one.crl'), await authority.revocationList([{ serialNumber: serial, timeMs: Date.now() }]))
      for (const name of ['empty', 'one']) {
        await openssl('crl', '-inform', 'DER', '-in', file(`${name}.crl`), '-out', file(`${name}.pem`))
      }
      const under = ['-CAfile', file('root.cert.pem'), '-untrusted', file('ca.cert.pem')]
      const verify = (list: string) =>
        openssl('verify', '-x509_strict', ...under, '-crl_check', '-CRLfile', file(list), file('g.pem'))
      expect((await verify('empty.pem')).stdout).toContain('OK')
      await expect(verify('one.pem')).rejects.toThrow('certificate revoked')
    })

    it('signs a request that openssl made, and believes only its key', async () => {
      const key = join(folder, 'device.key')
      const csr = join(folder, 'device.csr')
      const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', csr]
      await openssl('req', '-new', ...newKey, '-subj', '/CN=root', '-addext', 'subjectAltName=URI:urn:musubi:other:one')
      const csrPem = await readFile(csr, 'utf8')
      const signed = await (await open()).signGatewayRequest(await readRequest(csrPem), identity)
      const pems = { ...signed, keyPem: await readFile(key, 'utf8') }
      expect(checkGatewayCredentials(pems, Date.now()).identity).toEqual(identity)
    })
  })
})

describe("a gateway's credentials", () => {
  it('name what is wrong with them', async () => {
    const authority = await open()
    const issued = await authority.issueGateway(identity)
    const other = await authority.issueGateway(identity)
    const server = await authority.serverCredentials({ names: [] })
    const foreign = await openAuthority({ folder: join(folder, 'foreign'), clock: systemClock, log: silentLog })
    const check = (change: Partial<typeof issued>, nowMs = Date.now()) =>
      checkGatewayCredentials({ ...issued, ...change }, nowMs)
    expect(() => check({}, Date.now() + 91 * dayMs)).toThrow('expired')
    expect(() => check({}, Date.now() - dayMs)).toThrow('valid only from')
    expect(matchGatewayCredentials(issued, Date.now() + 91 * dayMs)).toMatchObject({
      identity,
      expiry: expect.stringContaining('expired') as unknown,
    })
    expect(matchGatewayCredentials(issued, Date.now()).expiry).toBeUndefined()
    expect(() => check({ keyPem: other.keyPem })).toThrow('does not belong')
    expect(() => check({ caPem: foreign.caPem })).toThrow('not issued by')
    expect(() => check({ certificatePem: server.certificatePem, keyPem: server.keyPem })).toThrow('0 Musubi identities')
    expect(() => check({ certificatePem: 'x' })).toThrow('not a PEM certificate')
    expect(() => check({ keyPem: 'secret text' })).toThrow('not an unencrypted PEM')
    expect(() => check({ keyPem: 'secret text' })).not.toThrow('secret')
  })

  it('come from files, and a missing file is named', async () => {
    const out = join(folder, 'out')
    const args = ['issue', 'gateway', '--data', folder, '--tenant', 'kimitsu', '--gateway', 'paddy-koito', '--out', out]
    expect(await run(args)).toBe(0)
    const files = {
      certificateFile: join(out, 'gateway.cert.pem'),
      keyFile: join(out, 'gateway.key.pem'),
      caFile: join(out, 'ca.cert.pem'),
    }
    expect((await readGatewayCredentials(files, Date.now())).identity).toEqual(identity)
    expect((await stat(files.keyFile)).mode & 0o777).toBe(0o600)
    await expect(readGatewayCredentials({ ...files, keyFile: '/absent' }, Date.now())).rejects.toThrow('/absent')
  })

  it('are refused by the command line when they cannot be made', async () => {
    expect(await run(['issue', 'gateway', '--data', folder])).toBe(2)
    expect(await run(['issue', 'gateway', '--data', folder, '--tenant', 'A', '--gateway', 'g', '--out', folder])).toBe(
      1,
    )
  })
})

describe('the identity of a peer', () => {
  const peer = {
    subjectaltname: 'URI:urn:musubi:kimitsu:a',
    serialNumber: '0AFF',
    valid_to: 'Jan  1 00:00:00 2030 GMT',
  }
  const nowMs = Date.parse('2029-12-31T00:00:00Z')

  it('is its one Musubi name', () => {
    expect(identityOfPeer(peer, { nowMs })).toEqual({ tenant: 'kimitsu', gateway: 'a' })
  })

  it('is refused without a certificate, after expiry, and with none or two Musubi names', () => {
    expect(() => identityOfPeer(undefined, { nowMs })).toThrow('no certificate')
    expect(() => identityOfPeer({}, { nowMs })).toThrow('no certificate')
    expect(() => identityOfPeer(peer, { nowMs: nowMs + 2 * dayMs })).toThrow('expired')
    const named = (subjectaltname: string) => () => identityOfPeer({ ...peer, subjectaltname }, { nowMs })
    expect(named('DNS:urn:musubi:kimitsu:a')).toThrow('0 Musubi identities')
    expect(named('URI:urn:musubi:kimitsu:a, URI:urn:musubi:kimitsu:b')).toThrow('2 Musubi identities')
    expect(named('URI:urn:musubi:kimitsu:a/b')).toThrow('is not of the form')
  })

  it('is refused once its certificate is revoked, also by a list opened before', async () => {
    const running = await openRevocations({ folder: join(folder, 'authority'), clock: systemClock })
    expect(await run(['revoke', '--data', folder, '--serial', '0a:ff', '--reason', 'stolen'])).toBe(0)
    expect(identityOfPeer(peer, { nowMs, revocations: running })).toBeDefined()
    await running.reload()
    expect(() => identityOfPeer(peer, { nowMs, revocations: running })).toThrow('revoked')
    expect(running.isRevoked('0afe')).toBe(false)
  })
})
