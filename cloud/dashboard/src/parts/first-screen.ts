// When the first screen is drawn: once with everything in it is sooner of use than twice, and nothing moves when the rest comes.
import { effect } from '@preact/signals'
import type { Clock } from '../../../../broker/contract/ports.ts'
import type { City } from '../city/city.ts'

/** Whoever waits longer is shown what is there by then. On a slow phone drawing twice takes longer than most answers. */
const patienceMs = 1000

/** Resolves when the lists of the city and the view are here, or after a second. Never rejects. */
export async function firstScreen(city: City, view: Promise<void>, clock: Clock): Promise<void> {
  const lists = Promise.withResolvers<void>()
  const patience = Promise.withResolvers<void>()
  const unfollow = effect(() => {
    if (city.loaded.value) lists.resolve()
  })
  const timer = clock.setTimer(patience.resolve, patienceMs)
  await Promise.race([Promise.all([lists.promise, view]), patience.promise])
  timer.cancel()
  unfollow()
}
