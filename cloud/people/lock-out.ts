// Makes guessing slow: each wrong attempt for a name or from an address makes the next one wait longer.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'

interface Attempts {
  failures: number
  lastAtMs: number
}

/** So many may fail before anybody waits: people mistype, and a city hall has one address. */
const freeFailures = { name: 4, address: 30 } as const
const firstDelayMs = 1_000
const maxDelayMs = 900_000
const forgottenAfterMs = 86_400_000
/** Bound: names and addresses. Overflow: the one that failed longest ago is forgotten. Owner: this lock-out. */
const maxKeys = 20_000

export interface Attempt {
  /** It was the right person: what was counted for the name is forgotten. */
  succeeded(): void
  /** It was neither right nor wrong, as where a second factor is still asked for. */
  withdrawn(): void
}

/** Knows names whether or not a person has them, so that its answers tell nothing. */
export class LockOut {
  readonly #clock: Clock
  readonly #attempts = new Map<string, Attempts>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts an attempt as failed until it is told otherwise. Throws `sign-in.locked`, with the seconds to wait. `name`: where one is given. */
  begin(name: string | undefined, address: string): Attempt {
    const named = name === undefined ? undefined : `name ${name.toLowerCase()}`
    const keys = [
      ...(named === undefined ? [] : [{ key: named, free: freeFailures.name }]),
      { key: `address ${address}`, free: freeFailures.address },
    ]
    const waitMs = Math.max(...keys.map(({ key, free }) => this.#waitMs(key, free)))
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      throw new AppError('sign-in.locked', `too many attempts; try again in ${seconds} s`)
    }
    for (const { key } of keys) this.#count(key)
    const takeBack = () => {
      for (const { key } of keys) this.#takeBack(key)
    }
    return {
      succeeded: () => {
        takeBack()
        if (named !== undefined) this.#attempts.delete(named)
      },
      withdrawn: takeBack,
    }
  }

  #waitMs(key: string, free: number): number {
    const attempts = this.#attempts.get(key)
    if (attempts === undefined || attempts.failures <= free) return 0
    const passedMs = this.#clock.monotonic() - attempts.lastAtMs
    if (passedMs > forgottenAfterMs) return 0
    return Math.max(0, Math.min(maxDelayMs, firstDelayMs * 2 ** (attempts.failures - free - 1)) - passedMs)
  }

  #count(key: string): void {
    const nowMs = this.#clock.monotonic()
    const known = this.#attempts.get(key)
    const isOld = known === undefined || nowMs - known.lastAtMs > forgottenAfterMs
    this.#attempts.delete(key)
    this.#attempts.set(key, { failures: (isOld ? 0 : known.failures) + 1, lastAtMs: nowMs })
    if (this.#attempts.size <= maxKeys) return
    const [oldest] = this.#attempts.keys()
    if (oldest !== undefined) this.#attempts.delete(oldest)
  }

  #takeBack(key: string): void {
    const attempts = this.#attempts.get(key)
    if (attempts === undefined) return
    attempts.failures -= 1
    if (attempts.failures <= 0) this.#attempts.delete(key)
  }
}
