// What the map needs of whatever draws land and sea: one interface for MapLibre and for plain SVG.
import type { Bounds, Point, Position, Size } from './geometry.ts'

/** A GeoJSON feature, degrees WGS84. */
export interface Land {
  readonly type: 'Feature'
  readonly properties: Record<string, never>
  readonly geometry: { readonly type: 'MultiPolygon'; readonly coordinates: number[][][][] }
}

export interface MapColours {
  readonly sea: string
  readonly shallows: string
  readonly land: string
  readonly coast: string
  readonly grid: string
  readonly dark: boolean
}

/** Raster tiles that answered a probe. */
export interface Tiles {
  readonly url: string
  readonly attribution: string
  readonly maxZoom: number
}

export interface SurfaceOptions {
  readonly container: HTMLElement
  readonly coast: Land
  readonly tiles: Tiles | undefined
  readonly colours: MapColours
  /** First view; positions outside Japan's box have no land. */
  readonly bounds: Bounds
  readonly paddingPx: number
  /** Called after each change of the view, many times a second while it moves. */
  readonly moved: () => void
}

export interface Surface {
  /** Pixels from the container's top left. */
  project(position: Position): Point
  /** Of the window, in pixels. */
  size(): Size
  /** Tiles bring their own place names. */
  readonly showsNames: boolean
  /** In MapLibre's counting. */
  zoom(): number
  fit(bounds: Bounds): void
  zoomBy(steps: number): void
  recolour(colours: MapColours): void
  close(): void
}

/** One site or a tight group is not shown closer than this. */
export const closestFitZoom = 14
export const zoomRange = { min: 5, max: 18 } as const
