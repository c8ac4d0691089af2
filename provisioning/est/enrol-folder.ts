// A gateway's folder gets its identity: key, certificate and the CA that it trusts, by the code on its label.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPair, privateKeyPem } from '../certificates.ts'
import { publicMode, readIfPresent, secretMode, writeWhole } from '../whole-file.ts'
import type { ClaimText } from './claim-text.ts'
import { enrol } from './est-client.ts'

/** File names in the folder, as gateway.yaml names them. */
const identityFiles = { ca: 'ca.cert.pem', certificate: 'gateway.cert.pem', key: 'gateway.key.pem' } as const

/** The key is made here, and kept for the next try where this one fails. Throws `identity.invalid`, `uplink.refused`. */
export async function enrolFolder(folder: string, text: ClaimText): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const keyFile = join(folder, identityFiles.key)
  const keyPem = (await readIfPresent(keyFile)) ?? privateKeyPem((await generateKeyPair()).privateKey)
  await writeWhole(keyFile, keyPem, secretMode)
  const credentials = await enrol(text, keyPem)
  await writeWhole(join(folder, identityFiles.ca), credentials.caPem, publicMode)
  await writeWhole(join(folder, identityFiles.certificate), credentials.certificatePem, publicMode)
}

/** The part `hub` of gateway.yaml for the hub of a label. */
export function hubSection({ hub }: ClaimText, mqttsPort: number) {
  const { hostname } = new URL(`https://${hub}`)
  return { url: `mqtts://${hostname}:${mqttsPort}`, est: `https://${hub}`, ...identityFiles }
}
