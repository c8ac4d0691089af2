// The answer of a streetlight cabinet: how many lamps burn and how many are faulty, then each lamp, what needs somebody first.
import type { SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { countLamps, type Lamp, type LampCount, type LampState } from '../city/lamps.ts'
import { hourMinute } from '../format/time.ts'
import { valueText } from '../format/value-text.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'
import { reasonText } from './quality-text.tsx'
import { stale } from './stale.ts'
import { severityMarks, StateMark, type MarkName } from './state-mark.tsx'

export const lampStateKeys: Readonly<Record<LampState, TextKey>> = {
  alarm: 'lamps.alarm',
  unknown: 'lamps.noValue',
  checking: 'lamps.checking',
  lit: 'lamps.lit',
  off: 'lamps.off',
}

function markOf({ state, alarm }: Lamp): MarkName {
  if (alarm !== undefined) return severityMarks[alarm.severity]
  if (state === 'unknown') return 'offline'
  return state === 'checking' ? 'warning' : 'good'
}

function hintOf({ state, alarm, power }: Lamp): string | undefined {
  if (alarm !== undefined) return localized(alarm.title)
  if (state === 'checking') return t('lamps.checkingHint')
  return state === 'unknown' && power.reason !== null ? reasonText(power.reason) : undefined
}

function LampRow({ lamp, choose }: { readonly lamp: Lamp; readonly choose: () => void }) {
  const mark = markOf(lamp)
  const name = t('lamps.name', { n: lamp.number })
  const state = t(lampStateKeys[lamp.state])
  const hint = hintOf(lamp)
  return (
    <li>
      <button
        type="button"
        class={`lamp lamp-${stale.value ? 'offline' : mark}`}
        data-lamp={lamp.number}
        title={t('lamps.chart', { lamp: name, state: hint ?? state })}
        onClick={choose}
      >
        <span class="lamp-state">
          <StateMark name={mark} size={18} />
          <span class="lamp-name">{name}</span>
          {stale.value ? t('state.before', { state }) : state}
        </span>
        <span class="lamp-power">{valueText(lamp.power)}</span>
        {hint !== undefined && <span class="lamp-hint">{hint}</span>}
      </button>
    </li>
  )
}

function titleOf({ all, faulty, unknown, checking }: LampCount): string {
  if (faulty > 0) return t('lamps.faulty', { n: faulty, all })
  if (checking > 0) return t('lamps.beingChecked', { n: checking, all })
  return unknown > 0 ? t('lamps.unknown', { n: unknown, all }) : t('lamps.well', { all })
}

/** Each state with its count; the rare ones only where there are any. */
function countsText({ lit, off, faulty, checking, unknown }: LampCount): string {
  const counts = [
    t('lamps.litCount', { n: lit }),
    t('lamps.offCount', { n: off }),
    t('lamps.faultyCount', { n: faulty }),
  ]
  if (checking > 0) counts.push(t('lamps.checkingCount', { n: checking }))
  if (unknown > 0) counts.push(t('lamps.unknownCount', { n: unknown }))
  return counts.join(' · ')
}

function boardMark(lamps: readonly Lamp[], count: LampCount): MarkName {
  if (count.faulty > 0)
    return lamps.some(({ alarm }) => alarm !== undefined && severityMarks[alarm.severity] === 'critical')
      ? 'critical'
      : 'warning'
  if (count.checking > 0) return 'warning'
  return count.unknown > 0 ? 'offline' : 'good'
}

interface BoardProps {
  readonly site: SiteItem
  readonly city: City
  readonly lamps: readonly Lamp[]
  /** Shows the chart of this lamp's power. */
  readonly choose: (lamp: Lamp) => void
}

export function LampBoard({ site, city, lamps, choose }: BoardProps) {
  const count = countLamps(lamps)
  const isOld = stale.value || site.state === 'offline'
  const mark = isOld ? 'offline' : boardMark(lamps, count)
  const atMs = isOld ? (stale.value ? city.freshAtMs.value : newestMs(lamps)) : undefined
  const title = titleOf(count)
  return (
    <section class={`lamps lamps-${mark}`} aria-label={t('lamps.label')}>
      <div class="lamps-head">
        <StateMark name={mark} size={32} />
        <div>
          <h2 class="lamps-title">
            {atMs === undefined ? title : t('answer.asOf', { time: hourMinute(atMs, language.value), title })}
          </h2>
          <p>{countsText(count)}</p>
        </div>
      </div>
      <ul class="lamp-list">
        {lamps.map((lamp) => (
          <LampRow key={lamp.power.series} lamp={lamp} choose={() => choose(lamp)} />
        ))}
      </ul>
    </section>
  )
}

function newestMs(lamps: readonly Lamp[]): number | undefined {
  const times = lamps.flatMap(({ power }) => power.time ?? [])
  return times.length === 0 ? undefined : Math.max(...times)
}
