// A metric's number by its Sparkplug data type: senders write negative ones as unsigned, and not all agree on the field.
import type { RawValue } from './payload.ts'

/** Bits of the signed types: Int8, Int16, Int32, Int64. */
const signedBits: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64 }
/** Bits of the unsigned ones: UInt8, UInt16, UInt32, UInt64, DateTime. */
const unsignedBits: Readonly<Record<number, number>> = { 5: 8, 6: 16, 7: 32, 8: 64, 13: 64 }

/**
 * The value of a metric: `null` where the sender says that there is none or it is no single value, `undefined` without a
 * data type that says how to read its integer. 64 bits become a double.
 */
export function metricValue(raw: RawValue, dataType: number | undefined): number | boolean | string | null | undefined {
  if (raw === null) return null
  if (raw.kind === 'plain') return raw.value
  if (dataType === undefined) return undefined
  const big = BigInt(raw.value)
  const signed = signedBits[dataType]
  if (signed !== undefined) return Number(BigInt.asIntN(signed, big))
  const unsigned = unsignedBits[dataType]
  return unsigned === undefined ? null : Number(BigInt.asUintN(unsigned, big))
}
