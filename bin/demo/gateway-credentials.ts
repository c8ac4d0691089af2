// Each demo gateway's certificate, issued by the hub's own authority through the code that real gateways use.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../broker/contract/ports.ts'
import type { GatewayIdentity } from '../../broker/contract/topics.ts'
import type { Authority } from '../../provisioning/authority.ts'
import { readGatewayCredentials } from '../../provisioning/identity/gateway-credentials.ts'

/** File names beside gateway.yaml. */
export const credentialFiles = { ca: 'ca.cert.pem', certificate: 'gateway.cert.pem', key: 'gateway.key.pem' } as const

const renewBeforeMs = 7 * 86_400_000

/** Leaves valid credentials in `folder`: those of an earlier start, or new ones where they are missing, foreign or about to expire. */
export async function ensureGatewayCredentials(request: {
  readonly authority: Authority
  readonly identity: GatewayIdentity
  readonly folder: string
  readonly clock: Clock
}): Promise<void> {
  const { authority, identity, folder, clock } = request
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (await hasValidCredentials(authority, folder, clock.now() + renewBeforeMs)) return
  const issued = await authority.issueGateway(identity)
  await writeFile(join(folder, credentialFiles.key), issued.keyPem, { mode: 0o600 })
  await writeFile(join(folder, credentialFiles.certificate), issued.certificatePem)
  await writeFile(join(folder, credentialFiles.ca), issued.caPem)
}

async function hasValidCredentials(authority: Authority, folder: string, atMs: number): Promise<boolean> {
  try {
    const { caPem } = await readGatewayCredentials(
      {
        caFile: join(folder, credentialFiles.ca),
        certificateFile: join(folder, credentialFiles.certificate),
        keyFile: join(folder, credentialFiles.key),
      },
      atMs,
    )
    return caPem === authority.caPem
  } catch {
    // Missing or unusable for whatever reason: new ones are issued.
    return false
  }
}
