// The charts of a site: one for each kind of quantity, closed until somebody opens it, with what it can be shown of as choices.
import type { ReadonlySignal, Signal } from '@preact/signals'
import type { City } from '../city/city.ts'
import { quantityText } from '../format/units.ts'
import { localUnit, valueText } from '../format/value-text.ts'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { localized, t } from '../text/language.ts'
import type { ChartKind } from './chart-kinds.ts'
import { SeriesChart } from './series-chart.tsx'
import type { ChartLength } from './time-window.ts'

/** Which kinds are open, and the series that each shows; owned by the page, so that other parts of it can open a chart. */
export interface ChartView {
  readonly open: ReadonlySet<string>
  readonly chosen: ReadonlyMap<string, string>
}

/** The view with the chart of this series open. */
export function withOpen(view: ChartView, kind: ChartKind, series: string): ChartView {
  return { open: new Set([...view.open, kind.id]), chosen: new Map([...view.chosen, [kind.id, series]]) }
}

/** The value now, or from least to greatest where the kind has several series. */
function nowText({ choices }: ChartKind): string {
  const [first] = choices
  if (first === undefined) return ''
  if (choices.length === 1) return valueText(first.item)
  const values = choices.flatMap(({ item }) => item.value ?? [])
  if (values.length === 0) return t('chart.many', { n: choices.length })
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const { unit, channel } = first.item
  const display = localUnit(unit, channel, Math.max(Math.abs(least), Math.abs(most)))
  const said = (value: number): string =>
    display.unit === '' && Number.isInteger(value) ? valueText({ ...first.item, value }) : quantityText(value, display)
  return least === most ? said(least) : `${said(least)} – ${said(most)}`
}

interface KindProps {
  readonly kind: ChartKind
  readonly view: Signal<ChartView | undefined>
  readonly shown: ChartView
  readonly length: ReadonlySignal<ChartLength>
  readonly city: City
}

function KindChart({ kind, view, shown, length, city }: KindProps) {
  const isOpen = shown.open.has(kind.id)
  const chosen = shown.chosen.get(kind.id) ?? kind.choices[0]?.item.series ?? ''
  function toggled(nowOpen: boolean): void {
    if (nowOpen === isOpen) return
    const open = new Set(shown.open)
    if (nowOpen) open.add(kind.id)
    else open.delete(kind.id)
    view.value = { ...shown, open }
  }
  return (
    <details
      class="chart-kind"
      data-kind={kind.id}
      open={isOpen}
      onToggle={(event) => toggled(event.currentTarget.open)}
    >
      <summary>
        <h3>{kind.isOfParts === true ? t('chart.each', { name: localized(kind.name) }) : localized(kind.name)}</h3>
        <span class="chart-kind-now">{nowText(kind)}</span>
      </summary>
      {isOpen && (
        <>
          {kind.choices.length > 1 && (
            <ChoiceRow
              label={t('chart.choose', { kind: localized(kind.name) })}
              chosen={chosen}
              choose={(series) => (view.value = withOpen(shown, kind, series))}
              choices={kind.choices.map(({ item, name }) => ({ value: item.series, text: localized(name) }))}
            />
          )}
          <SeriesChart key={chosen} series={chosen} length={length} city={city} />
        </>
      )}
    </details>
  )
}

/** `view` is undefined until somebody opens or closes a chart: then `atFirst` is shown. */
export function KindCharts(props: {
  readonly kinds: readonly ChartKind[]
  readonly view: Signal<ChartView | undefined>
  readonly atFirst: ChartView
  readonly length: ReadonlySignal<ChartLength>
  readonly city: City
}) {
  const { kinds, view, atFirst, length, city } = props
  return (
    <div class="chart-kinds">
      {kinds.map((kind) => (
        <KindChart key={kind.id} kind={kind} view={view} shown={view.value ?? atFirst} length={length} city={city} />
      ))}
    </div>
  )
}
