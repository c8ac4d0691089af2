// Ends what a benchmark started when the benchmark itself ends early: a peer left running would take part in the next figure.
import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { constants } from 'node:os'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * From now on, whatever this process spawns, through whichever module, is killed when this process exits: at its end, after
 * an uncaught error, by SIGINT, SIGTERM or SIGHUP. Only SIGKILL leaves children behind. Call it once, before the first spawn.
 */
export function guardChildren(): void {
  const running = new Set<ChildProcess>()
  subscribe('child_process', (message) => {
    const { process: child } = message as { readonly process: ChildProcess }
    running.add(child)
    child.once('exit', () => running.delete(child))
  })
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL')
  })
  for (const signal of signals) process.once(signal, () => process.exit(128 + constants.signals[signal]))
}
