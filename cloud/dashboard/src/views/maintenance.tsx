// Maintenance windows: who works where until when, so that nobody is told of alarms that they make; begun in a few taps.
import '../style/alarms.css'
import '../style/alarm-acts.css'
import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { MaintenanceItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { person } from '../city/person.ts'
import { may } from '../city/session.ts'
import { shortTime } from '../format/time.ts'
import { LengthButtons, type Length } from '../parts/length-buttons.tsx'
import { nowMs } from '../parts/now.ts'
import { PersonName } from '../parts/person-name.tsx'
import { LineField } from '../parts/line-field.tsx'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'

type Windows = Signal<readonly MaintenanceItem[] | 'failed' | undefined>

export function Maintenance({ at, city }: { readonly at: string | undefined; readonly city: City }) {
  const windows: Windows = useSignal<readonly MaintenanceItem[] | 'failed' | undefined>(undefined)
  const load = async (): Promise<void> => {
    windows.value = await city.api.handling.windows().catch(() => 'failed' as const)
  }
  useEffect(() => void load(), [city])
  return (
    <>
      <p>
        <a href={routeHash({ view: 'alarms' })}>{t('alarms.title')}</a>
      </p>
      <h1>{t('maintenance.title')}</h1>
      <p class="lead">{t('maintenance.lead')}</p>
      <WindowList windows={windows} load={load} city={city} />
      {isAllowed(city) ? <NewWindow at={at} load={load} city={city} /> : <p class="quiet">{t('signIn.notAllowed')}</p>}
    </>
  )
}

function isAllowed(city: City): boolean {
  return city.gateways.value.some(({ id }) => may('handle-alarms', id))
}

function placeName({ scope, place }: Pick<MaintenanceItem, 'scope' | 'place'>, city: City): string {
  const site = city.sites.value.find(({ id }) => id === place)
  const gateway = city.gateways.value.find(({ id }) => id === place)
  if (scope === 'tenant') return t('maintenance.whole')
  if (site !== undefined) return localized(site.name)
  return gateway === undefined ? place : localized(gateway.label)
}

function WindowList(props: { readonly windows: Windows; readonly load: () => Promise<void>; readonly city: City }) {
  const shown = props.windows.value
  if (shown === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (shown === 'failed') return <p class="fault">{t('maintenance.failed')}</p>
  if (shown.length === 0) return <p class="empty">{t('maintenance.none')}</p>
  return (
    <ul class="windows">
      {shown.map((item) => (
        <WindowRow key={item.id} item={item} load={props.load} city={props.city} />
      ))}
    </ul>
  )
}

function WindowRow(props: { readonly item: MaintenanceItem; readonly load: () => Promise<void>; readonly city: City }) {
  const { item, load, city } = props
  const hasFailed = useSignal(false)
  const isRunning = item.from <= nowMs.value
  const place = placeName(item, city)
  const at = (timeMs: number): string => shortTime(timeMs, nowMs.value, language.value)
  async function end(): Promise<void> {
    hasFailed.value = false
    try {
      await city.api.handling.endWindow(item.id)
    } catch {
      hasFailed.value = true
    }
    await load()
  }
  return (
    <li class="window" data-window={item.id}>
      <p>
        <span class={`alarm-quiet${isRunning ? ' alarm-quiet-now' : ''}`}>
          {t(isRunning ? 'maintenance.running' : 'maintenance.planned')}
        </span>{' '}
        <b>{place}</b>
      </p>
      <p>{item.reason}</p>
      <p class="quiet">
        {t('maintenance.span', { from: at(item.from), to: at(item.to) })}
        {item.by !== null && ` · ${item.by}`}
      </p>
      {hasFailed.value && (
        <p class="fault" role="alert">
          {t('alarm.failed')}
        </p>
      )}
      <button
        type="button"
        class="button button-outline"
        aria-label={t(isRunning ? 'maintenance.endOf' : 'maintenance.cancelOf', { place })}
        onClick={() => void end()}
      >
        {t(isRunning ? 'maintenance.end' : 'maintenance.cancel')}
      </button>
    </li>
  )
}

const hourMs = 3_600_000
const lengths: readonly Length[] = [
  { text: 'maintenance.2h', lengthMs: 2 * hourMs },
  { text: 'maintenance.4h', lengthMs: 4 * hourMs },
  { text: 'maintenance.1d', lengthMs: 24 * hourMs },
  { text: 'maintenance.7d', lengthMs: 7 * 24 * hourMs },
]

/** Of a field for date and time, in Japan's time whatever the browser's own. Undefined: empty. */
function japanTime(text: string): number | undefined {
  const timeMs = Date.parse(`${text}:00+09:00`)
  return Number.isNaN(timeMs) ? undefined : timeMs
}

function NewWindow(props: {
  readonly at: string | undefined
  readonly load: () => Promise<void>
  readonly city: City
}) {
  const { at, load, city } = props
  const place = useSignal(at ?? '')
  const from = useSignal('')
  const lengthMs = useSignal(lengths[0]?.lengthMs ?? hourMs)
  const reason = useSignal('')
  const fault = useSignal<TextKey | undefined>(undefined)
  const isBusy = useSignal(false)
  async function register(event: Event): Promise<void> {
    event.preventDefault()
    fault.value = place.value === '' || reason.value.trim() === '' ? 'maintenance.missing' : undefined
    if (fault.value !== undefined) return
    isBusy.value = true
    const fromMs = japanTime(from.value)
    const scope = scopeOf(place.value, city)
    const window = {
      scope,
      place: place.value,
      to: (fromMs ?? Date.now()) + lengthMs.value,
      reason: reason.value.trim(),
      ...(fromMs === undefined ? {} : { from: fromMs }),
    }
    try {
      await city.api.handling.plan(window, person.value)
      place.value = ''
      reason.value = ''
      from.value = ''
    } catch {
      fault.value = 'maintenance.refused'
    } finally {
      isBusy.value = false
    }
    await load()
  }
  return (
    <section aria-labelledby="new-window">
      <h2 id="new-window">{t('maintenance.begin')}</h2>
      <form class="window-form" onSubmit={(event) => void register(event)}>
        <PlaceField place={place} city={city} />
        <LineField label={t('maintenance.reason')} value={reason} maxLength={200} />
        <fieldset class="alarm-shelf">
          <legend>{t('maintenance.length')}</legend>
          <LengthButtons lengths={lengths} chosen={lengthMs.value} choose={(length) => (lengthMs.value = length)} />
        </fieldset>
        <label class="alarm-field">
          {t('maintenance.from')}
          <input
            type="datetime-local"
            value={from.value}
            onInput={(event) => (from.value = event.currentTarget.value)}
          />
        </label>
        <PersonName />
        {fault.value !== undefined && (
          <p class="fault" role="alert">
            {t(fault.value)}
          </p>
        )}
        <button type="submit" class="button" disabled={isBusy.value}>
          {t('maintenance.go')}
        </button>
      </form>
    </section>
  )
}

function scopeOf(place: string, city: City): MaintenanceItem['scope'] {
  if (city.gateways.value.some(({ id }) => id === place)) return 'gateway'
  return place.includes('/') ? 'site' : 'tenant'
}

function PlaceField({ place, city }: { readonly place: Signal<string>; readonly city: City }) {
  const tenants = [...new Set(city.gateways.value.map(({ id }) => id.split('/', 1)[0] ?? ''))]
  return (
    <label class="alarm-field">
      {t('maintenance.place')}
      <select value={place.value} onChange={(event) => (place.value = event.currentTarget.value)}>
        <option value="">{t('maintenance.pick')}</option>
        <optgroup label={t('maintenance.sites')}>
          {city.sites.value.map(({ id, name }) => (
            <option key={id} value={id}>
              {localized(name)}
            </option>
          ))}
        </optgroup>
        <optgroup label={t('maintenance.gateways')}>
          {city.gateways.value.map(({ id, label }) => (
            <option key={id} value={id}>
              {localized(label)}
            </option>
          ))}
        </optgroup>
        {tenants.map((tenant) => (
          <option key={tenant} value={tenant}>
            {t('maintenance.whole')}
            {tenants.length > 1 && ` (${tenant})`}
          </option>
        ))}
      </select>
    </label>
  )
}
