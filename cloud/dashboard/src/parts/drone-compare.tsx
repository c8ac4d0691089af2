// Two flights over one field, the later over the earlier, with a slider between them: a range input, which every key and thumb can move.
import { useEffect, useRef, useState } from 'preact/hooks'
import {
  aspectOf,
  coverColour,
  placeIn,
  ringBounds,
  unionOf,
  type Bounds,
  type CoverGrid,
  type FieldFlight,
} from '../city/canopy.ts'
import { dateTime } from '../format/time.ts'
import { language, t } from '../text/language.ts'

/** GeoJSON coordinates of the field. */
type Ring = readonly (readonly number[])[]

interface CompareProps {
  readonly before: FieldFlight | undefined
  readonly after: FieldFlight
  readonly outline: Ring | undefined
}

export function DroneCompare({ before, after, outline }: CompareProps) {
  const [at, setAt] = useState(50)
  const extents = [before?.grid?.bounds, after.grid?.bounds, outline && ringBounds(outline)]
  const bounds = unionOf(extents.flatMap((one) => one ?? []))
  if (bounds === undefined) return <p class="empty">{t('drone.notWorkedOut')}</p>
  const shared = before !== undefined
  return (
    <figure class="drone-compare">
      <figcaption class={shared ? 'drone-sides' : 'drone-sides drone-side-only'}>
        {before !== undefined && <Side flight={before} name={t('drone.left')} />}
        <Side flight={after} name={shared ? t('drone.right') : ''} />
      </figcaption>
      <div class="drone-map" style={mapSize(aspectOf(bounds))}>
        {before?.grid !== undefined && <Heat grid={before.grid} bounds={bounds} flight={before} />}
        <div class="drone-over" style={{ clipPath: shared ? `inset(0 0 0 ${at}%)` : 'none' }}>
          {after.grid !== undefined && <Heat grid={after.grid} bounds={bounds} flight={after} />}
        </div>
        {outline !== undefined && <Outline ring={outline} bounds={bounds} />}
        {shared && <div class="drone-divider" style={{ left: `${at}%` }} aria-hidden="true" />}
      </div>
      {shared && (
        <label class="drone-slider">
          <span>{t('drone.slider')}</span>
          <input
            type="range"
            min="0"
            max="100"
            value={at}
            aria-valuetext={t('drone.sliderAt', { left: at, right: 100 - at })}
            onInput={(event) => setAt(Number(event.currentTarget.value))}
          />
        </label>
      )}
      <Legend />
    </figure>
  )
}

/** Never so high that the slider below it is out of sight on a phone. */
function mapSize(aspect: number) {
  return { aspectRatio: String(aspect), width: `min(100%, calc(48svh * ${aspect.toFixed(4)}))` }
}

function Side({ flight, name }: { readonly flight: FieldFlight; readonly name: string }) {
  return (
    <p class="drone-side">
      {name !== '' && <span class="drone-side-name">{name}</span>}
      <time dateTime={new Date(flight.timeMs).toISOString()}>{dateTime(flight.timeMs, language.value)}</time>
      <b>{coverText(flight)}</b>
    </p>
  )
}

export function coverText({ cover }: Pick<FieldFlight, 'cover'>): string {
  return cover === undefined ? t('drone.noCover') : t('drone.cover', { share: Math.round(cover * 100) })
}

/** A pixel for each cell; the browser makes them large without blurring them. */
function Heat(props: { readonly grid: CoverGrid; readonly bounds: Bounds; readonly flight: FieldFlight }) {
  const { grid, bounds, flight } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (context === undefined || context === null) return
    const image = context.createImageData(grid.columns, grid.rows)
    for (const [index, cell] of grid.cells.entries()) {
      // Nothing was seen of a cell with no cover at all, or it lies outside the field.
      if (cell > 0) image.data.set([...coverColour(cell / 255), 255], index * 4)
    }
    context.putImageData(image, 0, 0)
  }, [grid])
  const { left, top, width, height } = placeIn(grid.bounds, bounds)
  return (
    <canvas
      ref={canvas}
      class="drone-heat"
      width={grid.columns}
      height={grid.rows}
      style={{ left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` }}
      role="img"
      aria-label={t('drone.heat', { time: dateTime(flight.timeMs, language.value), cover: coverText(flight) })}
    />
  )
}

function Outline({ ring, bounds }: { readonly ring: Ring; readonly bounds: Bounds }) {
  const points = ring.map(([lon = 0, lat = 0]) => {
    const { left, top } = placeIn({ west: lon, east: lon, south: lat, north: lat }, bounds)
    return `${left},${top}`
  })
  return (
    <svg class="drone-outline" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={points.join(' ')} />
    </svg>
  )
}

function Legend() {
  const steps = [0, 0.25, 0.5, 0.75, 1]
  return (
    <div class="drone-legend">
      <p>{t('drone.legend')}</p>
      <ol>
        {steps.map((share) => (
          <li key={share}>
            <span class="drone-swatch" style={{ background: `rgb(${coverColour(share).join(' ')})` }} />
            {Math.round(share * 100)}%
          </li>
        ))}
      </ol>
      <p class="quiet">{t('drone.north')}</p>
    </div>
  )
}
