// What is marked beside the curves of a chart: asked of the hub for each window, with the alarms that are open now.
import { computed, signal, type ReadonlySignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { AlarmItem, EventItem } from '../api/shapes.ts'
import type { SeriesMarks } from '../api/chart-api.ts'
import type { City } from '../city/city.ts'
import { alarmMarks, eventMarks, flawMarks, type Mark } from './marks.ts'
import { type TimeWindow, wholeMs } from './time-window.ts'

export interface ChartMarks {
  readonly marks: readonly Mark[]
  /** For each series. */
  readonly limits: readonly SeriesMarks['limits'][]
}

const settleMs = 400
const againMs = 60_000
/** An alarm that began this long before the window may last into it. */
const beforeMs = 31 * 24 * 3_600_000

interface Found {
  readonly alarms: readonly AlarmItem[]
  readonly events: readonly EventItem[]
  readonly bySeries: readonly (SeriesMarks | undefined)[]
}

const nothing: Found = { alarms: [], events: [], bySeries: [] }

/** `series`: those at their own time. A question that is not answered leaves its marks out; the curves are as good. */
export function useMarks(
  city: City,
  series: readonly string[],
  window: ReadonlySignal<TimeWindow>,
): ReadonlySignal<ChartMarks> {
  const key = series.join('\n')
  const found = useMemo(() => signal(nothing), [key])
  useEffect(() => {
    let closed = false
    let asked: TimeWindow | undefined
    let turn = 0
    async function ask(): Promise<void> {
      const shown = window.peek()
      asked = shown
      const mine = ++turn
      const answer = await findMarks(city, series, shown)
      if (!closed && mine === turn) found.value = answer
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = window.subscribe((shown) => {
      if (asked !== undefined && !isElsewhere(asked, shown)) return
      clearTimeout(timer)
      timer = setTimeout(() => void ask(), asked === undefined ? 0 : settleMs)
    })
    const again = setInterval(() => void ask(), againMs)
    return () => {
      closed = true
      clearTimeout(timer)
      clearInterval(again)
      stop()
    }
  }, [key, city, window, found])
  return useMemo(
    () =>
      computed(() => {
        const { alarms, events, bySeries } = found.value
        return {
          marks: [
            ...alarmMarks([...alarms, ...city.openAlarms.value], series, window.value.toMs),
            ...eventMarks(events, series),
            ...bySeries.flatMap((one, trace) => flawMarks(one?.flaws ?? [], trace)),
          ],
          limits: series.map((_, trace) => bySeries[trace]?.limits ?? []),
        }
      }),
    [found, city, window],
  )
}

/** A window that only follows the clock is not asked for again at each reading. */
function isElsewhere(one: TimeWindow, other: TimeWindow): boolean {
  const lengthMs = other.toMs - other.fromMs
  const moved = Math.max(Math.abs(one.fromMs - other.fromMs), Math.abs(one.toMs - other.toMs))
  return moved > lengthMs / 20
}

async function findMarks(city: City, series: readonly string[], shown: TimeWindow): Promise<Found> {
  const window = wholeMs(shown)
  const { charts } = city.api
  const gateways = [...new Set(series.map((id) => id.split('/', 2).join('/')))]
  const since = { fromMs: window.fromMs - beforeMs, toMs: window.toMs }
  const [alarms, events, bySeries] = await Promise.all([
    Promise.all(gateways.map((gateway) => charts.alarms(gateway, since).catch(() => []))),
    Promise.all(gateways.map((gateway) => charts.events(gateway, window).catch(() => []))),
    Promise.all(series.map((id) => charts.marks(id, window).catch(() => undefined))),
  ])
  return { alarms: alarms.flat(), events: events.flat(), bySeries }
}
