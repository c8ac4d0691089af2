// Limits that vary: by the time of day, the season, the height of the sun and the growth stage; the first that fits counts.
import type { DisplayUnit } from '../format/units.ts'
import { valueAt, textAt } from '../rules/rule-draft.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { type Draft, RuleNumber } from './rule-fields.tsx'

const sorts = ['time', 'season', 'sun', 'stage'] as const
type Sort = (typeof sorts)[number]

const sortKeys: Readonly<Record<Sort, TextKey>> = {
  time: 'rule.when.time',
  season: 'rule.when.season',
  sun: 'rule.when.sun',
  stage: 'rule.when.stage',
}

const beginnings: Readonly<Record<Sort, unknown>> = {
  time: { time: { from: '22:00', to: '05:00' } },
  season: { season: { from: '12-01', to: '02-28' } },
  sun: { sun: { below: -6 } },
  stage: { stage: [] },
}

export function RuleSchedule({ draft, unit }: { readonly draft: Draft; readonly unit: DisplayUnit }) {
  const schedule = (valueAt(draft.rule, '/schedule') ?? []) as readonly {
    readonly when: Readonly<Record<string, unknown>>
  }[]
  const change = (next: readonly unknown[]) => draft.set('/schedule', next.length === 0 ? undefined : next)
  return (
    <fieldset class="field-choice rule-parts">
      <legend>{t('rule.schedule')}</legend>
      <p class="quiet">{t('rule.scheduleHint')}</p>
      {schedule.map(({ when }, index) => (
        <div key={index} class="rule-part rule-when">
          <label class="field">
            {t('rule.whenSort')}
            <select
              value={sorts.find((sort) => sort in when) ?? 'time'}
              onChange={(event) => draft.set(`/schedule/${index}/when`, beginnings[event.currentTarget.value as Sort])}
            >
              {sorts.map((sort) => (
                <option key={sort} value={sort}>
                  {t(sortKeys[sort])}
                </option>
              ))}
            </select>
          </label>
          <When draft={draft} path={`/schedule/${index}/when`} />
          <div class="field-pair">
            <RuleNumber draft={draft} path={`/schedule/${index}/below`} label="rule.belowThis" unit={unit} />
            <RuleNumber draft={draft} path={`/schedule/${index}/above`} label="rule.aboveThis" unit={unit} />
          </div>
          <button
            type="button"
            class="button button-outline notice-small"
            onClick={() => change(schedule.toSpliced(index, 1))}
          >
            {t('rule.takeAway')}
          </button>
        </div>
      ))}
      <button
        type="button"
        class="button button-outline notice-press"
        onClick={() => change([...schedule, { when: beginnings.time }])}
      >
        {t('rule.addTime')}
      </button>
    </fieldset>
  )
}

/** All that an entry names holds together. */
function When({ draft, path }: { readonly draft: Draft; readonly path: string }) {
  const when = (valueAt(draft.rule, path) ?? {}) as Readonly<Record<string, unknown>>
  return (
    <>
      {'time' in when && <Span draft={draft} path={`${path}/time`} type="time" />}
      {'season' in when && <Span draft={draft} path={`${path}/season`} type="text" />}
      {'sun' in when && (
        <div class="field-pair">
          <RuleNumber draft={draft} path={`${path}/sun/below`} label="rule.sunBelow" />
          <RuleNumber draft={draft} path={`${path}/sun/above`} label="rule.sunAbove" />
        </div>
      )}
      {'stage' in when && (
        <label class="field">
          {t('rule.stages')}
          <input
            type="text"
            value={(when['stage'] as readonly string[]).join(' ')}
            onChange={(event) => draft.set(`${path}/stage`, event.currentTarget.value.split(/[\s,]+/).filter(Boolean))}
          />
        </label>
      )}
    </>
  )
}

function Span({ draft, path, type }: { readonly draft: Draft; readonly path: string; readonly type: 'time' | 'text' }) {
  return (
    <div class="field-pair">
      {(['from', 'to'] as const).map((end) => {
        const value = textAt(draft.rule, `${path}/${end}`)
        const take = (text: string) => draft.set(`${path}/${end}`, text)
        return (
          <label key={end} class="field">
            {t(end === 'from' ? 'rule.from' : 'rule.to')}
            {type === 'time' ? (
              <input type="time" value={value} onInput={(event) => take(event.currentTarget.value)} />
            ) : (
              <input
                type="text"
                placeholder="12-01"
                value={value}
                onInput={(event) => take(event.currentTarget.value)}
              />
            )}
          </label>
        )
      })}
    </div>
  )
}
