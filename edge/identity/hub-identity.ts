// By what this gateway is known to its hub: read at the start, renewed while it runs.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { gatewayKey, sameGateway } from '../../broker/contract/topics.ts'
import { type GatewayCredentials, readMatchingCredentials } from '../../provisioning/identity/gateway-credentials.ts'
import { askChecker } from '../checks/checker.ts'
import type { GatewayConfig } from '../config.ts'
import type { Counters } from '../counters.ts'
import type { HubAddress } from '../uplink/connection.ts'
import { type CertificateFacts, type CertificateKeeper, keepCertificate } from './certificate-renewal.ts'
import type { RenewalAnswer, RenewalRequest } from './renewal-messages.ts'

export interface HubIdentity {
  /** The certificates in it change when they are renewed: read them at each connection. */
  readonly hub: HubAddress
  /** Begins to look after the certificate; undefined: there is none. */
  readonly keep: (counters: Counters) => CertificateKeeper | undefined
}

interface Ports {
  readonly clock: Clock
  readonly log: Log
  /** [0, 1), for jitter. */
  readonly random: () => number
}

const renewer = new URL('renew.ts', import.meta.url)
const renewLimitMs = 120_000

/**
 * Reads the certificates and refuses an identity that is not the configured one. An expired certificate is no reason not
 * to sample: the hub refuses it, and the outbox keeps the readings. Throws `identity.invalid`.
 */
export async function openHubIdentity(
  { hub, identity }: Pick<GatewayConfig, 'hub' | 'identity'>,
  { clock, log, random }: Ports,
): Promise<HubIdentity> {
  const { url, ca: caFile, certificate: certificateFile, key: keyFile, est } = hub
  if (caFile === undefined || certificateFile === undefined || keyFile === undefined || est === undefined) {
    const ca = caFile === undefined ? undefined : await readCa(caFile)
    return { hub: { url, ca, certificate: undefined, key: undefined }, keep: () => undefined }
  }
  const files = { caFile, certificateFile, keyFile }
  const credentials = await readMatchingCredentials(files, clock.now())
  if (credentials.expiry !== undefined) {
    log.error({ reason: credentials.expiry }, 'the hub will refuse the certificate of this gateway')
  }
  if (!sameGateway(credentials.identity, identity)) {
    const [proven, configured] = [gatewayKey(credentials.identity), gatewayKey(identity)]
    throw new AppError('identity.invalid', `the certificate is for ${proven}, the configuration for ${configured}`)
  }
  const current = { url, ...buffersOf(credentials) }
  const request: RenewalRequest = { hub: est, files }
  return {
    hub: current,
    keep: (counters) =>
      keepCertificate({
        certificate: factsOf(credentials),
        renew: () => askChecker<RenewalAnswer>(renewer, [JSON.stringify(request)], { limitMs: renewLimitMs }),
        async takeRenewed(): Promise<CertificateFacts> {
          const renewed = await readMatchingCredentials(files, clock.now())
          Object.assign(current, buffersOf(renewed))
          return factsOf(renewed)
        },
        clock,
        log,
        counters,
        random,
      }),
  }
}

function buffersOf({ caPem, certificatePem, keyPem }: GatewayCredentials) {
  return { ca: Buffer.from(caPem), certificate: Buffer.from(certificatePem), key: Buffer.from(keyPem) }
}

/** The first certificate of the file is the gateway's own. */
function factsOf({ certificatePem, notBeforeMs, notAfterMs }: GatewayCredentials): CertificateFacts {
  const { subject, issuer, serialNumber: serial } = new X509Certificate(certificatePem)
  const [subjectName, issuerName] = [subject, issuer].map((name) => name.trim().replaceAll('\n', ', ').slice(0, 500))
  return { subject: subjectName ?? '', issuer: issuerName ?? '', serial, notBeforeMs, notAfterMs }
}

async function readCa(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new AppError('identity.invalid', `${file} cannot be read`, { cause })
  }
}
