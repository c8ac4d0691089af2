// What lets the dashboard open without a network: its files are kept, and so is what was last seen; begun when the page is at rest.
import { effect } from '@preact/signals'
import type { Clock } from '../../../../broker/contract/ports.ts'
import type { City } from '../city/city.ts'
import { keepLastSeen, recallLastSeen } from './last-seen.ts'
import { lookForNewer } from './newer-version.ts'

/** After the first values, so that keeping files does not slow them down. */
const restMs = 5000
/** Without an answer for this long what was last seen is shown, as old. */
const patienceMs = 4000

/** Ends with the returned function. */
export function startOffline(city: City, clock: Clock): () => void {
  const recall = async (): Promise<void> => {
    if (city.loaded.peek()) return
    const seen = await recallLastSeen()
    if (seen !== undefined) city.showLastSeen(seen)
  }
  const patience = clock.setTimer(() => void recall(), patienceMs)
  const unfollow = followConnection(city, recall)
  let rest: { cancel(): void } | undefined
  let stopKeeping: (() => void) | undefined
  const unload = effect(() => {
    if (city.connection.value !== 'live' && city.connection.value !== 'polling') return
    rest ??= clock.setTimer(() => {
      void keepShell()
      stopKeeping = keepLastSeen(city, clock)
    }, restMs)
  })
  return () => {
    for (const end of [() => patience.cancel(), unfollow, unload, () => rest?.cancel(), stopKeeping]) end?.()
  }
}

/** Back from a loss, or begun from kept files: the hub may have another version by now. */
function followConnection(city: City, recall: () => Promise<void>): () => void {
  let isDoubtful = 'serviceWorker' in navigator && navigator.serviceWorker.controller !== null
  return effect(() => {
    const state = city.connection.value
    if (state === 'lost') void recall()
    if (state === 'lost' || state === 'reconnecting') isDoubtful = true
    else if (isDoubtful && state !== 'connecting') {
      isDoubtful = false
      void lookForNewer()
    }
  })
}

/** One worker keeps the files and shows notices; one that is registered for a person stays so. Never rejects. */
async function keepShell(): Promise<void> {
  if (!isSecureContext || !('serviceWorker' in navigator)) return
  const scope = new URL('./', document.baseURI)
  try {
    const known = await navigator.serviceWorker.getRegistration(scope)
    if (known?.scope === scope.href) await known.update()
    else
      await navigator.serviceWorker.register(new URL('sw.js', scope), { scope: scope.pathname, updateViaCache: 'none' })
  } catch {
    // A browser that forbids it works as long as there is a network.
  }
}
