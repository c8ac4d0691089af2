// How far a lamp's power lies from what it settled on: age drifts over nights, a fault comes at once.

const hoursTauS = 14_400
const nightTauS = 36_000
const jumpTauS = 345_600

/** Ratios of watts, not of shares of full power: that scale follows an ageing lamp. */
export class LampDrift {
  /** Power against the slow habit, over hours in which both are known; 1: as ever. */
  overHours = 1
  /** The same, over a night. */
  overNight = 1
  /** The most by which the two differed lately, with its sign; forgotten within days. */
  jump = 0

  /** `habitW`: undefined where the slow habit is not known, or the lamp does not burn steadily. */
  update(watts: number, habitW: number | undefined, elapsedS: number): void {
    this.jump *= Math.exp(-elapsedS / jumpTauS)
    if (habitW === undefined) return
    const ratio = Math.min(2, Math.max(0.3, watts / habitW))
    this.overHours += (1 - Math.exp(-elapsedS / hoursTauS)) * (ratio - this.overHours)
    this.overNight += (1 - Math.exp(-elapsedS / nightTauS)) * (ratio - this.overNight)
    const gap = this.overHours - this.overNight
    if (Math.abs(gap) > Math.abs(this.jump)) this.jump = gap
  }
}
