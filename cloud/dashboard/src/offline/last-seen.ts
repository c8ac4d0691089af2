// The lists as this device last saw them, for when the hub cannot be reached: kept with their time, and shown as old, never as now.
import type { Clock } from '../../../../broker/contract/ports.ts'
import type { City, CityLists } from '../city/city.ts'

/** Of one person at a time: who leaves takes it along. Bound: one document, the newest. */
const storeName = 'musubi-last-seen'
const keepEveryMs = 60_000

export interface LastSeen extends CityLists {
  /** By the browser's clock, Unix ms. */
  readonly seenAtMs: number
}

function address(): string {
  return new URL('./last-seen', document.baseURI).href
}

/** Browsers keep files only for pages that came over HTTPS, and some for nobody. */
async function store(): Promise<Cache | undefined> {
  return 'caches' in globalThis ? await caches.open(storeName).catch(() => undefined) : undefined
}

/** Never rejects. */
export async function recallLastSeen(): Promise<LastSeen | undefined> {
  try {
    const kept = await (await store())?.match(address())
    return kept === undefined ? undefined : ((await kept.json()) as LastSeen)
  } catch {
    return undefined
  }
}

/** Never rejects: at the door nothing of whoever was in is left. */
export async function forgetLastSeen(): Promise<void> {
  if ('caches' in globalThis) await caches.delete(storeName).catch(() => false)
}

async function keep(city: City): Promise<void> {
  const seenAtMs = city.freshAtMs.peek()
  if (seenAtMs === undefined || city.lostSinceMs.peek() !== undefined) return
  const seen: LastSeen = { ...city.lists(), seenAtMs }
  await (await store())?.put(address(), Response.json(seen))
}

/** Keeps what is shown from now on: once a minute, and when the page is left. Ends with the returned function. */
export function keepLastSeen(city: City, clock: Clock): () => void {
  let timer = clock.setTimer(again, keepEveryMs)
  // A device without room keeps what it had.
  const now = (): void => void keep(city).catch(() => undefined)
  function again(): void {
    now()
    timer = clock.setTimer(again, keepEveryMs)
  }
  const onHidden = (): void => {
    if (document.hidden) now()
  }
  now()
  document.addEventListener('visibilitychange', onHidden)
  return () => {
    timer.cancel()
    document.removeEventListener('visibilitychange', onHidden)
  }
}
