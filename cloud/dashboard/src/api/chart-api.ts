// What a chart asks the hub for besides the readings: its marks, and the readings themselves as a file.
import type { SeriesMarks } from '../../../charts/chart-schemas.ts'
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'
import type { AlarmItem, EventItem } from './shapes.ts'

export type { SeriesMarks }

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface ChartApi {
  /** Limits of rules, and flawed readings. Rejects with HubError. */
  marks(series: string, span: Span): Promise<SeriesMarks>
  /** Alarms of a gateway that began in the span, newest first; 1,000 at most. */
  alarms(gateway: string, span: Span): Promise<readonly AlarmItem[]>
  /** Events of a gateway in the span, newest first; 500 at most. */
  events(gateway: string, span: Span): Promise<readonly EventItem[]>
  /** Every reading as CSV, oldest first in each series. Rejects with HubError. */
  csv(series: readonly string[], span: Span): Promise<string>
}

/** A season of a minute's readings of four series takes a while. */
const exportLimitMs = 120_000

export function createChartApi(within: Within): ChartApi {
  const texts = ({ fromMs, toMs }: Span) => ({ $from: String(fromMs), to: String(toMs) })
  return {
    marks: (series, span) => hub.getSeriesByIdMarks(series, texts(span), within()),
    alarms: async (gateway, { fromMs, toMs }) =>
      (await hub.getAlarms({ gateway, state: 'all', $from: fromMs, to: toMs, limit: 1000 }, within())).items,
    events: async (gateway, span) => (await hub.getEvents({ gateway, ...texts(span), limit: 500 }, within())).items,
    csv: (series, span) =>
      hub.getReadingsExport('csv', { series: series.join(','), ...texts(span) }, within(exportLimitMs)),
  }
}
