// A map that moves below a pin in its middle: easier with gloves than a pin that is dragged. Land and names are in the phone; tiles where there is a network.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { boundsAround, openBareSurface } from '../map/bare-surface.ts'
import type { Position } from '../map/geometry.ts'
import type { Surface, Tiles } from '../map/surface.ts'
import { fetchTiles } from './map-tiles.ts'
import { Above, cityHall, middleOf } from './map-above.tsx'
import { steerMap } from './pin-steering.ts'

/** With tiles a hundred metres around the position; on bare land far enough to see the names of towns. */
const nearDeg = (tiles: Tiles | undefined): number => (tiles === undefined ? 0.03 : 0.001)
const farDeg = 0.1
const settleMs = 250

/** What its parts are called. */
interface MapWords {
  readonly map: string
  readonly zoomIn: string
  readonly zoomOut: string
}

export function PinMap(props: {
  readonly position: Position | undefined
  readonly words: MapWords
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
        return boundsAround(position ?? cityHall, position === undefined ? farDeg : nearDeg(tiles.value))
      }
      const opened = await openBareSurface({ container, bounds, moved, signal: leaving.signal })
      if (opened === undefined) return
      const { position } = newest.current
      if (position !== undefined) opened.fit(boundsAround(position, nearDeg(tiles.value)))
      placed.current = middleOf(opened)
      surface.value = opened
      steerMap(container, opened, leaving.signal)
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
    <div class="pin-map">
      <div class="pin-surface" ref={element} role="application" aria-label={props.words.map} tabIndex={0} />
      {surface.value !== undefined && <Above surface={surface.value} tiles={tiles.value} />}
      <svg class="pin" viewBox="0 0 24 32" aria-hidden="true">
        <path d="M12 31C12 31 22 19 22 11A10 10 0 0 0 2 11C2 19 12 31 12 31Z" />
        <circle cx="12" cy="11" r="4" />
      </svg>
      <Zoom words={props.words} by={(steps) => surface.value?.zoomBy(steps)} />
    </div>
  )
}

export function Zoom({ words, by }: { readonly words: MapWords; readonly by: (steps: number) => void }) {
  return (
    <div class="pin-zoom">
      <button type="button" aria-label={words.zoomIn} onClick={() => by(1)}>
        +
      </button>
      <button type="button" aria-label={words.zoomOut} onClick={() => by(-1)}>
        −
      </button>
    </div>
  )
}

function isSame(a: Position, b: Position): boolean {
  return Math.abs(a.lat - b.lat) < 2e-6 && Math.abs(a.lon - b.lon) < 2e-6
}
