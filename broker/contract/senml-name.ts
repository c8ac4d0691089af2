// SenML names: joined and checked once, then found again, since the same few thousand names arrive with every message.
import { AppError } from './app-error.ts'

/** RFC 8428 §4.5.1. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/
const maxNameLength = 256
/** Bound of the cache; when it is reached the cache is emptied, which costs time and nothing else. */
const maxNames = 100_000

/** Joins base name and name by plain concatenation. A name given twice is the same string, its hash already computed. */
export class NameCache {
  readonly #byBase = new Map<string, Map<string, string>>()
  /** The base asked for last, which the next record nearly always shares. */
  #lastBase: string | undefined
  #lastNames: Map<string, string> | undefined
  #size = 0

  /** Throws `senml.invalid` where the joined name is empty, too long or has other characters than a SenML name may. */
  join(base: string, name: string): string {
    if (base !== this.#lastBase) {
      this.#lastBase = base
      this.#lastNames = this.#byBase.get(base)
    }
    return this.#lastNames?.get(name) ?? this.#add(base, name)
  }

  #add(base: string, name: string): string {
    const joined = base + name
    if (joined.length > maxNameLength || !namePattern.test(joined)) {
      throw new AppError('senml.invalid', `SenML: "${joined.slice(0, 80)}" is not a SenML name`)
    }
    if (this.#size >= maxNames) {
      this.#byBase.clear()
      this.#size = 0
    }
    const names = this.#byBase.get(base) ?? new Map<string, string>()
    names.set(name, joined)
    this.#byBase.set(base, names)
    this.#lastBase = undefined
    this.#size += 1
    return joined
  }
}
