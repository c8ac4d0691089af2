// A map that moves below a pin in its middle: easier with gloves than a pin that is dragged. Land and names are in the phone; tiles where there is a network.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { boundsAround, openBareSurface } from '../map/bare-surface.ts'
import { mercator, type Point, type Position, worldPxOf } from '../map/geometry.ts'
import { places } from '../map/places.ts'
import type { Surface, Tiles } from '../map/surface.ts'
import { fetchTiles } from './hub.ts'
import { localized, say } from './text/say.ts'

/** Kimitsu's city hall: where the first map of a phone that knows nothing begins. */
const start: Position = { lat: 35.3304, lon: 139.9027 }
/** With tiles a hundred metres around the position; on bare land far enough to see the names of towns. */
const nearDeg = (tiles: Tiles | undefined): number => (tiles === undefined ? 0.03 : 0.001)
const farDeg = 0.1
const tilePx = 256
const settleMs = 250

/** The position below a point of the window. */
function positionAt(surface: Surface, point: Point): Position {
  const worldPx = worldPxOf(surface.zoom())
  const origin = surface.project(start)
  const middle = mercator(start)
  const x = middle.x + (point.x - origin.x) / worldPx
  const y = middle.y + (point.y - origin.y) / worldPx
  return { lon: x * 360 - 180, lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI }
}

function middleOf(surface: Surface): Position {
  const { width, height } = surface.size()
  return positionAt(surface, { x: width / 2, y: height / 2 })
}

export function PinMap(props: {
  readonly position: Position | undefined
  readonly moved: (position: Position) => void
}) {
  const element = useRef<HTMLDivElement>(null)
  const surface = useSignal<Surface | undefined>(undefined)
  const moves = useSignal(0)
  const tiles = useSignal<Tiles | undefined>(undefined)
  const newest = useRef(props)
  newest.current = props
  /** Where the page itself has put the map: only a person's movement is a correction. */
  const placed = useRef<Position | undefined>(undefined)
  const fittedTo = useRef<Tiles | undefined>(undefined)
  useEffect(() => {
    const container = element.current
    if (container === null) return undefined
    const leaving = new AbortController()
    let settle: ReturnType<typeof setTimeout> | undefined
    const moved = (): void => {
      moves.value += 1
      clearTimeout(settle)
      settle = setTimeout(() => surface.value && report(surface.value), settleMs)
    }
    const report = (opened: Surface): void => {
      const middle = middleOf(opened)
      const at = placed.current
      if (at !== undefined && isSame(middle, at)) return
      placed.current = middle
      newest.current.moved(middle)
    }
    const open = async (): Promise<void> => {
      const bounds = () => {
        const { position } = newest.current
        return boundsAround(position ?? start, position === undefined ? farDeg : nearDeg(tiles.value))
      }
      const opened = await openBareSurface({ container, bounds, moved, signal: leaving.signal })
      if (opened === undefined) return
      const { position } = newest.current
      if (position !== undefined) opened.fit(boundsAround(position, nearDeg(tiles.value)))
      placed.current = middleOf(opened)
      surface.value = opened
    }
    void open()
    void fetchTiles().then((found) => {
      if (!leaving.signal.aborted) tiles.value = found
    })
    return () => {
      leaving.abort()
      clearTimeout(settle)
      surface.value?.close()
    }
  }, [])
  const { position } = props
  useEffect(() => {
    const opened = surface.value
    if (opened === undefined || position === undefined) return
    const isThere = placed.current !== undefined && isSame(placed.current, position)
    if (isThere && fittedTo.current === tiles.value) return
    fittedTo.current = tiles.value
    opened.fit(boundsAround(position, nearDeg(tiles.value)))
    placed.current = middleOf(opened)
  }, [surface.value, tiles.value, position?.lat, position?.lon])
  void moves.value
  return (
    <div class="pin-map" role="group" aria-label={say('place.map')}>
      <div class="pin-surface" ref={element} />
      {surface.value !== undefined && <Above surface={surface.value} tiles={tiles.value} />}
      <svg class="pin" viewBox="0 0 24 32" aria-hidden="true">
        <path d="M12 31C12 31 22 19 22 11A10 10 0 0 0 2 11C2 19 12 31 12 31Z" />
        <circle cx="12" cy="11" r="4" />
      </svg>
      <Zoom by={(steps) => surface.value?.zoomBy(steps)} />
    </div>
  )
}

function Zoom({ by }: { readonly by: (steps: number) => void }) {
  return (
    <div class="pin-zoom">
      <button type="button" aria-label={say('place.zoomIn')} onClick={() => by(1)}>
        +
      </button>
      <button type="button" aria-label={say('place.zoomOut')} onClick={() => by(-1)}>
        −
      </button>
    </div>
  )
}

function isSame(a: Position, b: Position): boolean {
  return Math.abs(a.lat - b.lat) < 2e-6 && Math.abs(a.lon - b.lon) < 2e-6
}

/** Tiles cover the bare land; without them names help to find the place. */
function Above({ surface, tiles }: { readonly surface: Surface; readonly tiles: Tiles | undefined }) {
  return (
    <div class="pin-above" aria-hidden="true">
      {tiles === undefined ? <Names surface={surface} /> : <TileImages surface={surface} tiles={tiles} />}
      {tiles !== undefined && tiles.attribution !== '' && <small class="pin-credit">{tiles.attribution}</small>}
    </div>
  )
}

function Names({ surface }: { readonly surface: Surface }) {
  const { width, height } = surface.size()
  return (
    <>
      {places
        .filter(({ fromZoom }) => surface.zoom() >= fromZoom)
        .map((place) => ({ place, at: surface.project(place.position) }))
        .filter(({ at }) => at.x > 0 && at.y > 0 && at.x < width && at.y < height)
        .map(({ place, at }) => (
          <span key={place.name.en} class="pin-name" style={{ transform: `translate(${at.x}px, ${at.y}px)` }}>
            {localized(place.name)}
          </span>
        ))}
    </>
  )
}

function TileImages({ surface, tiles }: { readonly surface: Surface; readonly tiles: Tiles }) {
  const worldPx = worldPxOf(surface.zoom())
  const zoom = Math.min(tiles.maxZoom, Math.max(5, Math.round(Math.log2(worldPx / tilePx))))
  const sidePx = worldPx / 2 ** zoom
  const { width, height } = surface.size()
  const middle = mercator(middleOf(surface))
  const left = middle.x * worldPx - width / 2
  const top = middle.y * worldPx - height / 2
  const numbers = (fromPx: number, lengthPx: number): readonly number[] => {
    const first = Math.floor(fromPx / sidePx)
    return Array.from({ length: Math.floor((fromPx + lengthPx) / sidePx) - first + 1 }, (_, index) => first + index)
  }
  return (
    <>
      {numbers(top, height).flatMap((y) =>
        numbers(left, width).map((x) => {
          const source = tiles.url.replace('{z}', `${zoom}`).replace('{x}', `${x}`).replace('{y}', `${y}`)
          const place = `translate(${x * sidePx - left}px, ${y * sidePx - top}px)`
          return (
            <img
              key={source}
              class="pin-tile"
              src={source}
              alt=""
              draggable={false}
              style={{ width: `${sidePx + 0.5}px`, height: `${sidePx + 0.5}px`, transform: place }}
              onError={(event) => (event.currentTarget.style.visibility = 'hidden')}
            />
          )
        }),
      )}
    </>
  )
}
