// What stands in the QR code of a gateway's label: where its hub is, by what to know it, and the claim to enrol with.
import { AppError } from '../../broker/contract/app-error.ts'
import type { GatewayIdentity } from '../../broker/contract/topics.ts'

export interface ClaimText {
  /** `host:port` of the hub's EST listener. */
  readonly hub: string
  /** SHA-256 of the DER of the CA certificate that the gateway shall trust; base64url. */
  readonly caHash: string
  readonly claim: string
  readonly secret: string
  readonly identity: GatewayIdentity
}

const scheme = 'musubi:enrol'
const hostPattern = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/

/** `host:port`, as a label can carry it. */
export function isHubAddress(text: string): boolean {
  return hostPattern.test(text) && URL.canParse(`https://${text}`)
}

/** Fewer than 200 characters: a QR code of 25 mm that a phone reads at arm's length. */
export function writeClaimText({ hub, caHash, claim, secret, identity }: ClaimText): string {
  const fields = { h: hub, g: `${identity.tenant}/${identity.gateway}`, c: claim, s: secret, f: caHash }
  const query = Object.entries(fields).map(([name, value]) => `${name}=${value}`)
  return `${scheme}?${query.join('&')}`
}

/** Throws `identity.invalid`; the message never quotes the secret. */
export function readClaimText(text: string): ClaimText {
  const [head, query = ''] = text.trim().split('?')
  const fields = new URLSearchParams(query)
  const field = (name: string, pattern: RegExp): string => {
    const value = fields.get(name) ?? ''
    if (pattern.test(value)) return value
    throw new AppError('identity.invalid', `the code is no claim of Musubi: its field ${name} is missing or wrong`)
  }
  if (head !== scheme)
    throw new AppError('identity.invalid', `the code is no claim of Musubi: it begins with ${scheme}?`)
  const hub = field('h', hostPattern)
  if (!isHubAddress(hub)) {
    throw new AppError('identity.invalid', 'the code is no claim of Musubi: its field h names no host and port')
  }
  const [tenant = '', gateway = ''] = field('g', /^[a-z0-9-]{1,32}\/[a-z0-9-]{1,32}$/).split('/')
  return {
    hub,
    caHash: field('f', /^[A-Za-z0-9_-]{43}$/),
    claim: field('c', /^[0-9a-z]{8}$/),
    secret: field('s', /^[0-9a-z]{26}$/),
    identity: { tenant, gateway },
  }
}
