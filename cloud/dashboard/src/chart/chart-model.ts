// One chart as it is drawn and read: each curve in the unit that people read, the axes, and what stands at a time.
import type { LatestItem } from '../api/shapes.ts'
import { isSwitch, toDisplay, type DisplayUnit } from '../format/units.ts'
import { planAxes, type Side } from './axis-of.ts'
import { alignColumns, columnsOf, extentOf, inDisplayUnit, type DrawnColumns, type Extent } from './drawn-columns.ts'
import { gapsOf, within, type Envelope } from './envelope.ts'
import type { TraceSpec } from './traces.ts'
import type { TimeWindow } from './time-window.ts'

export interface Curve {
  readonly spec: TraceSpec
  readonly item: LatestItem
  /** What tells it from the others of the chart. */
  readonly name: string
  /** In stored units. */
  readonly envelope: Envelope
  readonly gaps: readonly TimeWindow[]
  readonly display: DisplayUnit
  readonly side: Side
  /** What 0 and 1 are called, where the series is a switch. */
  readonly switchWords: readonly string[] | undefined
}

export interface ChartModel {
  readonly curves: readonly Curve[]
  readonly columns: DrawnColumns
  readonly axes: readonly {
    readonly side: Side
    readonly display: DisplayUnit
    readonly switchWords: readonly string[] | undefined
  }[]
}

export interface GivenCurve {
  readonly spec: TraceSpec
  readonly item: LatestItem
  readonly name: string
  readonly envelope: Envelope
}

/** How quantities are said; passed in, since it depends on the language. */
export interface Words {
  unit(unit: string | null, channel: string, magnitude: number): DisplayUnit
  state(item: LatestItem, value: number): string
}

/** A curve whose unit finds no axis is left out. */
export function modelOf(given: readonly GivenCurve[], words: Words): ChartModel {
  const measured = given.map(({ item, envelope }) => {
    const extent = extentOf(envelope)
    const magnitude = extent === undefined ? 0 : Math.max(Math.abs(extent.min), Math.abs(extent.max))
    return { unit: item.unit, channel: item.channel, magnitude }
  })
  const { axes, sides } = planAxes(measured)
  const displays = new Map(axes.map(({ side, lead }) => [side, words.unit(lead.unit, lead.channel, lead.magnitude)]))
  const curves = given.flatMap((one, index): Curve[] => {
    const side = sides[index]
    const display = side === undefined ? undefined : displays.get(side)
    if (side === undefined || display === undefined) return []
    const switchWords = isSwitch(one.item) ? [words.state(one.item, 0), words.state(one.item, 1)] : undefined
    return [{ ...one, gaps: gapsOf(one.envelope), side, display, switchWords }]
  })
  return {
    curves,
    columns: alignColumns(curves.map(({ envelope, display }) => inDisplayUnit(columnsOf(envelope), display))),
    axes: axes.map(({ side }) => ({
      side,
      display: displays.get(side) as DisplayUnit,
      switchWords: curves.find((curve) => curve.side === side)?.switchWords,
    })),
  }
}

/** Of what lies in the window, in the unit that people read. */
export function extentWithin({ envelope, display }: Curve, window: TimeWindow): Extent | undefined {
  const extent = extentOf(within(envelope, window))
  return extent === undefined ? undefined : shownExtent(extent, display)
}

export function shownExtent({ min, mean, max }: Extent, display: DisplayUnit): Extent {
  const [one, other] = [toDisplay(min, display), toDisplay(max, display)]
  return { min: Math.min(one, other), mean: toDisplay(mean, display), max: Math.max(one, other) }
}

/** The time of the next point in a direction within the window, from a time or from its end. */
export function nextTime(
  columns: DrawnColumns,
  window: TimeWindow,
  from: number | undefined,
  steps: number,
): number | undefined {
  const times = columns[0]
    .map((timeS) => timeS * 1000)
    .filter((timeMs) => timeMs >= window.fromMs && timeMs <= window.toMs)
  if (from === undefined) return steps > 0 ? times[0] : times.at(-1)
  const place = times.findIndex((timeMs) => timeMs >= from)
  const here = place < 0 ? times.length - 1 : place
  return times[Math.min(times.length - 1, Math.max(0, here + steps))]
}
