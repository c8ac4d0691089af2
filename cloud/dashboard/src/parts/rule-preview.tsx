// What a rule would have raised: how often, when and where, before anybody saves it.
import { useSignal } from '@preact/signals'
import type { RuleDocument, RulePreview } from '../api/rule-api.ts'
import type { City } from '../city/city.ts'
import { duration, shortTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'
import { LengthButtons, type Length } from './length-buttons.tsx'
import { nowMs } from './now.ts'

const dayMs = 86_400_000
const mostLines = 50
const spans: readonly Length[] = [
  { text: 'rule.days7', lengthMs: 7 * dayMs },
  { text: 'rule.days30', lengthMs: 30 * dayMs },
  { text: 'rule.days90', lengthMs: 90 * dayMs },
]

export function RulePreviewPanel(props: {
  readonly tenant: string
  readonly written: () => RuleDocument
  readonly city: City
  readonly refused: (thrown: unknown) => void
}) {
  const { tenant, written, city, refused } = props
  const shown = useSignal<{ readonly preview: RulePreview; readonly days: number } | undefined>(undefined)
  const isBusy = useSignal(false)
  async function play(lengthMs: number): Promise<void> {
    isBusy.value = true
    const days = lengthMs / dayMs
    try {
      shown.value = { preview: await city.api.rules.preview(tenant, written(), days), days }
    } catch (thrown) {
      shown.value = undefined
      refused(thrown)
    } finally {
      isBusy.value = false
    }
  }
  return (
    <section class="notice-card rule-preview" aria-labelledby="rule-preview">
      <h2 id="rule-preview">{t('rule.preview')}</h2>
      <p class="quiet">{t('rule.previewHint')}</p>
      {written().kind === 'gateway-offline' ? (
        <p class="warn">{t('rule.noPreview')}</p>
      ) : (
        <LengthButtons lengths={spans} disabled={isBusy.value} choose={(lengthMs) => void play(lengthMs)} />
      )}
      <div aria-live="polite">
        {isBusy.value && <p class="quiet">{t('rule.previewRuns')}</p>}
        {!isBusy.value && shown.value !== undefined && <Result {...shown.value} city={city} />}
      </div>
    </section>
  )
}

function Result({
  preview,
  days,
  city,
}: {
  readonly preview: RulePreview
  readonly days: number
  readonly city: City
}) {
  const { raised, subjects, intervals, complete, through, series, seriesWatched, readings, events } = preview
  const said: TextKey = raised === 0 ? 'rule.previewNone' : 'rule.previewSome'
  const time = (timeMs: number) => shortTime(timeMs, nowMs.value, language.value)
  return (
    <>
      <p class="rule-verdict">{t(said, { days, n: raised, places: subjects })}</p>
      {series === 0 && events === 0 && <p class="warn">{t('rule.previewNothing')}</p>}
      {!complete && <p class="warn">{t('rule.previewPart', { time: time(through), n: series, all: seriesWatched })}</p>}
      <Strip preview={preview} />
      <p class="quiet">{t('rule.previewOf', { series, readings: readings + events })}</p>
      {intervals.length > 0 && (
        <ol class="rule-times">
          {intervals.slice(0, mostLines).map((interval) => (
            <li key={`${interval.subject} ${interval.raisedAt}`}>
              <time dateTime={new Date(interval.raisedAt).toISOString()}>{time(interval.raisedAt)}</time>{' '}
              <b>{nameOf(interval, city)}</b>{' '}
              <span class="quiet">
                {interval.clearedAt === null
                  ? t('rule.lasts')
                  : t('rule.lasted', { time: duration(interval.clearedAt - interval.raisedAt, language.value) })}
              </span>
            </li>
          ))}
        </ol>
      )}
      {intervals.length > mostLines && <p class="quiet">{t('rule.previewMore', { n: raised - mostLines })}</p>}
    </>
  )
}

/** The whole span as a line, with a mark where it would have raised. */
function Strip({ preview: { from, through, intervals } }: { readonly preview: RulePreview }) {
  const width = 1_000
  const at = (timeMs: number) => ((timeMs - from) / Math.max(1, through - from)) * width
  return (
    <svg class="rule-strip" viewBox={`0 0 ${width} 24`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="rule-strip-line" x="0" y="10" width={width} height="4" />
      {intervals.map(({ subject, raisedAt, clearedAt }) => (
        <rect
          key={`${subject} ${raisedAt}`}
          class="rule-strip-mark"
          x={Math.min(width - 4, at(raisedAt))}
          y="2"
          width={Math.max(4, at(clearedAt ?? through) - at(raisedAt))}
          height="20"
        />
      ))}
    </svg>
  )
}

function nameOf({ series, site, device, gateway }: RulePreview['intervals'][number], city: City): string {
  const named = city.sites.value.find(({ id }) => id === site)
  const label = series === null ? undefined : city.latest.value.get(series)?.label
  const place = named === undefined ? (device ?? gateway) : localized(named.name)
  return label === undefined ? place : `${place} ${localized(label)}`
}
