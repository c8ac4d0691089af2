// The city staff's page: health at a glance, then one map of everything with its list beside it, worst first.
import '../style/sites.css'
import '../style/map.css'
import '../style/city.css'
import { type Signal, useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { countLayers } from '../city/map-marks.ts'
import { useCityMarks } from '../city/use-city-marks.ts'
import { boundsOf, type Bounds } from '../map/geometry.ts'
import { CityMap } from '../map/city-map.tsx'
import { type LayerId, layerIds, type Mark, searchMarks, stateRank } from '../map/marks.ts'
import { LayerIcon, layerKeys, MarkBadge } from '../map/mark-words.tsx'
import { AlarmBoard, HealthBoard } from '../parts/health-board.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { t } from '../text/language.ts'

export function CityPage({ city }: { readonly city: City }) {
  return (
    <>
      <h1>{t('city.title')}</h1>
      <HealthBoard city={city} />
      <AlarmBoard city={city} />
      <CityMapAndList city={city} />
    </>
  )
}

/** Where the city is when nothing of it is known yet: around its hall. */
const cityBounds: Bounds = { west: 139.86, south: 35.27, east: 139.99, north: 35.36 }

/** Of the middle nine tenths of what is shown: one far away does not make all others small. */
function boundsOfMost(marks: readonly Mark[]): Bounds {
  const middle = (read: (mark: Mark) => number): readonly [number, number] => {
    const sorted = marks.map(read).toSorted((a, b) => a - b)
    const cut = Math.floor(sorted.length / 20)
    return [sorted[cut] ?? 0, sorted[sorted.length - 1 - cut] ?? 0]
  }
  if (marks.length < 20) return boundsOf(marks.map(({ position }) => position)) ?? cityBounds
  const [south, north] = middle(({ position }) => position.lat)
  const [west, east] = middle(({ position }) => position.lon)
  return { south, north, west, east }
}

function CityMapAndList({ city }: { readonly city: City }) {
  const { marks, isPartial } = useCityMarks(city)
  const off = useSignal<ReadonlySet<LayerId>>(new Set())
  const typed = useSignal('')
  const chosen = useSignal<readonly string[]>([])
  const all = marks.value
  const byLayer = useMemo(() => countLayers(all), [all])
  const wanted = off.value
  const words = typed.value
  const shown = useMemo(
    () =>
      searchMarks(
        all.filter(({ layer }) => !wanted.has(layer)),
        words,
      ),
    [all, wanted, words],
  )
  // The view moves when other layers are chosen, not when a state changes.
  const outline = shown.length === 0 ? '' : `${[...wanted].join(' ')}|${words}|${shown.length > 0}`
  const bounds = useMemo(() => boundsOfMost(shown), [outline])
  return (
    <section class="city-map-section" aria-labelledby="city-map-title">
      <h2 id="city-map-title">{t('citymap.title')}</h2>
      {isPartial.value && <p class="fault">{t('citymap.partial')}</p>}
      <Layers byLayer={byLayer} off={off} />
      <div class="map-and-list">
        <div class="map-side">
          <CityMap city={city} marks={shown} bounds={bounds} chosen={chosen} />
        </div>
        <MarkList marks={shown} typed={typed} chosen={chosen} isLoaded={city.loaded.value} />
      </div>
    </section>
  )
}

function worstOf(marks: readonly Mark[]): Mark['state'] | undefined {
  return marks.toSorted((a, b) => stateRank(b.state) - stateRank(a.state))[0]?.state
}

function Layers(props: {
  readonly byLayer: ReadonlyMap<LayerId, readonly Mark[]>
  readonly off: Signal<ReadonlySet<LayerId>>
}) {
  const { byLayer, off } = props
  function toggle(layer: LayerId): void {
    const next = new Set(off.value)
    if (!next.delete(layer)) next.add(layer)
    off.value = next
  }
  return (
    <div class="choices layers" role="group" aria-label={t('citymap.layers')}>
      {layerIds.map((layer) => {
        const marks = byLayer.get(layer) ?? []
        const worst = worstOf(marks)
        return (
          <button
            key={layer}
            type="button"
            class="choice layer"
            data-layer={layer}
            aria-pressed={!off.value.has(layer)}
            onClick={() => toggle(layer)}
          >
            <LayerIcon layer={layer} />
            {t(layerKeys[layer])}
            <span class="choice-count">{marks.length}</span>
            {(worst === 'critical' || worst === 'warning') && <StateMark name={worst} size={16} />}
          </button>
        )
      })}
    </div>
  )
}

const stepRows = 50

function MarkList(props: {
  readonly marks: readonly Mark[]
  readonly typed: Signal<string>
  readonly chosen: Signal<readonly string[]>
  readonly isLoaded: boolean
}) {
  const { marks, typed, chosen, isLoaded } = props
  const rows = useSignal(stepRows)
  const left = marks.length - rows.value
  return (
    <section class="list-side" aria-label={t('citymap.list')}>
      <label class="map-search">
        {t('citymap.search')}
        <input
          type="search"
          maxLength={80}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value
            rows.value = stepRows
          }}
        />
      </label>
      <p class="quiet" role="status">
        {t('citymap.count', { n: marks.length })}
      </p>
      {marks.length === 0 && <p class="empty">{t(isLoaded ? 'citymap.nothing' : 'app.loading')}</p>}
      <ul class="mark-list">
        {marks.slice(0, rows.value).map((mark) => (
          <li key={mark.id}>
            <button
              type="button"
              class={`mark-row mark-row-${mark.state}`}
              data-mark={mark.id}
              aria-pressed={chosen.value.length === 1 && chosen.value[0] === mark.id}
              onClick={() => (chosen.value = [mark.id])}
            >
              <LayerIcon layer={mark.layer} />
              <span class="mark-row-name">
                {mark.name}
                {mark.note !== '' && <small class="quiet">{mark.note}</small>}
              </span>
              <MarkBadge state={mark.state} />
            </button>
          </li>
        ))}
        {left > 0 && (
          <li>
            <button type="button" class="button button-outline mark-more" onClick={() => (rows.value += stepRows)}>
              {t('citymap.more', { n: Math.min(left, stepRows) })}
            </button>
          </li>
        )}
      </ul>
    </section>
  )
}
