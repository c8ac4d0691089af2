// One place on a small map that does not move: where something stands, at a glance.
import { useEffect, useRef } from 'preact/hooks'
import type { Position } from './geometry.ts'
import { createSvgSurface } from './svg-surface.ts'

/** Some kilometres around: enough to know the place by coast and towns. */
const aroundDeg = 0.06

export function PlaceMap({ position: { lat, lon }, label }: { readonly position: Position; readonly label: string }) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const container = element.current
    if (container === null) return undefined
    let isOpen = true
    let close = (): void => undefined
    const open = async (): Promise<void> => {
      const { coast } = await import('virtual:coast')
      if (!isOpen) return
      const style = getComputedStyle(container)
      const read = (name: string): string => style.getPropertyValue(name).trim()
      const surface = createSvgSurface({
        container,
        coast,
        tiles: undefined,
        colours: {
          sea: read('--map-sea'),
          shallows: read('--map-shallows'),
          land: read('--map-land'),
          coast: read('--map-coast'),
          grid: read('--map-grid'),
          dark: matchMedia('(prefers-color-scheme: dark)').matches,
        },
        bounds: { west: lon - aroundDeg, east: lon + aroundDeg, south: lat - aroundDeg, north: lat + aroundDeg },
        paddingPx: 0,
        moved: () => undefined,
      })
      close = () => surface.close()
    }
    void open()
    return () => {
      isOpen = false
      close()
    }
  }, [lat, lon])
  return (
    <div class="place-map" role="img" aria-label={label}>
      <div class="place-surface" ref={element} />
      <span class="place-pin" aria-hidden="true" />
    </div>
  )
}
