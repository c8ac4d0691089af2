// Takes the gateway's word of its checks only with its signature, in its time.
import { Value } from 'typebox/value'
import { AppError } from '../../broker/contract/app-error.ts'
import { CommissioningRecord, type SignedRecord } from '../../broker/contract/commissioning-record.ts'
import { gatewayKey } from '../../broker/contract/topics.ts'
import { gatewayOfSignature } from '../../provisioning/registry/gateway-signature.ts'
import type { Revocations } from '../../provisioning/registry/revocations.ts'

/** What the hub's authority says now; read at each record, since the command line may change it. */
export interface Trust {
  /** Every CA whose certificates may still be in use. */
  readonly caPem: string
  readonly revocations: Revocations
}

/** A gateway's clock may be this far ahead; the checks themselves ask for less. */
const tolerableFutureMs = 10 * 60_000
/** A phone may lie in a drawer with what it has not sent. */
const oldestMs = 90 * 86_400_000

/** Throws `payload.schema` and `identity.invalid`. */
export function verifiedRecord(
  signed: SignedRecord,
  { caPem, revocations }: Trust,
  nowMs: number,
): { readonly record: CommissioningRecord; readonly serialNumber: string } {
  const bytes = Buffer.from(signed.record, 'base64url')
  const record = parsed(bytes)
  const { finishedMs } = record
  if (finishedMs > nowMs + tolerableFutureMs || finishedMs < nowMs - oldestMs) {
    throw new AppError('payload.schema', 'the checks are of the future, or older than 90 days: make them again')
  }
  const certificate = Buffer.from(signed.certificate, 'base64url')
  const signature = Buffer.from(signed.signature, 'base64url')
  const signer = gatewayOfSignature({ bytes, certificate, signature }, { caPem, revocations, atMs: finishedMs })
  const gateway = gatewayKey(signer.identity)
  if (gateway === record.gateway) return { record, serialNumber: signer.serialNumber }
  throw new AppError('identity.invalid', `${gateway} signed checks of ${record.gateway}`)
}

function parsed(bytes: Buffer): CommissioningRecord {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new AppError('payload.malformed', 'the record of the checks is not JSON', { cause })
  }
  if (Value.Check(CommissioningRecord, value)) return value
  throw new AppError('payload.schema', 'the record of the checks does not fit its schema')
}
