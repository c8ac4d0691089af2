// Random numbers that are the same on every machine for the same seed, so that a choice of examples or a simulation can be made again.

export interface Random {
  /** From `from` up to, not including, `to`. */
  uniform(from?: number, to?: number): number
  /** 0 … count − 1. */
  below(count: number): number
  /** Mean 0, standard deviation 1. */
  normal(): number
}

/** Mulberry32 (Tommy Ettinger, public domain); normal numbers by Box and Muller (1958). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    uniform: (from = 0, to = 1) => from + (to - from) * next(),
    below: (count) => Math.floor(next() * count),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}

/** The numbers 0 … count − 1 in a random order. */
export function shuffled(random: Random, count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  for (let index = count - 1; index > 0; index -= 1) {
    const other = random.below(index + 1)
    const kept = order[index] as number
    order[index] = order[other] as number
    order[other] = kept
  }
  return order
}
