// Which month a report is of, in Japan: one step back or on, never into the future.
import { useSignal, type Signal } from '@preact/signals'
import { language, t } from '../text/language.ts'

const japanMs = 9 * 3_600_000

/** `2026-11`: the month in which a time lies. */
function monthAt(timeMs: number): string {
  return new Date(timeMs + japanMs).toISOString().slice(0, 7)
}

function monthAfter(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + by)).toISOString().slice(0, 7)
}

export function useMonth(): Signal<string> {
  return useSignal(monthAt(Date.now()))
}

export function MonthChoice({ month }: { readonly month: Signal<string> }) {
  const locale = language.value === 'ja' ? 'ja-JP' : 'en-GB'
  const name = new Date(`${month.value}-15T00:00:00Z`).toLocaleDateString(locale, { year: 'numeric', month: 'long' })
  const isNewest = month.value >= monthAt(Date.now())
  return (
    <div class="month-choice" role="group" aria-label={t('month.choose')}>
      <button
        type="button"
        class="button button-outline"
        aria-label={t('month.before')}
        onClick={() => (month.value = monthAfter(month.value, -1))}
      >
        ‹
      </button>
      <b aria-live="polite">{name}</b>
      <button
        type="button"
        class="button button-outline"
        aria-label={t('month.after')}
        disabled={isNewest}
        onClick={() => (month.value = monthAfter(month.value, 1))}
      >
        ›
      </button>
    </div>
  )
}
