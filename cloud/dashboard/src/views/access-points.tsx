// The access points of the city: who is up and how much they carry now, when they are busy, where they are too few, their outages, and the month.
import '../style/alarms.css'
import '../style/city.css'
import '../style/streetlights.css'
import '../style/access-points.css'
import { useSignal } from '@preact/signals'
import type { AccessPointMonth } from '../api/city-api.ts'
import { type AccessPoint, accessPointsOf } from '../city/access-points.ts'
import { shareText } from '../city/availability.ts'
import type { City } from '../city/city.ts'
import { numberText, quantityText } from '../format/units.ts'
import { localUnit } from '../format/value-text.ts'
import { BusyHours } from '../parts/busy-hours.tsx'
import { type CalendarLength, DayCalendar } from '../parts/day-calendar.tsx'
import { LoadFault } from '../parts/load-fault.tsx'
import { MonthChoice, useMonth } from '../parts/month-choice.tsx'
import { type MonthColumn, MonthTable } from '../parts/month-table.tsx'
import { printPart } from '../parts/print-part.ts'
import { type MarkName, StateBadge, StateMark } from '../parts/state-mark.tsx'
import { useAsked } from '../parts/use-asked.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'

export function AccessPoints({ city }: { readonly city: City }) {
  const length = useSignal<CalendarLength>('30')
  const points = accessPointsOf(city.sites.value, city.seriesBySite.value)
  return (
    <>
      <h1>{t('nav.accessPoints')}</h1>
      {points.length === 0 ? (
        <p class="empty">{t(city.loaded.value ? 'ap.none' : 'app.loading')}</p>
      ) : (
        <>
          <Summary points={points} />
          <Demand city={city} />
          <Points points={points} />
          <BusyHours city={city} points={points} />
          <DayCalendar city={city} of="wifi" title="ap.outages" length={length} />
          <Month city={city} />
        </>
      )}
    </>
  )
}

const rateText = (bits: number | null): string =>
  bits === null ? t('value.none') : quantityText(bits, localUnit('bit/s', 'rate', bits))
const clientsText = (n: number | null): string =>
  n === null ? t('value.none') : t('ap.clients', { n: numberText(n, 0) })
const share = (value: number | null): string => shareText(value) ?? t('value.none')
const hours = (seconds: number | null): string =>
  seconds === null ? t('value.none') : t('lights.hours', { n: numberText(seconds / 3600, 1) })

function Summary({ points }: { readonly points: readonly AccessPoint[] }) {
  const bad = points.filter(({ site }) => site.state !== 'good')
  const isCritical = bad.some(({ site }) => site.state === 'critical')
  const mark: MarkName = bad.length === 0 ? 'good' : isCritical ? 'critical' : 'warning'
  const sum = (read: (point: AccessPoint) => number | null) =>
    points.reduce((total, point) => total + (read(point) ?? 0), 0)
  return (
    <section class={`answer answer-${mark}`} aria-label={t('answer.label')}>
      <div class="answer-head">
        <StateMark name={mark} size={32} />
        <div>
          <p class="answer-title">
            {bad.length === 0
              ? t('ap.well', { n: points.length })
              : t('ap.some', { n: bad.length, all: points.length })}
          </p>
          <p class="answer-detail">
            {t('ap.now', {
              clients: numberText(
                sum(({ clients }) => clients),
                0,
              ),
              rate: rateText(sum(({ rate }) => rate)),
            })}
          </p>
        </div>
      </div>
    </section>
  )
}

/** Where people were turned away or slowed down: what the hub advises of it. */
function Demand({ city }: { readonly city: City }) {
  const { found } = useAsked(() => city.api.city.advice(), '', 300_000)
  const all = Array.isArray(found.value) ? found.value.filter(({ insight }) => insight === 'ap-demand') : undefined
  const wanting = (all ?? []).filter(({ level }) => level === 'watch' || level === 'act' || level === 'urgent')
  const isUnknown = all !== undefined && all.length > 0 && all.every(({ level }) => level === 'unknown')
  return (
    <section aria-labelledby="demand-title">
      <h2 id="demand-title">{t('ap.demand')}</h2>
      {all === undefined ? (
        <p class="quiet">{t('app.loading')}</p>
      ) : wanting.length === 0 ? (
        <p class="demand-well">{t(isUnknown || all.length === 0 ? 'ap.demandUnknown' : 'ap.demandNone')}</p>
      ) : (
        <ul class="demand-list">
          {wanting.map((advice) => (
            <li key={advice.site}>
              <StateMark name={advice.level === 'watch' ? 'warning' : 'critical'} size={18} />
              <span>
                <a href={routeHash({ view: 'site', site: advice.site })}>{localized(advice.siteName)}</a>{' '}
                {localized(advice.text)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Points({ points }: { readonly points: readonly AccessPoint[] }) {
  return (
    <section aria-labelledby="points-title">
      <h2 id="points-title">
        {t('ap.list')} <span class="section-count">{points.length}</span>
      </h2>
      <table class="table table-stacked">
        <thead>
          <tr>
            <th scope="col">{t('ap.name')}</th>
            <th scope="col">{t('lights.state')}</th>
            <th scope="col" class="number">
              {t('ap.clientsNow')}
            </th>
            <th scope="col" class="number">
              {t('ap.rate')}
            </th>
            <th scope="col" class="number">
              {t('ap.yesterday')}
            </th>
            <th scope="col" class="number">
              {t('ap.busiestHour')}
            </th>
            <th scope="col" class="number">
              {t('ap.full')}
            </th>
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.site.id} data-site={point.site.id}>
              <th scope="row" data-label={t('ap.name')}>
                <a href={routeHash({ view: 'site', site: point.site.id })}>{localized(point.site.name)}</a>
              </th>
              <td data-label={t('lights.state')}>
                <StateBadge state={point.site.state} />
              </td>
              <td class="number" data-label={t('ap.clientsNow')}>
                {clientsText(point.clients)}
              </td>
              <td class="number" data-label={t('ap.rate')}>
                {rateText(point.rate)}
              </td>
              <td class="number" data-label={t('ap.yesterday')}>
                {share(point.availability)}
              </td>
              <td class="number" data-label={t('ap.busiestHour')}>
                {point.busiestHour === null ? t('value.none') : t('ap.hour', { n: point.busiestHour })}
              </td>
              <td class="number" data-label={t('ap.full')}>
                {hours(point.fullS)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Month({ city }: { readonly city: City }) {
  const month = useMonth()
  const { found, retry } = useAsked(() => city.api.city.accessPoints(month.value), month.value)
  const items = found.value
  const address = city.api.address(`api/v1/reports/access-points.csv?month=${month.value}`)
  return (
    <section aria-labelledby="ap-month" data-print-part="ap-month">
      <div class="section-head">
        <h2 id="ap-month">
          {t('ap.month')} <span class="print-only">{month.value}</span>
        </h2>
        <MonthChoice month={month} />
        <div class="dispatch-acts">
          <a class="button button-outline" href={address} download>
            {t('download.csv')}
          </a>
          <button type="button" class="button button-outline" onClick={() => printPart('ap-month')}>
            {t('download.print')}
          </button>
        </div>
      </div>
      {items === 'failed' ? (
        <LoadFault retry={retry} />
      ) : items === undefined ? (
        <p class="quiet ap-month-loading">{t('app.loading')}</p>
      ) : items.every(({ days }) => days === 0) ? (
        <p class="empty">{t('month.none')}</p>
      ) : (
        <MonthTable title="ap.name" columns={monthColumns} items={items} all={t('ap.all', { n: items.length })} />
      )}
    </section>
  )
}

const bytesText = (value: number | null): string =>
  value === null ? t('value.none') : quantityText(value, localUnit('B', 'traffic', value))
const clientHoursText = (seconds: number | null): string =>
  seconds === null ? t('value.none') : t('ap.clientHours', { n: numberText(seconds / 3600, 0) })

const monthColumns: readonly MonthColumn<AccessPointMonth>[] = [
  { title: 'lights.days', of: ({ days }) => t('month.days', { n: days }) },
  {
    title: 'city.health',
    of: ({ availability }) => share(availability),
    ofAll: (items) => share(meanAvailability(items)),
  },
  { title: 'ap.down', of: ({ downS }) => hours(downS), ofAll: (items) => hours(sumOf(items, ({ downS }) => downS)) },
  {
    title: 'ap.use',
    of: ({ clientS }) => clientHoursText(clientS),
    ofAll: (items) => clientHoursText(sumOf(items, ({ clientS }) => clientS)),
  },
  { title: 'ap.peak', of: ({ peakClients }) => clientsText(peakClients) },
  {
    title: 'ap.traffic',
    of: ({ trafficB }) => bytesText(trafficB),
    ofAll: (items) => bytesText(sumOf(items, ({ trafficB }) => trafficB)),
  },
  { title: 'ap.full', of: ({ fullS }) => hours(fullS), ofAll: (items) => hours(sumOf(items, ({ fullS }) => fullS)) },
]

function meanAvailability(items: readonly AccessPointMonth[]): number | null {
  const told = items.flatMap(({ availability }) => availability ?? [])
  return told.length === 0 ? null : told.reduce((sum, one) => sum + one, 0) / told.length
}

function sumOf(items: readonly AccessPointMonth[], read: (item: AccessPointMonth) => number | null): number {
  return items.reduce((total, item) => total + (read(item) ?? 0), 0)
}
