// When an access point is used: the mean of the connected clients for each hour of the day over four weeks, as bars and as words.
import { useSignal } from '@preact/signals'
import { type AccessPoint, busyHours } from '../city/access-points.ts'
import type { City } from '../city/city.ts'
import { numberText } from '../format/units.ts'
import { localized, t } from '../text/language.ts'
import { LoadFault } from './load-fault.tsx'
import { useAsked } from './use-asked.ts'
import { naturalOrder } from '../format/natural-order.ts'

const hourMs = 3_600_000
const weeks = 4

export function BusyHours({ city, points }: { readonly city: City; readonly points: readonly AccessPoint[] }) {
  const chosen = useSignal('')
  const sorted = points.toSorted((a, b) => naturalOrder(a.site.id, b.site.id))
  const busiest = points.toSorted((a, b) => (b.peakClients ?? 0) - (a.peakClients ?? 0))[0]
  const point = points.find(({ site }) => site.id === chosen.value) ?? busiest
  const series = (city.seriesBySite.value.get(point?.site.id ?? '') ?? []).find(
    ({ channel }) => channel === 'clients',
  )?.series
  const load = async () => {
    if (series === undefined) return []
    const toMs = Math.floor(Date.now() / hourMs) * hourMs
    const span = { fromMs: toMs - weeks * 7 * 24 * hourMs, toMs, buckets: weeks * 7 * 24 }
    const { time, mean } = await city.api.buckets({ series, ...span })
    return busyHours(time, mean)
  }
  const { found, retry } = useAsked(load, series ?? '')
  const hours = found.value
  return (
    <section aria-labelledby="busy-title">
      <div class="section-head">
        <h2 id="busy-title">{t('ap.busy')}</h2>
        <label class="map-search">
          {t('ap.name')}
          <select value={point?.site.id} onChange={(event) => (chosen.value = event.currentTarget.value)}>
            {sorted.map(({ site }) => (
              <option key={site.id} value={site.id}>
                {localized(site.name)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {hours === 'failed' ? <LoadFault retry={retry} /> : <Bars hours={hours} />}
    </section>
  )
}

function Bars({ hours }: { readonly hours: readonly (number | null)[] | undefined }) {
  const told = (hours ?? []).filter((mean) => mean !== null)
  if (hours !== undefined && told.length === 0) return <p class="empty">{t('ap.noClients')}</p>
  const most = Math.max(1, ...told)
  const peak = hours?.indexOf(Math.max(...told)) ?? -1
  return (
    <>
      <p class="busy-words" aria-live="polite">
        {hours === undefined ? t('app.loading') : t('ap.busiest', { hour: peak, n: numberText(most, 1) })}
      </p>
      <ol class="busy-bars" aria-label={t('ap.busy')}>
        {Array.from({ length: 24 }, (_, hour) => {
          const mean = hours?.[hour] ?? null
          const text = mean === null ? t('value.none') : t('ap.clientsMean', { n: numberText(mean, 1) })
          return (
            <li key={hour} class={hour === peak ? 'busy-peak' : undefined} title={`${hour}:00 ${text}`}>
              <svg class="busy-bar" viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
                <rect x="0" width="10" y={100 - ((mean ?? 0) / most) * 100} height={((mean ?? 0) / most) * 100} />
              </svg>
              <span class="busy-hour" aria-hidden="true">
                {hour % 3 === 0 ? hour : ''}
              </span>
              <span class="visually-hidden">
                {hour}:00 {text}
              </span>
            </li>
          )
        })}
      </ol>
    </>
  )
}
