// Numbers that look random and are the same in every run: what a seed found, the seed finds again.

export interface Random {
  /** An integer from 0 to `end` - 1. */
  below(end: number): number
  pick<T>(list: readonly T[]): T
  bytes(length: number): Buffer
}

/** Mulberry32 (Tommy Ettinger): 32 bits of state, enough for test data. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (end: number): number => Math.floor((next() / 2 ** 32) * end)
  return {
    below,
    pick: <T>(list: readonly T[]): T => list[below(list.length)] as T,
    bytes(length) {
      const bytes = Buffer.allocUnsafe(length)
      for (let at = 0; at < length; at += 1) bytes[at] = next() & 0xff
      return bytes
    },
  }
}
