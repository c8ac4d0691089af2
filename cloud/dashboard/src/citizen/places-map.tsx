// A map of public places: dots with the numbers of the list below, which says the same to whoever sees no map.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { openBareSurface } from '../map/bare-surface.ts'
import { type Bounds, boundsOf, type Position } from '../map/geometry.ts'
import type { Surface, Tiles } from '../map/surface.ts'
import { Above, cityHall } from '../phone/map-above.tsx'
import { fetchTiles } from '../phone/map-tiles.ts'
import { Zoom } from '../phone/pin-map.tsx'
import { say } from './text/say.ts'

export interface Dot {
  readonly id: string
  readonly name: string
  readonly position: Position
}

const aroundDeg = 0.015

function boundsOfDots(dots: readonly Dot[]): Bounds {
  const { west, east, south, north } = boundsOf(dots.map(({ position }) => position)) ?? boundsOf([cityHall]) ?? none
  return { west: west - aroundDeg, east: east + aroundDeg, south: south - aroundDeg, north: north + aroundDeg }
}

const none: Bounds = { west: cityHall.lon, east: cityHall.lon, south: cityHall.lat, north: cityHall.lat }

export function PlacesMap({ dots }: { readonly dots: readonly Dot[] }) {
  const element = useRef<HTMLDivElement>(null)
  const surface = useSignal<Surface | undefined>(undefined)
  const tiles = useSignal<Tiles | undefined>(undefined)
  const moves = useSignal(0)
  useEffect(() => {
    const container = element.current
    if (container === null) return undefined
    const leaving = new AbortController()
    const bounds = () => boundsOfDots(dots)
    const moved = () => void (moves.value += 1)
    void openBareSurface({ container, bounds, moved, signal: leaving.signal }).then((opened) => {
      surface.value = opened
    })
    void fetchTiles().then((found) => {
      if (!leaving.signal.aborted) tiles.value = found
    })
    return () => {
      leaving.abort()
      surface.value?.close()
    }
  }, [])
  void moves.value
  const opened = surface.value
  const words = { map: say('report.map'), zoomIn: say('report.zoomIn'), zoomOut: say('report.zoomOut') }
  return (
    <div class="pin-map places-map" role="group" aria-label={words.map}>
      <div class="pin-surface" ref={element} />
      {opened !== undefined && <Above surface={opened} tiles={tiles.value} />}
      {opened !== undefined && (
        <div class="pin-above" aria-hidden="true">
          {dots.map(({ id, position }, index) => {
            const { x, y } = opened.project(position)
            return (
              <span key={id} class="dot" style={{ transform: `translate(${x}px, ${y}px)` }}>
                {index + 1}
              </span>
            )
          })}
        </div>
      )}
      <Zoom words={words} by={(zoomSteps) => opened?.zoomBy(zoomSteps)} />
    </div>
  )
}
