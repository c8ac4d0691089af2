// How fresh the screen is: a badge that never stays green while nothing arrives, and a notice while the hub is gone.
import { useComputed } from '@preact/signals'
import type { City } from '../city/city.ts'
import { clockTime, duration, shortTime } from '../format/time.ts'
import { isOutdated } from '../offline/newer-version.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { nowMs } from './now.ts'

const liveKeys: Readonly<Record<City['connection']['value'], TextKey>> = {
  connecting: 'live.connecting',
  live: 'live.live',
  polling: 'live.polling',
  reconnecting: 'live.reconnecting',
  lost: 'live.reconnecting',
}

/** What the badge says beside the state: when news last came, or since when none can. */
function freshnessText(freshS: number, lostSinceMs: number | undefined): string | undefined {
  if (lostSinceMs !== undefined) {
    const time = clockTime(lostSinceMs, language.value)
    return t('live.since', { time, duration: duration(nowMs.value - lostSinceMs, language.value) })
  }
  return freshS > 0 ? t('live.updated', { time: clockTime(freshS * 1000, language.value) }) : undefined
}

export function Freshness({ city }: { readonly city: City }) {
  const second = useComputed(() => Math.floor((city.freshAtMs.value ?? 0) / 1000))
  const state = city.connection.value
  const text = freshnessText(second.value, city.lostSinceMs.value)
  return (
    <p class={`fresh fresh-${state}`}>
      <span class="fresh-dot" aria-hidden="true" />
      <span class="fresh-state">{t(liveKeys[state])}</span>
      {text !== undefined && <span class="fresh-time">{text}</span>}
    </p>
  )
}

/** What this page does not know yet it cannot show: the next change of view loads it anew, or a press does. */
export function NewerNotice() {
  return (
    <div role="status" aria-live="polite">
      {isOutdated.value && (
        <p class="newer">
          {t('live.newer')}
          <button type="button" class="button button-outline" onClick={() => location.reload()}>
            {t('live.newerLoad')}
          </button>
        </p>
      )}
    </div>
  )
}

/** Stays until values flow again: whoever looks at old values must know it. */
export function LostNotice({ city }: { readonly city: City }) {
  const freshAtMs = city.freshAtMs.value
  const lost = city.connection.value === 'lost'
  return (
    <div role="status" aria-live="polite">
      {lost && (
        <p class="lost">
          {freshAtMs === undefined
            ? t('live.neverConnected')
            : t('live.lostSince', { time: shortTime(freshAtMs, nowMs.value, language.value) })}
        </p>
      )}
    </div>
  )
}
