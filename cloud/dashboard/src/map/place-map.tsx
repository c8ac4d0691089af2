// One place on a small map that does not move: where something stands, at a glance.
import { useEffect, useRef } from 'preact/hooks'
import { boundsAround, openBareSurface } from './bare-surface.ts'
import type { Position } from './geometry.ts'

/** Some kilometres around: enough to know the place by coast and towns. */
const aroundDeg = 0.06

export function PlaceMap({ position: { lat, lon }, label }: { readonly position: Position; readonly label: string }) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const container = element.current
    if (container === null) return undefined
    const leaving = new AbortController()
    const bounds = () => boundsAround({ lat, lon }, aroundDeg)
    const opening = openBareSurface({ container, bounds, moved: () => undefined, signal: leaving.signal })
    return () => {
      leaving.abort()
      void opening.then((surface) => surface?.close())
    }
  }, [lat, lon])
  return (
    <div class="place-map" role="img" aria-label={label}>
      <div class="place-surface" ref={element} />
      <span class="place-pin" aria-hidden="true" />
    </div>
  )
}
