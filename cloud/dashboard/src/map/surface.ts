// What the map needs of whatever draws land and sea: one interface for MapLibre and for plain SVG.
import type { MarkName } from '../parts/state-mark.tsx'
import type { Bounds, Point, Position, Size } from './geometry.ts'
import type { Mark, SeenMark } from './marks.ts'

/** A GeoJSON feature, degrees WGS84. */
export interface Land {
  readonly type: 'Feature'
  readonly properties: Record<string, never>
  readonly geometry: { readonly type: 'MultiPolygon'; readonly coordinates: number[][][][] }
}

export interface MarkColours {
  readonly fills: Readonly<Record<MarkName, string>>
  readonly sign: string
  /** Around a mark. */
  readonly halo: string
}

export interface MapColours {
  readonly marks: MarkColours
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
  /** Absent: what stands on the map is HTML above it. */
  readonly marks?: {
    /** The view has come to rest, or other marks are drawn. */
    readonly rested: () => void
    /** Somebody pressed a drawn mark: its id, or the first of its group. */
    readonly chosen: (ids: readonly string[]) => void
  }
}

/** Marks that the surface draws and groups by itself, thousands of them. */
export interface MarkSheet {
  show(marks: readonly Mark[]): void
  /** What is drawn in the window now, worst first, as much as a page can hold buttons for. */
  seen(): readonly SeenMark[]
}

export interface Surface {
  /** Undefined: this one draws none, or was not asked to. */
  readonly sheet: MarkSheet | undefined
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
  /** What stood so many pixels right of and below the middle comes to the middle. */
  panBy(by: Point): void
  recolour(colours: MapColours): void
  close(): void
}

/** One site or a tight group is not shown closer than this. */
export const closestFitZoom = 14
export const zoomRange = { min: 5, max: 18 } as const
