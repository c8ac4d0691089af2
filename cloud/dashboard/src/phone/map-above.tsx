// What stands above the bare land of a phone's map: tiles where there is a network, else the names of towns.
import { useSignal } from '@preact/signals'
import { mercator, type Point, type Position, worldPxOf } from '../map/geometry.ts'
import { places } from '../map/places.ts'
import type { Surface, Tiles } from '../map/surface.ts'
import { localized } from './language.ts'

/** Kimitsu's city hall: where the first map of a phone that knows nothing begins. */
export const cityHall: Position = { lat: 35.3304, lon: 139.9027 }
const tilePx = 256

/** The position below a point of the window. */
function positionAt(surface: Surface, point: Point): Position {
  const worldPx = worldPxOf(surface.zoom())
  const origin = surface.project(cityHall)
  const middle = mercator(cityHall)
  const x = middle.x + (point.x - origin.x) / worldPx
  const y = middle.y + (point.y - origin.y) / worldPx
  return { lon: x * 360 - 180, lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI }
}

export function middleOf(surface: Surface): Position {
  const { width, height } = surface.size()
  return positionAt(surface, { x: width / 2, y: height / 2 })
}

/** Tiles cover the bare land; as long as none is here, names help to find the place. */
export function Above({ surface, tiles }: { readonly surface: Surface; readonly tiles: Tiles | undefined }) {
  const isThere = useSignal(false)
  return (
    <div class="pin-above" aria-hidden="true">
      {tiles !== undefined && <TileImages surface={surface} tiles={tiles} loaded={() => (isThere.value = true)} />}
      {!isThere.value && <Names surface={surface} />}
      {isThere.value && tiles?.attribution !== '' && <small class="pin-credit">{tiles?.attribution}</small>}
    </div>
  )
}

/** Of `.pin-name` and `.pin-zoom`, px. */
const [letterPx, nameHighPx, zoomWidePx, zoomHighPx] = [15, 24, 60, 112] as const

/** Neither cut by the edge of the map nor below the buttons of its zoom. */
function isWhole({ x, y }: Point, name: string, width: number): boolean {
  // A letter of the Latin alphabet is little more than half as wide as a kanji.
  const isLatin = /^[\u0020-\u007e]*$/.test(name)
  const end = x + 8 + name.length * letterPx * (isLatin ? 0.6 : 1)
  return end < (y < zoomHighPx + nameHighPx / 2 ? width - zoomWidePx : width)
}

function Names({ surface }: { readonly surface: Surface }) {
  const { width, height } = surface.size()
  return (
    <>
      {places
        .filter(({ fromZoom }) => surface.zoom() >= fromZoom)
        .map((place) => ({ place, at: surface.project(place.position) }))
        .filter(({ at }) => at.x > 0 && at.y > 0 && at.y < height)
        .filter(({ place, at }) => isWhole(at, localized(place.name), width))
        .map(({ place, at }) => (
          <span key={place.name.en} class="pin-name" style={{ transform: `translate(${at.x}px, ${at.y}px)` }}>
            {localized(place.name)}
          </span>
        ))}
    </>
  )
}

function TileImages(props: {
  readonly surface: Surface
  readonly tiles: Tiles
  /** The first of them is here. */
  readonly loaded: () => void
}) {
  const { surface, tiles, loaded } = props

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
              onLoad={loaded}
              onError={(event) => (event.currentTarget.style.visibility = 'hidden')}
            />
          )
        }),
      )}
    </>
  )
}
