// The readings behind a chart as one CSV file: every curve over the time that it was measured in.
import type { ChartApi } from '../api/chart-api.ts'
import { within, type Envelope } from './envelope.ts'
import { shiftedParts } from './shifts.ts'
import { type TimeWindow, wholeMs } from './time-window.ts'
import type { TraceSpec } from './traces.ts'

/** By this a spreadsheet knows that it is UTF-8. */
const byteOrderMark = '\uFEFF'

/** A point stands for the readings of its whole span, of which a part may lie beyond the edge of what is shown: the file holds them all. */
export function drawnWindow(window: TimeWindow, envelopes: readonly Envelope[]): TimeWindow {
  const drawn = envelopes.flatMap((envelope) => within(envelope, window))
  return {
    fromMs: drawn.reduce((least, { fromMs }) => Math.min(least, fromMs), window.fromMs),
    toMs: drawn.reduce((most, { toMs }) => Math.max(most, toMs), window.toMs),
  }
}

/** One head, then the readings of each time span. Rejects with HubError. */
export async function chartCsv(
  api: Pick<ChartApi, 'csv'>,
  specs: readonly TraceSpec[],
  window: TimeWindow,
): Promise<string> {
  const parts = specs.flatMap(({ series, shift }) =>
    shiftedParts(window, shift).map(({ fromMs, toMs, byMs }) => ({ series, fromMs: fromMs - byMs, toMs: toMs - byMs })),
  )
  const spans = Map.groupBy(parts, ({ fromMs, toMs }) => `${fromMs} ${toMs}`)
  let text = ''
  // One after the other: the hub makes few exports at a time.
  for (const [first, ...others] of spans.values()) {
    if (first === undefined) continue
    const csv = await api.csv(
      [first, ...others].map(({ series }) => series),
      wholeMs(first),
    )
    text += text === '' ? csv : csv.slice(csv.indexOf('\n') + 1)
  }
  return byteOrderMark + text
}
