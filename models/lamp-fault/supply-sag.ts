// How far the supply of a circuit lies below its usual voltage: a lamp that dims with it has no fault.

const sagSteps = 3

export class SupplySag {
  readonly #newest = new Float64Array(sagSteps)
  #volts = 0
  #knownS = 0

  /** Deepest sag of the newest steps, three times its share of the usual voltage, −1.5..0.6; 0 where nothing is metered. */
  update(volts: number | undefined, elapsedS: number): number {
    let sag = 0
    if (volts !== undefined) {
      this.#learn(volts, elapsedS)
      sag = Math.min(0.2, Math.max(-0.5, volts / Math.max(this.#volts, 1) - 1))
    }
    this.#newest.copyWithin(0, 1)
    this.#newest[sagSteps - 1] = sag
    return Math.min(0.6, Math.max(-1.5, Math.min(...this.#newest) * 3))
  }

  #learn(volts: number, elapsedS: number): void {
    const limit = 0.05 * this.#volts
    const pull = Math.min(limit, Math.max(-limit, volts - this.#volts))
    const ageS = Math.min(this.#knownS, 604_800)
    this.#volts = this.#knownS === 0 ? volts : this.#volts + (pull * elapsedS) / (3600 + ageS)
    this.#knownS += elapsedS
  }
}
