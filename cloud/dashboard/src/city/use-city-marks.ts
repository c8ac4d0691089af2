// Keeps the marks of the city's map up to date: what is watched at most once a second, public places once, spots and reports each minute.
import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { CitizenReportItem, SpotItem } from '../api/city-api.ts'
import { dateTime } from '../format/time.ts'
import { type Mark, sortMarks } from '../map/marks.ts'
import type { MarkName } from '../parts/state-mark.tsx'
import { routeHash } from '../router.ts'
import { language, localized, t } from '../text/language.ts'
import type { City } from './city.ts'
import { cityMarks, indexPlaces, type PlaceIndex } from './map-marks.ts'
import { mayAnywhere } from './session.ts'

const gatherMs = 1_000
const refreshMs = 60_000

interface Around {
  readonly places: PlaceIndex
  readonly spots: readonly SpotItem[]
  readonly reports: readonly CitizenReportItem[]
}

const nothing: Around = { places: indexPlaces([]), spots: [], reports: [] }

interface CityMarks {
  /** Worst first. */
  readonly marks: ReadonlySignal<readonly Mark[]>
  /** The public places could not be had. */
  readonly isPartial: ReadonlySignal<boolean>
}

export function useCityMarks(city: City): CityMarks {
  const marks = useSignal<readonly Mark[]>([])
  const isPartial = useSignal(false)
  const around = useSignal<Around>(nothing)
  const known = useRef('')
  useEffect(() => {
    const { city: api } = city.api
    let isLeft = false
    const part = async <T>(load: Promise<T>, taken: (found: T) => Partial<Around>): Promise<void> => {
      try {
        const found = taken(await load)
        if (!isLeft) around.value = { ...around.value, ...found }
      } catch {
        isPartial.value = true
      }
    }
    const refresh = (): void => {
      void part(api.spots(), (spots) => ({ spots }))
      if (mayAnywhere('handle-alarms')) void part(api.citizenReports(), (reports) => ({ reports }))
    }
    void part(api.places(), (places) => ({ places: indexPlaces(places) }))
    refresh()
    const timer = setInterval(refresh, refreshMs)
    return () => {
      isLeft = true
      clearInterval(timer)
    }
  }, [city, around, isPartial])

  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  function show(): void {
    timer.current = undefined
    const next = sortMarks(marksNow(city, around.peek()))
    const signature = next.map(({ id, state, name, note }) => `${id} ${state} ${name} ${note}`).join('\n')
    if (signature === known.current) return
    known.current = signature
    marks.value = next
  }
  useSignalEffect(() => {
    void [city.sites.value, city.seriesBySite.value, city.openAlarms.value, city.gateways.value]
    timer.current ??= setTimeout(show, marks.peek().length === 0 ? 0 : gatherMs)
  })
  useSignalEffect(() => {
    void [around.value, language.value]
    show()
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  return { marks, isPartial }
}

function marksNow(city: City, { places, spots, reports }: Around): readonly Mark[] {
  const watched = {
    sites: city.sites.value,
    seriesBySite: city.seriesBySite.value,
    alarms: city.openAlarms.value,
    gateways: city.gateways.value,
    places,
  }
  const known = new Set(spots.map(({ id }) => id))
  const own = cityMarks(watched, {
    lamp: (n) => t('lamps.name', { n }),
    name: localized,
    site: (id) => routeHash({ view: 'site', site: id }),
    gateway: (id) => routeHash({ view: 'gateway', gateway: id }),
  }).filter(({ id, layer }) => layer !== 'shelter' || !known.has(id.replace('/shelter/', '/')))
  return [...own, ...spots.flatMap(spotMark), ...reports.map(reportMark)]
}

function spotMark({ id, name, position, state, level, people, capacity }: SpotItem): readonly Mark[] {
  if (position === null) return []
  const isFull = state === 'full' || level === 'full'
  const mark: MarkName = isFull ? 'critical' : level === 'crowded' ? 'warning' : state === 'closed' ? 'offline' : 'good'
  const isTold = state !== null || level !== null
  const note = people === null ? '' : t('citymap.people', { n: people, capacity: capacity ?? t('value.none') })
  return [
    { id, layer: 'shelter', state: isTold ? mark : 'info', position, name: localized(name), note, hash: undefined },
  ]
}

/** What nobody has looked at waits for somebody. */
function reportMark({ id, number, kind, position, state, text, receivedAt }: CitizenReportItem): Mark {
  const name = `${t(reportKindKeys[kind])} #${number}`
  const note = `${dateTime(receivedAt, language.value)} ${text}`.trim()
  return {
    id,
    layer: 'report',
    state: state === 'received' ? 'warning' : 'good',
    position,
    name,
    note,
    hash: undefined,
  }
}

const reportKindKeys = {
  road: 'citymap.road',
  'street-light': 'citymap.streetLight',
  other: 'citymap.other',
} as const
