// A calendar of outages: one row for each thing, one cell for each day, as a table that a screen reader can walk.
import type { Signal } from '@preact/signals'
import type { AvailabilityClass } from '../api/city-api.ts'
import { type AvailabilityItem, type DayLevel, dayLevel, shareText } from '../city/availability.ts'
import type { City } from '../city/city.ts'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { ChoiceRow } from './choice-row.tsx'
import { LoadFault } from './load-fault.tsx'
import { useAsked } from './use-asked.ts'
import { naturalOrder } from '../format/natural-order.ts'

const levelKeys = {
  up: 'calendar.up',
  partly: 'calendar.partly',
  down: 'calendar.down',
  none: 'calendar.none',
} as const satisfies Readonly<Record<DayLevel, TextKey>>

/** Each level has a sign beside its colour. */
const levelSigns: Readonly<Record<DayLevel, string>> = { up: '', partly: '△', down: '×', none: '' }

export type CalendarLength = '30' | '90'

export function DayCalendar(props: {
  readonly city: City
  readonly of: AvailabilityClass
  readonly title: TextKey
  readonly length: Signal<CalendarLength>
}) {
  const { city, of, title, length } = props
  const days = length.value
  const { found, retry } = useAsked(() => city.api.city.availability(Number(days), of), days)
  const report = found.value
  return (
    <section aria-labelledby={`calendar-${of}`} class="calendar-section">
      <div class="section-head">
        <h2 id={`calendar-${of}`}>{t(title)}</h2>
        <ChoiceRow
          label={t('calendar.length')}
          chosen={days}
          choose={(value) => (length.value = value)}
          choices={[
            { value: '30' as const, text: t('calendar.30') },
            { value: '90' as const, text: t('calendar.90') },
          ]}
        />
      </div>
      {report === 'failed' ? (
        <LoadFault retry={retry} />
      ) : report === undefined ? (
        <p class="quiet calendar-loading">{t('app.loading')}</p>
      ) : (
        <Calendar days={report.days} items={report.items} title={t(title)} />
      )}
      <ul class="calendar-legend" aria-label={t('map.legend')}>
        {(['up', 'partly', 'down', 'none'] as const).map((level) => (
          <li key={level}>
            <span class={`day day-${level}`} aria-hidden="true">
              {levelSigns[level]}
            </span>
            {t(levelKeys[level])}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Calendar(props: {
  readonly days: readonly string[]
  readonly items: readonly AvailabilityItem[]
  readonly title: string
}) {
  const { days, items, title } = props
  if (items.length === 0) return <p class="empty">{t('city.notTold')}</p>
  const sorted = items.toSorted((a, b) => downDays(b) - downDays(a) || naturalOrder(a.id, b.id))
  return (
    <div class="calendar-scroll" role="region" aria-label={title} tabIndex={0}>
      <table class="calendar">
        <thead>
          <tr>
            <th scope="col">{t('calendar.thing')}</th>
            {days.map((day, index) => (
              <th key={day} scope="col" class={startsWeek(day, index) ? 'calendar-told' : undefined}>
                <span class={startsWeek(day, index) ? undefined : 'visually-hidden'}>{monthDayOf(day)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((item) => (
            <tr key={item.id} data-thing={item.id}>
              <th scope="row">
                <a href={hashOf(item)}>{localized(item.name)}</a>
              </th>
              {days.map((day, index) => (
                <DayCell key={day} day={day} share={item.days[index] ?? null} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function downDays({ days }: AvailabilityItem): number {
  return days.filter((share) => dayLevel(share) === 'down' || dayLevel(share) === 'partly').length
}

function hashOf({ class: of, id }: AvailabilityItem): string {
  return of === 'gateway' ? routeHash({ view: 'gateway', gateway: id }) : routeHash({ view: 'site', site: id })
}

/** Mondays, and the first. */
function startsWeek(day: string, index: number): boolean {
  return index === 0 || new Date(`${day}T00:00:00Z`).getUTCDay() === 1
}

/** `11/23` of `2026-11-23`. */
function monthDayOf(day: string): string {
  return `${Number(day.slice(5, 7))}/${Number(day.slice(8))}`
}

function DayCell({ day, share }: { readonly day: string; readonly share: number | null }) {
  const level = dayLevel(share)
  const text = share === null ? t(levelKeys.none) : (shareText(share) ?? '')
  return (
    <td class={`day day-${level}`} title={`${monthDayOf(day)} ${text}`}>
      <span aria-hidden="true">{levelSigns[level]}</span>
      <span class="visually-hidden">{text}</span>
    </td>
  )
}
