// The city's one map: the marks of the chosen layers, thousands of them, drawn by the surface where it can and as HTML where it cannot, with buttons for the keyboard above.
import { useSignal, type ReadonlySignal, type Signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { StateMark } from '../parts/state-mark.tsx'
import { t } from '../text/language.ts'
import { layOutLabels } from './cluster.ts'
import { boundsOf, type Bounds } from './geometry.ts'
import { groupByGrid } from './grid-groups.ts'
import { MapControls, useSurface } from './map-frame.tsx'
import { controlsBox, namesIn, PlaceName, standAt, textWidth } from './map-overlay.tsx'
import { MarkPopup } from './mark-popup.tsx'
import { markStateKeys } from './mark-words.tsx'
import { type Mark, type SeenMark, stateRank } from './marks.ts'
import type { Surface } from './surface.ts'

interface CityMapProps {
  readonly city: City
  /** Worst first. */
  readonly marks: readonly Mark[]
  /** What the map shows at first and when it is asked to show all. */
  readonly bounds: Bounds
  /** Ids of the pressed mark, or of the first of a group; empty: none. */
  readonly chosen: Signal<readonly string[]>
}

/** Names stand beside so many marks at most; more would cover the map. */
const mostNames = 14
const groupMembers = 50
const closeDeg = 0.0006

export function CityMap({ city, marks, bounds, chosen }: CityMapProps) {
  const moves = useSignal(0)
  const rests = useSignal(0)
  const isMoving = useSignal(false)
  const drawn = {
    rested: () => {
      isMoving.value = false
      rests.value += 1
    },
    chosen: (ids: readonly string[]) => (chosen.value = ids),
  }
  const { element, surface } = useSurface(city, bounds, { moves, marks: drawn })
  const opened = surface.value
  useEffect(() => opened?.sheet?.show(marks), [opened, marks])
  useEffect(() => moves.subscribe(() => (isMoving.value = true)), [moves, isMoving])
  const byId = useMemo(() => new Map(marks.map((mark) => [mark.id, mark])), [marks])
  return (
    <div class="map city-map" onKeyDown={(event) => event.key === 'Escape' && (chosen.value = [])}>
      <div class="map-window">
        <div class="map-surface" ref={element} />
        {opened === undefined ? (
          <p class="map-waiting">{t('app.loading')}</p>
        ) : (
          <>
            <Overlay {...{ surface: opened, marks, byId, moves, rests, isMoving, chosen }} />
            <MapControls surface={opened} bounds={bounds} />
          </>
        )}
      </div>
      {opened !== undefined && <Chosen {...{ city, surface: opened, byId, chosen }} />}
      <Legend />
    </div>
  )
}

interface OverlayProps {
  readonly surface: Surface
  readonly marks: readonly Mark[]
  readonly byId: ReadonlyMap<string, Mark>
  readonly moves: ReadonlySignal<number>
  readonly rests: ReadonlySignal<number>
  readonly isMoving: ReadonlySignal<boolean>
  readonly chosen: Signal<readonly string[]>
}

/** Over a surface that draws the marks, the buttons stand still until the view rests; else they are the marks and move with it. */
function Overlay(props: OverlayProps) {
  const { surface, marks, byId, moves, rests, isMoving } = props
  const isDrawn = surface.sheet !== undefined
  void (isDrawn ? rests.value : moves.value)
  const seen = surface.sheet?.seen() ?? groupByGrid(marks, surface)
  const inOrder = seen.toSorted((a, b) => stateRank(b.state) - stateRank(a.state) || a.at.y - b.at.y)
  const size = surface.size()
  const single = inOrder.filter(({ id }) => id !== undefined && byId.has(id))
  const named = new Set(single.slice(0, mostNames))
  const labels = inOrder.map((one) => ({
    at: one.at,
    radius: one.count > 1 ? 22 : 15,
    width: named.has(one) ? textWidth(byId.get(one.id ?? '')?.name ?? '') + 14 : Infinity,
    height: 22,
  }))
  const names = namesIn(surface, size)
  const wanted = names.map(({ place, at }) => ({ at, width: textWidth(place.name.ja) * 1.2, height: 18 }))
  const { sides, shown } = layOutLabels(labels, wanted, size, [controlsBox(size)])
  return (
    <div class={`map-overlay${isDrawn ? ' map-overlay-drawn' : ''}${isDrawn && isMoving.value ? ' map-moving' : ''}`}>
      {names
        .filter((_, index) => shown[index])
        .map((name) => (
          <PlaceName key={name.place.name.en} {...name} />
        ))}
      {inOrder.map((one, index) => (
        <MarkButton key={one.key} {...props} seen={one} side={sides[index] ?? 'hidden'} isDrawn={isDrawn} />
      ))}
    </div>
  )
}

function MarkButton(
  props: Pick<OverlayProps, 'byId' | 'chosen'> & {
    readonly seen: SeenMark
    readonly side: 'left' | 'right' | 'hidden'
    readonly isDrawn: boolean
  },
) {
  const { seen, side, byId, chosen, isDrawn } = props
  const mark = seen.id === undefined ? undefined : byId.get(seen.id)
  if (seen.count === 1 && mark === undefined) return null
  const state = t(markStateKeys[seen.state])
  const label =
    mark === undefined ? t('map.cluster', { n: seen.count, state }) : t('citymap.mark', { name: mark.name, state })
  const isChosen = mark === undefined ? false : chosen.value.length === 1 && chosen.value[0] === mark.id
  async function choose(): Promise<void> {
    chosen.value = isChosen ? [] : await seen.members(groupMembers).catch(() => [])
  }
  const kind = mark === undefined ? 'marker-group' : 'marker-single'
  return (
    <button
      type="button"
      class={`marker ${kind}${isChosen ? ' marker-selected' : ''}`}
      style={standAt(seen.at)}
      aria-label={label}
      aria-expanded={isChosen}
      title={label}
      data-mark={mark?.id}
      data-count={seen.count}
      onClick={() => void choose()}
    >
      {!isDrawn && <Sign seen={seen} mark={mark} />}
      {mark !== undefined && side !== 'hidden' && <span class={`marker-label marker-label-${side}`}>{mark.name}</span>}
    </button>
  )
}

/** What a surface that draws nothing does not draw. */
function Sign({ seen, mark }: { readonly seen: SeenMark; readonly mark: Mark | undefined }) {
  if (mark !== undefined) return <StateMark name={mark.state} size={26} />
  return (
    <>
      <span class={`marker-count mark-${seen.state}`}>{seen.count}</span>
      {seen.state !== 'good' && seen.state !== 'info' && <StateMark name={seen.state} size={18} />}
    </>
  )
}

/** The pop-up of what was chosen, on the map or in the list beside it; closed, it gives the focus back to its marker. */
function Chosen(props: {
  readonly city: City
  readonly surface: Surface
  readonly byId: ReadonlyMap<string, Mark>
  readonly chosen: Signal<readonly string[]>
}) {
  const { city, surface, byId, chosen } = props
  const element = useRef<HTMLDivElement>(null)
  const marks = chosen.value.flatMap((id) => byId.get(id) ?? [])
  const [first] = marks
  if (first === undefined) return null
  function close(): void {
    const map = element.current?.closest('.map')
    const next =
      map?.querySelector<HTMLElement>('.marker-selected') ?? map?.querySelector<HTMLElement>('.map-controls button')
    chosen.value = []
    next?.focus({ preventScroll: true })
  }
  function zoom(): void {
    const around = boundsOf(marks.map(({ position }) => position))
    if (around !== undefined) surface.fit(withRoom(around))
    close()
  }
  const isLeft = surface.project(first.position).x < surface.size().width / 2
  return (
    <div
      class={`popup-place${isLeft ? ' popup-place-right' : ''}`}
      ref={element}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <MarkPopup marks={marks} city={city} close={close} zoom={zoom} />
    </div>
  )
}

/** Bounds with room around them: of one place, some sixty metres to each side. */
function withRoom({ west, south, east, north }: Bounds): Bounds {
  return { west: west - closeDeg, east: east + closeDeg, south: south - closeDeg, north: north + closeDeg }
}

function Legend() {
  return (
    <ul class="map-legend" aria-label={t('map.legend')}>
      {(['critical', 'warning', 'offline', 'good', 'info'] as const).map((state) => (
        <li key={state}>
          <StateMark name={state} size={16} />
          {t(markStateKeys[state])}
        </li>
      ))}
    </ul>
  )
}
