// Waits for a condition instead of a time.
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves with the first result that is not undefined, asking again every 50 ms; throws what is missing after `limitMs`. */
export async function until<T>(what: string, limitMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`)
    await sleep(50)
  }
}
