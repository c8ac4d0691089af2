// How often a lamp went dark together with all lamps behind it: a loose cable shows seldom and for minutes, but again.

const countTauS = 43_200
const heldTauS = 7200

export class CableBreaks {
  /** Breaks that began, forgotten over half a day. */
  count = 0
  /** Share of the last hours, of those in which the lamp should burn. */
  held = 0
  #isBroken = false

  /** `wanted`: the lamp was read and should burn; time stands still for it otherwise. */
  update(isBroken: boolean, wanted: boolean, elapsedS: number): void {
    this.count = this.count * Math.exp(-elapsedS / countTauS) + (isBroken && !this.#isBroken ? 1 : 0)
    if (!wanted) return
    this.#isBroken = isBroken
    this.held += (1 - Math.exp(-elapsedS / heldTauS)) * ((isBroken ? 1 : 0) - this.held)
  }
}
