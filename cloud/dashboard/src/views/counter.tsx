// The counter of a shelter or visitor spot, on a phone in one hand: big keys, and no tap is lost without a network.
import '../style/desk.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { HubError } from '../api/hub-api.ts'
import type { CrowdingDetail } from '../api/desk-api.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { readTaps, settled, tapped, type Taps, unsent, withLot } from '../city/tap-counter.ts'
import { NotRead } from '../parts/desk-fault.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'

const sendEveryMs = 3_000

function storageKey(spot: string): string {
  return `musubi.taps.${spot}`
}

function readKept(spot: string): Taps {
  try {
    return readTaps(localStorage.getItem(storageKey(spot)))
  } catch {
    return readTaps(null)
  }
}

function keep(spot: string, taps: Taps): void {
  try {
    localStorage.setItem(storageKey(spot), JSON.stringify(taps))
  } catch {
    // A browser that keeps nothing still counts as long as the page is open.
  }
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function Counter({ city, at }: { readonly city: City; readonly at: string | undefined }) {
  const spots = useLoaded(() => city.api.desk.spots(), [city])
  const found = spots.value.value
  const spot = found?.find(({ id }) => id === at)
  if (at !== undefined && (spot !== undefined || found === undefined)) {
    return <Keys key={at} id={at} spot={spot} city={city} />
  }
  return (
    <>
      <h1>{t('counter.title')}</h1>
      {found === undefined &&
        (spots.failed.value ? <NotRead again={spots.again} /> : <p class="quiet">{t('app.loading')}</p>)}
      {found !== undefined && <Choice spots={found.filter(({ id }) => may('handle-alarms', id))} />}
    </>
  )
}

function Choice({ spots }: { readonly spots: readonly CrowdingDetail[] }) {
  if (spots.length === 0) return <p class="empty">{t('counter.none')}</p>
  return (
    <>
      <p class="lead">{t('counter.which')}</p>
      <ul class="counter-spots">
        {spots.map(({ id, name }) => (
          <li key={id}>
            <a class="button button-outline" href={routeHash({ view: 'counter', at: id })}>
              {localized(name)}
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

function Keys({
  id,
  spot,
  city,
}: {
  readonly id: string
  readonly spot: CrowdingDetail | undefined
  readonly city: City
}) {
  const taps = useSignal(readKept(id))
  /** As the hub said last; its own count goes on from there. */
  const people = useSignal<number | undefined>(undefined)
  const isRefused = useSignal(false)
  const known = people.value ?? spot?.people ?? 0
  const set = (next: Taps): void => {
    taps.value = next
    keep(id, next)
  }
  useEffect(() => {
    let isSending = false
    const send = async (): Promise<void> => {
      if (isSending) return
      set(withLot(taps.value, newKey))
      const { lot } = taps.value
      if (lot === undefined) return
      isSending = true
      try {
        people.value = (await city.api.desk.countAt(id, lot.change, lot.key)).people ?? undefined
        set(settled(taps.value))
        isRefused.value = false
      } catch (thrown) {
        isRefused.value =
          thrown instanceof HubError && thrown.status >= 400 && thrown.status < 500 && thrown.status !== 429
      } finally {
        isSending = false
      }
    }
    const timer = setInterval(() => void send(), sendEveryMs)
    void send()
    return () => clearInterval(timer)
  }, [id])
  const waiting = unsent(taps.value)
  const here = Math.max(0, known + waiting)
  return (
    <div class="counter">
      <h1>{spot === undefined ? t('counter.title') : localized(spot.name)}</h1>
      <p class="counter-here" role="status" data-people={here}>
        <span>{t('counter.here')}</span>
        <b>{here}</b>
        {typeof spot?.capacity === 'number' && <span>{t('place.of', { n: spot.capacity })}</span>}
      </p>
      <div class="counter-keys">
        <button type="button" class="counter-in" onClick={() => set(tapped(taps.value, 1))}>
          <b aria-hidden="true">＋</b>
          {t('counter.in')}
        </button>
        <button type="button" class="counter-out" disabled={here === 0} onClick={() => set(tapped(taps.value, -1))}>
          <b aria-hidden="true">−</b>
          {t('counter.out')}
        </button>
      </div>
      {isRefused.value && (
        <p class="fault" role="alert">
          {t('counter.refused')}
        </p>
      )}
      <p class="quiet">{waiting === 0 ? t('counter.sent') : t('counter.unsent', { n: Math.abs(waiting) })}</p>
      <a class="button button-outline" href={routeHash({ view: 'counter' })}>
        {t('counter.other')}
      </a>
    </div>
  )
}
