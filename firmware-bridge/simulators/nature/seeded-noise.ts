// Repeatable randomness as a function of time: the same seed and instant always give the same value, so that nature needs no memory.

/** One named stream of randomness. */
export interface Noise {
  /** Uniform in [0, 1) for an integer index. */
  uniform(index: number): number
  /** Smooth in time, in [−1, 1], passing a new random value every `periodMs`. */
  smooth(timeMs: number, periodMs: number): number
}

export function createNoise(seed: number, stream: string): Noise {
  let base = mix(seed | 0, 0x9e3779b1)
  for (let at = 0; at < stream.length; at += 1) base = mix(base, stream.charCodeAt(at))
  const uniform = (index: number): number => {
    const high = Math.floor(index / 0x1_0000_0000)
    return (mix(mix(base, index | 0), high) >>> 0) / 0x1_0000_0000
  }
  return {
    uniform,
    smooth(timeMs, periodMs) {
      const position = timeMs / periodMs
      const index = Math.floor(position)
      const fraction = position - index
      const eased = fraction * fraction * (3 - 2 * fraction)
      const from = uniform(index)
      return 2 * (from + (uniform(index + 1) - from) * eased) - 1
    },
  }
}

/** One round of MurmurHash3's 32-bit finaliser over the running hash. */
function mix(hash: number, key: number): number {
  let mixed = Math.imul(hash ^ key, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
