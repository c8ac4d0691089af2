// Ties the curves of a chart to the life of the component that shows them.
import type { ReadonlySignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { followTraces, type ChartSpan, type Traces, type TraceSpec } from './traces.ts'

/** Begins anew when the curves are others; `specs` may be a new list with the same ones. */
export function useTraces(
  city: City,
  specs: readonly TraceSpec[],
  span: ReadonlySignal<ChartSpan>,
  spans: number,
): Traces {
  const key = specs.map(({ series, shift }) => `${series} ${shift}`).join('\n')
  const traces = useMemo(() => followTraces(city, specs, span, spans), [city, key, span, spans])
  useEffect(() => () => traces.close(), [traces])
  return traces
}
