// Waits for a condition instead of a time.
import { setTimeout as sleep } from 'node:timers/promises'

/** How much longer than on a quiet machine things may take: how busy it is decides no test. */
const patience = 4

/** Resolves with the first result that is not undefined, asking again every 50 ms; throws what is missing after four times `limitMs`. */
export async function until<T>(what: string, limitMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + patience * limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`not within ${patience * limitMs} ms: ${what}`)
    await sleep(50)
  }
}
