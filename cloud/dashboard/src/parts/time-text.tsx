// A time said both ways: how long ago, and when.
import { ago, clockTime, dateTime, shortTime } from '../format/time.ts'
import { language, t } from '../text/language.ts'
import { nowMs } from './now.ts'

const dayMs = 86_400_000

/** How long ago, then the clock; null where nothing has arrived yet. `coarse`: without seconds. */
export function TimeText({ timeMs, coarse }: { readonly timeMs: number | null; readonly coarse?: boolean }) {
  if (timeMs === null) return <span class="quiet">{t('value.waiting')}</span>
  const now = nowMs.value
  const exact =
    coarse !== true && now - timeMs < dayMs / 2
      ? clockTime(timeMs, language.value)
      : shortTime(timeMs, now, language.value)
  return (
    <time class="time" dateTime={new Date(timeMs).toISOString()} title={dateTime(timeMs, language.value)}>
      <span class="time-ago">{ago(timeMs, now, language.value)}</span> <span class="time-exact">{exact}</span>
    </time>
  )
}

/** Only how long ago, for tight places; the exact time is its title. */
export function AgeText({ timeMs }: { readonly timeMs: number | null }) {
  if (timeMs === null) return <span class="quiet">{t('value.waiting')}</span>
  return (
    <time class="time" dateTime={new Date(timeMs).toISOString()} title={dateTime(timeMs, language.value)}>
      {ago(timeMs, nowMs.value, language.value)}
    </time>
  )
}
