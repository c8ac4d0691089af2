// What a simulated device does wrong when told to: each way in which a real bus fails a reader.
import { exceptionPdu } from './modbus-slave.ts'

/**
 * silence: no reply. wrong-crc: a reply with a broken check sum (on TCP, which has none: a wrong transaction id).
 * truncated: the reply stops in the middle. exception: the device refuses. late: the reply comes after `delayMs`.
 */
export type Misbehaviour =
  | { readonly kind: 'silence' }
  | { readonly kind: 'wrong-crc' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'exception'; readonly code: number }
  | { readonly kind: 'late'; readonly delayMs: number }

/** Which units misbehave, and for how many more replies. */
export interface Misbehaviours {
  /** `times` undefined: until cleared. */
  set(unitId: number, misbehaviour: Misbehaviour, times?: number): void
  clear(unitId: number): void
  /** The misbehaviour for the reply that is about to be sent; counts it. */
  next(unitId: number): Misbehaviour | undefined
}

export function createMisbehaviours(): Misbehaviours {
  const active = new Map<number, { readonly misbehaviour: Misbehaviour; left: number }>()
  return {
    set(unitId, misbehaviour, times = Number.POSITIVE_INFINITY) {
      active.set(unitId, { misbehaviour, left: times })
    },
    clear(unitId) {
      active.delete(unitId)
    },
    next(unitId) {
      const found = active.get(unitId)
      if (found === undefined) return undefined
      found.left -= 1
      if (found.left <= 0) active.delete(unitId)
      return found.misbehaviour
    },
  }
}

/** A reply frame as it will leave, and after which delay. `frame` builds one from a PDU. */
export function spoil(
  misbehaviour: Exclude<Misbehaviour, { readonly kind: 'silence' }> | undefined,
  pdu: Buffer,
  frame: (pdu: Buffer) => Buffer,
  breakCheck: (frame: Buffer) => Buffer,
): { readonly bytes: Buffer; readonly delayMs: number } {
  if (misbehaviour === undefined) return { bytes: frame(pdu), delayMs: 0 }
  if (misbehaviour.kind === 'exception') {
    return { bytes: frame(exceptionPdu(pdu[0] ?? 0, misbehaviour.code)), delayMs: 0 }
  }
  const whole = frame(pdu)
  if (misbehaviour.kind === 'late') return { bytes: whole, delayMs: misbehaviour.delayMs }
  if (misbehaviour.kind === 'wrong-crc') return { bytes: breakCheck(whole), delayMs: 0 }
  return { bytes: whole.subarray(0, Math.max(1, whole.length >> 1)), delayMs: 0 }
}
