// Finds out whether the configured map tiles can be reached from here; offline the coast alone is the map.
import type { UiSettings } from '../api/shapes.ts'
import type { Tiles } from './surface.ts'

const timeoutMs = 2500
/** A tile that every map of Japan has: the one with Kimitsu's city hall at zoom 10. */
const probe = { z: 10, x: 909, y: 404 } as const

/** The tiles when one of them answers within 2.5 s, else undefined. Never rejects. */
export async function reachableTiles(configured: UiSettings['tiles']): Promise<Tiles | undefined> {
  if (configured === null) return undefined
  const { z, x, y } = probe
  const url = configured.url.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y))
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), credentials: 'omit' })
    return response.ok ? configured : undefined
  } catch {
    return undefined
  }
}
