// Web Mercator and pixels: the arithmetic that both map surfaces and the markers share.

export interface Position {
  readonly lat: number
  readonly lon: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** Degrees. */
export interface Bounds {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** What part of the world is seen: the middle in Mercator units (0..1, y south), and how many pixels the world is wide. */
export interface View {
  readonly center: Point
  readonly worldPx: number
}

/** Web Mercator (EPSG:3857) scaled to the unit square. */
export function mercator(position: Position): Point {
  const latRad = (position.lat * Math.PI) / 180
  return { x: (position.lon + 180) / 360, y: (1 - Math.asinh(Math.tan(latRad)) / Math.PI) / 2 }
}

/** Smallest bounds that hold all positions; undefined for none. */
export function boundsOf(positions: readonly Position[]): Bounds | undefined {
  if (positions.length === 0) return undefined
  const lats = positions.map(({ lat }) => lat)
  const lons = positions.map(({ lon }) => lon)
  return { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats) }
}

/** The view that shows the bounds within the padding, zoomed in no further than `maxWorldPx`. */
export function fitView(bounds: Bounds, size: Size, paddingPx: number, maxWorldPx: number): View {
  const topLeft = mercator({ lat: bounds.north, lon: bounds.west })
  const bottomRight = mercator({ lat: bounds.south, lon: bounds.east })
  const roomX = Math.max(1, size.width - 2 * paddingPx)
  const roomY = Math.max(1, size.height - 2 * paddingPx)
  return {
    center: { x: (topLeft.x + bottomRight.x) / 2, y: (topLeft.y + bottomRight.y) / 2 },
    worldPx: Math.min(maxWorldPx, roomX / (bottomRight.x - topLeft.x), roomY / (bottomRight.y - topLeft.y)),
  }
}

/** Where a Mercator point stands on the screen, pixels from the top left. */
export function toScreen(point: Point, view: View, size: Size): Point {
  return {
    x: (point.x - view.center.x) * view.worldPx + size.width / 2,
    y: (point.y - view.center.y) * view.worldPx + size.height / 2,
  }
}

/** The view after zooming by a factor about a point of the screen that stays where it is. */
export function zoomAbout(view: View, size: Size, anchor: Point, factor: number): View {
  const offset = { x: anchor.x - size.width / 2, y: anchor.y - size.height / 2 }
  const shift = (1 - 1 / factor) / view.worldPx
  return {
    center: { x: view.center.x + offset.x * shift, y: view.center.y + offset.y * shift },
    worldPx: view.worldPx * factor,
  }
}

/** MapLibre counts zoom in doublings of a world 512 pixels wide. */
export function zoomOf(worldPx: number): number {
  return Math.log2(worldPx / 512)
}

export function worldPxOf(zoom: number): number {
  return 512 * 2 ** zoom
}
