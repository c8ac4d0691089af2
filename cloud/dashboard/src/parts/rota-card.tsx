// One rota: who is on call now and in the next two weeks, with the holidays, and who stands in.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { CalendarDayItem, RecipientItem, RotaItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { hourMinute } from '../format/time.ts'
import { type DutyBook, japanDate, nameIn } from '../notices/duty-book.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'
import { EditButtons } from './edit-buttons.tsx'
import { nowMs } from './now.ts'
import { RotaForm } from './rota-form.tsx'
import { StandIns } from './stand-ins.tsx'

const days = 14

interface RotaProps {
  readonly rota: RotaItem
  readonly people: readonly RecipientItem[]
  readonly mayEdit: boolean
  /** Also say of which tenant it is. */
  readonly isNamed: boolean
  readonly book: DutyBook
  readonly city: City
}

export function RotaCard({ rota, people, mayEdit, isNamed, book, city }: RotaProps) {
  const isEdited = useSignal(false)
  const close = (): void => void (isEdited.value = false)
  if (isEdited.value) {
    return <RotaForm rota={rota} tenants={[rota.tenant]} people={people} book={book} close={close} />
  }
  const { name, handOver } = rota.rota
  return (
    <article class="notice-card duty-card" data-rota={rota.id}>
      <h3>
        {name} {isNamed && <small class="quiet">{rota.tenant}</small>}
      </h3>
      <p class="duty-now">
        <span class="quiet">{t('duty.now')}</span>
        <b>{rota.onDuty.map((id) => nameIn(rota.names, id)).join('、')}</b>
      </p>
      <h4>
        {t('duty.calendar')} <small class="quiet">{t('duty.handOver', { time: handOver })}</small>
      </h4>
      <Calendar rota={rota} city={city} />
      <StandIns rota={rota} people={people} mayEdit={mayEdit} book={book} />
      {mayEdit && <EditButtons name={name} edit={() => (isEdited.value = true)} remove={() => book.removeRota(rota)} />}
    </article>
  )
}

function Calendar({ rota, city }: { readonly rota: RotaItem; readonly city: City }) {
  const shown = useSignal<readonly CalendarDayItem[] | 'failed' | undefined>(undefined)
  useEffect(() => {
    let isWanted = true
    const load = async (): Promise<void> => {
      const found = await city.api.notices.calendar(rota, dutyDayMs(rota), days).catch(() => 'failed' as const)
      if (isWanted) shown.value = found
    }
    void load()
    return () => {
      isWanted = false
    }
  }, [city, rota])
  const found = shown.value
  if (found === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (found === 'failed') return <p class="fault">{t('duty.failed')}</p>
  return (
    <ol class="duty-days">
      {found.map((day) => (
        <Day key={day.date} day={day} isToday={day.date === japanDate(nowMs.value)} names={rota.names} />
      ))}
    </ol>
  )
}

/** Until the hand-over it is still the day before that is on duty. */
function dutyDayMs({ rota: { handOver } }: RotaItem): number {
  const [hours = 0, minutes = 0] = handOver.split(':').map(Number)
  return Date.now() - (hours * 60 + minutes) * 60_000
}

const because: Readonly<Record<string, TextKey>> = {
  override: 'duty.override',
  'office-hours': 'duty.officeHours',
  'day-off': 'duty.dayOff',
  week: 'duty.week',
}

function Day(props: {
  readonly day: CalendarDayItem
  readonly isToday: boolean
  readonly names: Readonly<Record<string, string>>
}) {
  const { day, isToday, names } = props
  const { date, weekday, holiday, shifts } = day
  const [, month = '', dayOfMonth = ''] = date.split('-')
  const isOff = holiday !== null || weekday === 0
  const kind = isOff ? 'duty-off' : weekday === 6 ? 'duty-saturday' : undefined
  return (
    <li class="duty-day">
      <span class={`duty-date${kind === undefined ? '' : ` ${kind}`}`}>
        {Number(month)}/{Number(dayOfMonth)} {t('days.short').split(' ')[weekday]}
        {holiday !== null && <small>{localized(holiday)}</small>}
        {isToday && <small class="duty-today">{t('duty.today')}</small>}
      </span>
      <ul>
        {shifts.map(({ from, to, people, because: why }) => {
          const reason = because[why]
          const isNow = from <= nowMs.value && nowMs.value < to
          return (
            <li key={from} class={isNow ? 'duty-shift duty-shift-now' : 'duty-shift'}>
              {shifts.length > 1 && (
                <span class="quiet">
                  {t('duty.span', { from: hourMinute(from, language.value), to: hourMinute(to, language.value) })}
                </span>
              )}
              <span>{people.map((id) => nameIn(names, id)).join('、')}</span>
              {why !== 'week' && reason !== undefined && <small class="duty-because">{t(reason)}</small>}
            </li>
          )
        })}
      </ul>
    </li>
  )
}
