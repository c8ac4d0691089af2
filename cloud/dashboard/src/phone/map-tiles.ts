// Asks the hub which tiles its maps show.
import type { Tiles } from '../map/surface.ts'

const quickMs = 8_000

/** Undefined: none, or no network. */
export async function fetchTiles(): Promise<Tiles | undefined> {
  try {
    const response = await fetch(new URL('../api/v1/ui', document.baseURI), { signal: AbortSignal.timeout(quickMs) })
    return ((await response.json()) as { readonly tiles: Tiles | null }).tiles ?? undefined
  } catch {
    return undefined
  }
}
