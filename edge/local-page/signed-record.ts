// The gateway's signature below its commissioning record: only this gateway can have made it, and the hub can tell.
import { createPrivateKey, sign, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import type { CommissioningRecord, SignedRecord } from '../../broker/contract/commissioning-record.ts'

export interface SigningFiles {
  /** PEM; the first certificate is the gateway's own. */
  readonly certificate: string | undefined
  readonly key: string | undefined
}

/** Throws `identity.invalid` where this gateway has no key and certificate. */
export async function signedRecord(record: CommissioningRecord, files: SigningFiles): Promise<SignedRecord> {
  const { certificate, key } = files
  if (certificate === undefined || key === undefined) {
    throw new AppError('identity.invalid', 'this gateway has no certificate: it must be enrolled first')
  }
  const bytes = Buffer.from(JSON.stringify(record))
  // Read at each signature: both are replaced when the certificate is renewed.
  const [certificatePem, keyPem] = await Promise.all([readFile(certificate, 'utf8'), readFile(key, 'utf8')])
  const signature = sign('sha256', bytes, { key: createPrivateKey(keyPem), dsaEncoding: 'ieee-p1363' })
  return {
    record: bytes.toString('base64url'),
    certificate: new X509Certificate(certificatePem).raw.toString('base64url'),
    signature: signature.toString('base64url'),
  }
}
