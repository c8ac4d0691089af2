// Finds a series by its place, device or quantity, and adds it to the chart as long as there is room on it.
import { useSignal } from '@preact/signals'
import type { LatestItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { localized, t } from '../text/language.ts'
import { axisWord } from './axis-of.ts'
import { hasCurve } from './chart-kinds.ts'
import { mostSeries } from './chart-address.ts'
import { foundSeries, type Findable } from './find-series.ts'

const mostShown = 12

function findable(city: City): readonly Findable[] {
  const places = new Map(city.sites.value.map(({ id, name }) => [id, name]))
  return [...city.latest.value.values()].filter(hasCurve).map((item) => ({
    item,
    place: item.site === null ? undefined : places.get(item.site),
  }))
}

function said({ item, place }: Findable): string {
  const device = localized(item.deviceLabel)
  const site = place === undefined ? '' : localized(place)
  // Many devices are called after their place.
  return [device.includes(site) ? '' : site, device, localized(item.label)].filter((part) => part !== '').join(' ')
}

/** Why a series cannot be added; undefined: it can. */
function refusal(item: LatestItem, chosen: readonly LatestItem[]): string | undefined {
  if (chosen.length >= mostSeries) return t('chart.full')
  const units = new Set(chosen.map(axisWord))
  return units.size >= 2 && !units.has(axisWord(item)) ? t('chart.thirdUnit') : undefined
}

interface PickerProps {
  readonly city: City
  readonly chosen: readonly string[]
  readonly choose: (series: readonly string[]) => void
}

function Found({ city, chosen, choose, search }: PickerProps & { readonly search: string }) {
  const items = chosen.flatMap((series) => city.latest.value.get(series) ?? [])
  const all = findable(city).filter(({ item }) => !chosen.includes(item.series))
  const found = foundSeries(all, search, items.map(axisWord))
  const shown = found.slice(0, mostShown)
  const texts = { n: found.length, shown: shown.length }
  return (
    <>
      <p class="quiet" role="status">
        {t(found.length > shown.length ? 'chart.foundMany' : 'chart.found', texts)}
      </p>
      <ul class="picker-found">
        {shown.map((one) => {
          const why = refusal(one.item, items)
          return (
            <li key={one.item.series}>
              <button
                type="button"
                class="picker-add"
                disabled={why !== undefined}
                aria-label={t('chart.add', { name: said(one) })}
                onClick={() => choose([...chosen, one.item.series])}
              >
                <span>{said(one)}</span>
                <small>{why ?? one.item.unit ?? ''}</small>
              </button>
            </li>
          )
        })}
      </ul>
    </>
  )
}

export function SeriesPicker(props: PickerProps) {
  const { city, chosen, choose } = props
  const search = useSignal('')
  const known = new Map(findable(city).map((one) => [one.item.series, one]))
  return (
    <div class="picker">
      <ul class="picker-chosen">
        {chosen.map((series) => {
          const one = known.get(series)
          const name = one === undefined ? series : said(one)
          return (
            <li key={series}>
              <span>{name}</span>
              <button
                type="button"
                class="chart-tool"
                aria-label={t('chart.remove', { name })}
                title={t('chart.remove', { name })}
                onClick={() => choose(chosen.filter((other) => other !== series))}
              >
                <span aria-hidden="true">×</span>
              </button>
            </li>
          )
        })}
      </ul>
      {chosen.length >= mostSeries ? (
        <p class="quiet">{t('chart.full')}</p>
      ) : (
        <>
          <label class="picker-search">
            <span>{t('chart.search')}</span>
            <input type="search" value={search.value} onInput={(event) => (search.value = event.currentTarget.value)} />
          </label>
          {search.value.trim() !== '' && (
            <Found
              {...props}
              search={search.value}
              choose={(series) => {
                search.value = ''
                choose(series)
              }}
            />
          )}
        </>
      )}
    </div>
  )
}
