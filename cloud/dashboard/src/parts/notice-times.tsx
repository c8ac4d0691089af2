// When one is told: quiet hours, digests, and in which language.
import type { Preferences } from '../api/shapes.ts'
import type { MyNotices } from '../notices/my-notices.ts'
import { t } from '../text/language.ts'
import { Chips, SeverityField } from './notice-topics.tsx'

type Quiet = NonNullable<Preferences['quietHours']>

const usualQuiet: Quiet = { from: '22:00', to: '06:00', criticalAnyway: true }

interface TimeProps {
  readonly preferences: Preferences
  readonly notices: MyNotices
}

export function NoticeTimes({ preferences, notices }: TimeProps) {
  const { quietHours } = preferences
  return (
    <section class="notice-card" aria-labelledby="times-title">
      <h2 id="times-title">{t('times.title')}</h2>
      <label class="tick">
        <input
          type="checkbox"
          checked={quietHours !== null}
          onChange={(event) => notices.change({ quietHours: event.currentTarget.checked ? usualQuiet : null })}
        />
        <span>
          {t('times.quiet')}
          <br />
          <small class="quiet">{t('times.quietAbout')}</small>
        </span>
      </label>
      {quietHours !== null && (
        <QuietFields quiet={quietHours} change={(changed) => notices.change({ quietHours: changed })} />
      )}
      <DigestFields preferences={preferences} notices={notices} />
      <p class="quiet">{t('times.duty')}</p>
      <LanguageField preferences={preferences} notices={notices} />
    </section>
  )
}

function TimeField(props: {
  readonly label: string
  readonly value: string
  readonly choose: (value: string) => void
}) {
  return (
    <label class="field">
      {props.label}
      <input
        type="time"
        value={props.value}
        required
        onChange={(event) => {
          // A field that is being emptied is no time yet.
          if (/^\d\d:\d\d$/.test(event.currentTarget.value)) props.choose(event.currentTarget.value)
        }}
      />
    </label>
  )
}

const week = [0, 1, 2, 3, 4, 5, 6] as const

function QuietFields({ quiet, change }: { readonly quiet: Quiet; readonly change: (quiet: Quiet) => void }) {
  const names = t('days.short').split(' ')
  const chosen = quiet.days ?? week
  const toggle = (text: string): void => {
    const day = Number(text)
    const next = week.filter((one) => (one === day ? !chosen.includes(one) : chosen.includes(one)))
    const { days: _, ...rest } = quiet
    if (next.length === 0) return
    change(next.length === week.length ? rest : { ...rest, days: next })
  }
  return (
    <div class="notice-quiet">
      <div class="field-pair">
        <TimeField label={t('times.from')} value={quiet.from} choose={(from) => change({ ...quiet, from })} />
        <TimeField label={t('times.to')} value={quiet.to} choose={(to) => change({ ...quiet, to })} />
      </div>
      <Chips
        label={t('times.days')}
        choices={week.map((day) => ({
          value: String(day),
          text: names[day] ?? '',
          isChosen: chosen.includes(day),
        }))}
        toggle={toggle}
      />
      <label class="tick">
        <input
          type="checkbox"
          checked={quiet.criticalAnyway}
          onChange={(event) => change({ ...quiet, criticalAnyway: event.currentTarget.checked })}
        />
        {t('times.critical')}
      </label>
    </div>
  )
}

function DigestFields({ preferences, notices }: TimeProps) {
  const { digest, digestAt, atOnce } = preferences
  return (
    <>
      <label class="field">
        {t('times.digest')}
        <select
          value={digest}
          onChange={(event) => notices.change({ digest: event.currentTarget.value as Preferences['digest'] })}
        >
          <option value="none">{t('times.digestNone')}</option>
          <option value="hourly">{t('times.digestHourly')}</option>
          <option value="daily">{t('times.digestDaily')}</option>
        </select>
      </label>
      {digest === 'daily' && (
        <TimeField label={t('times.digestAt')} value={digestAt} choose={(at) => notices.change({ digestAt: at })} />
      )}
      {digest !== 'none' && (
        <SeverityField
          label={t('times.atOnce')}
          value={atOnce}
          choose={(severity) => notices.change({ atOnce: severity })}
        />
      )}
    </>
  )
}

function LanguageField({ preferences, notices }: TimeProps) {
  const choose = (value: string): void => {
    notices.change({ language: value === 'ja' || value === 'en' ? value : undefined })
  }
  return (
    <label class="field">
      {t('times.language')}
      <select value={preferences.language ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{t('times.asAccount')}</option>
        <option value="ja" lang="ja">
          {t('language.ja')}
        </option>
        <option value="en" lang="en">
          {t('language.en')}
        </option>
      </select>
    </label>
  )
}
