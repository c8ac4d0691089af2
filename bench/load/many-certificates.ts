// Thousands of client certificates in a second, for a bench: one that the authority issued, with other names, signed again.
import { createPrivateKey, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { type Authority, openAuthority } from '../../provisioning/authority.ts'

export interface ManyCertificates {
  readonly authority: Authority
  readonly caPem: string
  /** All of the certificates are for this key: what a server does for each of them is the same as with a key each. */
  readonly keyPem: string
  readonly certificatePems: readonly string[]
  readonly gateways: readonly string[]
}

export const stormTenant = 'storm'
const gatewayOf = (index: number): string => `gateway-${String(index).padStart(6, '0')}`

/** `folder` becomes an authority. */
export async function makeCertificates(folder: string, count: number): Promise<ManyCertificates> {
  const authority = await openAuthority({ folder, clock: systemClock, log: silentLog })
  const first = await authority.issueGateway({ tenant: stormTenant, gateway: gatewayOf(0) })
  const caKey = createPrivateKey(await readFile(join(folder, 'ca.key.pem'), 'utf8'))
  const [signed, algorithm] = partsOf(derOf(first.certificatePem))
  const gateways = Array.from({ length: count }, (_, index) => gatewayOf(index))
  const certificatePems = gateways.map((gateway, index) => {
    const body = renamed(signed, gatewayOf(0), gateway)
    // [0] version 2, then INTEGER serial: its last four bytes, so that the length stays.
    const serialAt = body.indexOf(Buffer.from([0xa0, 3, 2, 1, 2, 2])) + 6
    body.writeUInt32BE(index, serialAt + 1 + body[serialAt]! - 4)
    const signature = sign('sha256', body, caKey)
    const bits = sequence(3, Buffer.concat([Buffer.from([0]), signature]))
    return pemOf(sequence(0x30, Buffer.concat([body, algorithm, bits])))
  })
  const { caPem, keyPem } = first
  return { authority, caPem, keyPem, certificatePems, gateways }
}

/** The names have the same length. */
function renamed(der: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(der)
  for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + to.length)) copy.write(to, at, 'latin1')
  return copy
}

/** TBSCertificate and signature algorithm of a certificate (RFC 5280 §4.1), each with its header. */
function partsOf(der: Buffer): readonly [Buffer, Buffer] {
  const bodyAt = headerBytes(der, 0)
  const bodyEnd = bodyAt + elementBytes(der, bodyAt)
  return [der.subarray(bodyAt, bodyEnd), der.subarray(bodyEnd, bodyEnd + elementBytes(der, bodyEnd))]
}

function headerBytes(der: Buffer, at: number): number {
  const first = der[at + 1]!
  return first < 0x80 ? 2 : 2 + (first & 0x7f)
}

function elementBytes(der: Buffer, at: number): number {
  const header = headerBytes(der, at)
  const length = header === 2 ? der[at + 1]! : der.readUIntBE(at + 2, header - 2)
  return header + length
}

function sequence(tag: number, content: Buffer): Buffer {
  const { length } = content
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
