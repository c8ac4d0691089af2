// What a chart shows as the text of its address, so that a link to it can be sent: series, length or span, and what is laid over.
import { fromJstStamp, jstStamp } from './jst.ts'
import { isShift, type shifts } from './shifts.ts'
import { chartLengths, type ChartLength, type TimeWindow } from './time-window.ts'

export interface ChartState {
  /** Series ids, at most four. */
  readonly series: readonly string[]
  readonly length: ChartLength
  /** Undefined: the whole length up to now. */
  readonly zoom: TimeWindow | undefined
  readonly over: readonly (typeof shifts)[number][]
}

export const mostSeries = 4
/** What SenML allows in no name and a browser leaves as it is. */
const separator = '!'

export function chartAddress({ series, length, zoom, over }: ChartState): string {
  const span = zoom === undefined ? [] : [`${jstStamp(zoom.fromMs)}_${jstStamp(zoom.toMs)}`]
  return [...series, length, ...over, ...span].join(separator)
}

/** What is not understood is left out; without a length it is a day. */
export function parseChartAddress(text: string): ChartState {
  const parts = text.split(separator)
  const series = [...new Set(parts.filter((part) => part.includes('/')))].slice(0, mostSeries)
  return {
    series,
    length: chartLengths.find((length) => parts.includes(length)) ?? '24h',
    zoom: parts.map(parseSpan).find((span) => span !== undefined),
    over: [...new Set(parts.filter(isShift))],
  }
}

function parseSpan(text: string): TimeWindow | undefined {
  const [fromMs, toMs] = text.split('_').map(fromJstStamp)
  return fromMs !== undefined && toMs !== undefined && fromMs < toMs ? { fromMs, toMs } : undefined
}
