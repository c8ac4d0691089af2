// A Modbus device whose every value is unique and rising, so that a fault test can compare what was served with what was stored.
import type { ModbusSlave } from '../modbus/modbus-slave.ts'

export interface CountingDevice {
  readonly slave: ModbusSlave
  /** Every value handed out, in order. A value counts as served when its reply was built, whether or not it arrived. */
  served(): readonly number[]
  /** Stops counting up: reads answer "illegal address", so that a test can drain what is under way. */
  freeze(): void
  resume(): void
}

/** Where the counter stands: as uint32 (2 registers) and as float64 (4 registers), most significant word first. */
export const countingAddresses = { uint32: 0, float64: 16 } as const

/**
 * Holding and input registers alike. Each read request that begins at one of the two addresses takes the next value of
 * the one counter; any other address does not exist. `first` (default 1) lets several devices serve disjoint ranges.
 */
export function createCountingDevice(options: { readonly first?: number } = {}): CountingDevice {
  const values: number[] = []
  let next = options.first ?? 1
  let frozen = false
  const read = (address: number, count: number): readonly number[] | undefined => {
    const words = address === countingAddresses.uint32 ? 2 : address === countingAddresses.float64 ? 4 : 0
    if (words === 0 || count !== words || frozen) return undefined
    const value = next
    next += 1
    values.push(value)
    const bytes = Buffer.alloc(2 * words)
    if (words === 2) bytes.writeUInt32BE(value)
    else bytes.writeDoubleBE(value)
    return Array.from({ length: words }, (_, index) => bytes.readUInt16BE(2 * index))
  }
  return {
    slave: { holding: read, input: read },
    served: () => values,
    freeze() {
      frozen = true
    },
    resume() {
      frozen = false
    },
  }
}
