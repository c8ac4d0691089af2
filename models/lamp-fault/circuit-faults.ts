// Joins the faults of a circuit's lamps into what a repair crew is told: one fault a cause, so that a broken cable is one, not one a lamp.

/** One lamp after a step, in cable order. `fault`: the class that is raised. */
export interface DiagnosedLamp {
  readonly fault: string | undefined
  readonly score: number
  /** Dark though it should burn. */
  readonly dark: boolean
}

/** A fault began or ended. `lamps`: their places on the cable, counted from 0. */
export interface FaultChange {
  readonly state: 'raised' | 'cleared'
  readonly fault: string
  readonly lamps: readonly number[]
  /** Highest smoothed probability among them; null when cleared. */
  readonly score: number | null
}

const cableFault = 'cable-fault'

interface OpenFault {
  readonly fault: string
  /** Told at the start; the same at the end. */
  readonly told: readonly number[]
  /** Where it is raised now. */
  readonly lamps: Set<number>
  /** Lamps of the same cause that may still be raised: they join without a word. */
  readonly expected: ReadonlySet<number>
}

export class CircuitFaults {
  readonly #open: OpenFault[] = []

  /** The faults that stand, with the lamps that were told. */
  get open(): readonly { readonly fault: string; readonly lamps: readonly number[] }[] {
    return this.#open.map(({ fault, told }) => ({ fault, lamps: told }))
  }

  /** What began and ended with this step; what ended comes first. */
  update(lamps: readonly DiagnosedLamp[]): readonly FaultChange[] {
    const ended = this.#end(lamps)
    const fresh = lamps.flatMap(({ fault }, index) =>
      fault !== undefined && !this.#joins(index, fault) ? [index] : [],
    )
    const kinds = new Set(fresh.flatMap((index) => lamps[index]?.fault ?? []))
    const began = [...kinds].map((fault) =>
      this.#begin(
        fault,
        fresh.filter((index) => lamps[index]?.fault === fault),
        lamps,
      ),
    )
    return [...ended, ...began]
  }

  #end(lamps: readonly DiagnosedLamp[]): readonly FaultChange[] {
    for (const open of this.#open) {
      for (const index of open.lamps) if (lamps[index]?.fault !== open.fault) open.lamps.delete(index)
    }
    const over = this.#open.filter((open) => open.lamps.size === 0)
    for (const open of over) this.#open.splice(this.#open.indexOf(open), 1)
    return over.map(({ fault, told }) => ({ state: 'cleared', fault, lamps: told, score: null }))
  }

  /** Does the lamp belong to a fault that stands? */
  #joins(index: number, fault: string): boolean {
    const open = this.#open.find((one) => one.fault === fault && (one.lamps.has(index) || one.expected.has(index)))
    open?.lamps.add(index)
    return open !== undefined
  }

  #begin(fault: string, raised: readonly number[], lamps: readonly DiagnosedLamp[]): FaultChange {
    const told = fault === cableFault ? darkRunAround(raised, lamps) : raised
    this.#open.push({ fault, told, lamps: new Set(raised), expected: new Set(told) })
    const score = Math.max(...raised.map((index) => lamps[index]?.score ?? 0))
    return { state: 'raised', fault, lamps: told, score }
  }
}

/** The lamps raised, and the dark ones from the first of them to the end of the run. */
function darkRunAround(raised: readonly number[], lamps: readonly DiagnosedLamp[]): readonly number[] {
  const run = new Set(raised)
  for (const start of raised) {
    for (const step of [-1, 1]) {
      for (let index = start + step; lamps[index]?.dark === true; index += step) run.add(index)
    }
  }
  return [...run].toSorted((a, b) => a - b)
}
