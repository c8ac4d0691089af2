// Shows how far long work is: a bar on a terminal, a line now and then elsewhere; always on stderr, so that stdout stays the result.

export interface Progress {
  /** `done` of `total`; any unit. */
  readonly update: (done: number, total: number, what: string) => void
  /** Takes the bar away. */
  readonly end: () => void
}

interface ProgressOptions {
  readonly isTerminal: boolean
  readonly write: (text: string) => void
  /** Monotonic, ms. */
  readonly now: () => number
}

const barWidth = 30
const redrawMs = 100
const lineEveryMs = 10_000
const eraseLine = '\r\u001b[2K'

export function createProgress({ isTerminal, write, now }: ProgressOptions): Progress {
  const began = now()
  let shown = Number.NEGATIVE_INFINITY
  let current = ''
  return {
    update(done, total, what) {
      const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0
      const isLate = now() - shown >= (isTerminal ? redrawMs : lineEveryMs)
      if (!isLate && (what === current || !isTerminal)) return
      shown = now()
      current = what
      const left = share > 0.02 ? `, ${duration(((now() - began) * (1 - share)) / share)} left` : ''
      const percent = `${Math.floor(share * 100)} %`
      if (!isTerminal) return write(`${percent} (${Math.floor(done)} of ${total})${left}  ${what}\n`)
      const full = Math.round(share * barWidth)
      write(`${eraseLine}[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] ${percent}${left}  ${what}`)
    },
    end() {
      if (isTerminal && current !== '') write(eraseLine)
    },
  }
}

/** Of this process. */
export function stderrProgress(): Progress {
  return createProgress({
    isTerminal: process.stderr.isTTY,
    write: (text) => void process.stderr.write(text),
    now: () => performance.now(),
  })
}

function duration(ms: number): string {
  const s = Math.round(ms / 1000)
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60} s`
}
