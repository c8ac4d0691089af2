// A map of land and sea alone, which needs no network: for a place at a glance, and for the pin of a phone at a pole.
import type { Bounds, Position } from './geometry.ts'
import { mapColours } from './map-colours.ts'
import type { Surface } from './surface.ts'
import { createSvgSurface } from './svg-surface.ts'

/** A square of so many degrees to each side. */
export function boundsAround({ lat, lon }: Position, deg: number): Bounds {
  return { west: lon - deg, east: lon + deg, south: lat - deg, north: lat + deg }
}

/** Resolves when the coast is loaded: undefined where the page has let go of the map (`signal`) meanwhile. */
export async function openBareSurface(given: {
  readonly container: HTMLElement
  readonly bounds: () => Bounds
  readonly moved: () => void
  readonly signal: AbortSignal
}): Promise<Surface | undefined> {
  const { container, bounds, moved, signal } = given
  const { coast } = await import('virtual:coast')
  if (signal.aborted) return undefined
  const colours = mapColours(container)
  return createSvgSurface({ container, coast, tiles: undefined, colours, bounds: bounds(), paddingPx: 0, moved })
}
