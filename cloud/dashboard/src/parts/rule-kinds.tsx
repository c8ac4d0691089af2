// The part of the form that is different for each kind of rule: when it raises.
import type { RuleItem } from '../api/rule-api.ts'
import type { City } from '../city/city.ts'
import { combinationOf, flatOf, type FlatCombination, valueAt } from '../rules/rule-draft.ts'
import { eventNames, eventText, unitOfChannel } from '../rules/rule-words.ts'
import { localized, t } from '../text/language.ts'
import { type Draft, RuleDuration, RuleNumber, RulePick, RuleText } from './rule-fields.tsx'
import { RuleChannel } from './rule-channel.tsx'
import { RuleSchedule } from './rule-schedule.tsx'

export interface RulePartProps {
  readonly draft: Draft
  readonly city: City
  /** For combinations. */
  readonly rules: readonly RuleItem[]
}

export function RuleCondition(props: RulePartProps) {
  return (
    <section class="notice-card" aria-labelledby="rule-when">
      <h2 id="rule-when">{t('rule.condition')}</h2>
      <OfKind {...props} />
    </section>
  )
}

function OfKind(props: RulePartProps) {
  switch (props.draft.rule.kind) {
    case 'threshold':
      return <Threshold {...props} />
    case 'rate':
      return <Rate {...props} />
    case 'dead-man':
      return <DeadMan {...props} />
    case 'event':
      return <EventRule {...props} />
    case 'composite':
      return <Composite {...props} />
    case 'expression':
      return <Expression {...props} />
    case 'gateway-offline':
      return <Offline {...props} />
    default:
      return props.draft.rule.kind satisfies never
  }
}

function Delays({ draft }: { readonly draft: Draft }) {
  return (
    <div class="field-pair">
      <RuleDuration draft={draft} path="/onDelayS" label="rule.onDelay" />
      <RuleDuration draft={draft} path="/offDelayS" label="rule.offDelay" />
    </div>
  )
}

function channelOf({ rule }: Draft): string | undefined {
  const channel = valueAt(rule, '/match/channel')
  return typeof channel === 'string' ? channel : undefined
}

function Threshold({ draft, city }: RulePartProps) {
  const unit = unitOfChannel(channelOf(draft), city)
  return (
    <>
      <RuleChannel draft={draft} city={city} none="rule.pickChannel" />
      <div class="field-pair">
        <RuleNumber draft={draft} path="/below" label="rule.belowThis" unit={unit} />
        <RuleNumber draft={draft} path="/above" label="rule.aboveThis" unit={unit} />
      </div>
      <RuleNumber
        draft={draft}
        path="/hysteresis"
        label="rule.hysteresis"
        hint="rule.hysteresisHint"
        unit={{ ...unit, offset: 0 }}
      />
      <Delays draft={draft} />
      <RuleSchedule draft={draft} unit={unit} />
    </>
  )
}

function Rate({ draft, city }: RulePartProps) {
  const unit = { ...unitOfChannel(channelOf(draft), city), offset: 0 }
  return (
    <>
      <RuleChannel draft={draft} city={city} none="rule.pickChannel" />
      <div class="field-pair">
        <RuleDuration draft={draft} path="/windowS" label="rule.window" />
        <RuleDuration draft={draft} path="/perS" label="rule.per" />
      </div>
      <div class="field-pair">
        <RuleNumber draft={draft} path="/above" label="rule.risesBy" unit={unit} />
        <RuleNumber draft={draft} path="/below" label="rule.fallsBy" hint="rule.fallsHint" unit={unit} />
      </div>
      <RuleNumber draft={draft} path="/hysteresis" label="rule.hysteresis" hint="rule.hysteresisHint" unit={unit} />
      <Delays draft={draft} />
    </>
  )
}

function DeadMan({ draft, city }: RulePartProps) {
  return (
    <>
      <RuleChannel draft={draft} city={city} none="rule.wholeDevice" />
      <div class="field-pair">
        <RuleNumber draft={draft} path="/intervals" label="rule.intervals" hint="rule.intervalsHint" />
        <RuleDuration draft={draft} path="/atLeastS" label="rule.atLeast" />
      </div>
    </>
  )
}

function Offline({ draft }: RulePartProps) {
  const reasons = [
    { value: 'lost', text: t('rule.reason.lost') },
    { value: 'shutdown', text: t('rule.reason.shutdown') },
  ]
  return (
    <>
      <RulePick draft={draft} path="/reason" label="rule.reason" options={reasons} />
      <RuleDuration draft={draft} path="/onDelayS" label="rule.onDelay" />
    </>
  )
}

function EventRule({ draft }: RulePartProps) {
  const isCounted = valueAt(draft.rule, '/count') !== undefined
  return (
    <>
      <RulePick
        draft={draft}
        path="/event"
        label="rule.event"
        options={eventNames.map((value) => ({ value, text: eventText(value) }))}
      />
      <RuleText draft={draft} path="/match/source" label="rule.source" hint="rule.sourceHint" />
      <label class="tick">
        <input
          type="checkbox"
          checked={isCounted}
          onChange={() => draft.set('/count', isCounted ? undefined : { atLeast: 3, of: 20 })}
        />
        {t('rule.counted')}
      </label>
      {isCounted && (
        <>
          <div class="field-pair">
            <RuleNumber draft={draft} path="/count/of" label="rule.ofLast" />
            <RuleNumber draft={draft} path="/count/atLeast" label="rule.atLeastBad" />
          </div>
          <RuleNumber draft={draft} path="/count/clearBelow" label="rule.clearBelow" />
        </>
      )}
      <Delays draft={draft} />
    </>
  )
}

function placesOf() {
  return [
    { value: 'site', text: t('rule.by.site') },
    { value: 'device', text: t('rule.by.device') },
  ]
}

function Composite({ draft, rules }: RulePartProps) {
  const flat = flatOf(valueAt(draft.rule, '/of'))
  const by = [
    ...placesOf(),
    { value: 'series', text: t('rule.by.series') },
    { value: 'gateway', text: t('rule.by.gateway') },
  ]
  const change = (next: FlatCombination) => draft.set('/of', combinationOf(next))
  const others = rules.filter(({ rule }) => rule.kind !== 'composite')
  return (
    <>
      <RulePick draft={draft} path="/by" label="rule.byPlace" options={by} />
      {flat === undefined ? (
        <p class="warn">{t('rule.nestedHint')}</p>
      ) : (
        <fieldset class="field-choice rule-parts">
          <legend>{t('rule.parts')}</legend>
          <label class="field">
            {t('rule.join')}
            <select
              value={flat.join}
              onChange={(event) => change({ ...flat, join: event.currentTarget.value as 'all' | 'any' })}
            >
              <option value="all">{t('rule.joinAll')}</option>
              <option value="any">{t('rule.joinAny')}</option>
            </select>
          </label>
          {flat.parts.map((part, index) => (
            <div key={index} class="rule-part">
              <select
                aria-label={t('rule.part', { n: index + 1 })}
                value={part.rule}
                onChange={(event) =>
                  change({ ...flat, parts: flat.parts.with(index, { ...part, rule: event.currentTarget.value }) })
                }
              >
                {others.map(({ id, rule }) => (
                  <option key={id} value={id}>
                    {localized(rule.title)}
                  </option>
                ))}
              </select>
              <label class="tick">
                <input
                  type="checkbox"
                  checked={part.not}
                  onChange={() => change({ ...flat, parts: flat.parts.with(index, { ...part, not: !part.not }) })}
                />
                {t('rule.isNot')}
              </label>
              <button
                type="button"
                class="button button-outline notice-small"
                onClick={() => change({ ...flat, parts: flat.parts.toSpliced(index, 1) })}
              >
                {t('rule.takeAway')}
              </button>
            </div>
          ))}
          <button
            type="button"
            class="button button-outline notice-press"
            onClick={() => change({ ...flat, parts: [...flat.parts, { rule: others[0]?.id ?? '', not: false }] })}
          >
            {t('rule.addPart')}
          </button>
        </fieldset>
      )}
      <Delays draft={draft} />
    </>
  )
}

function Expression({ draft }: RulePartProps) {
  const series = Object.entries((valueAt(draft.rule, '/series') ?? {}) as Readonly<Record<string, string>>)
  const change = (next: readonly (readonly [string, string])[]) => draft.set('/series', Object.fromEntries(next))
  return (
    <>
      <RulePick draft={draft} path="/by" label="rule.byPlace" options={placesOf()} />
      <fieldset class="field-choice rule-parts">
        <legend>{t('rule.series')}</legend>
        {series.map(([name, channel], index) => (
          <div key={index} class="rule-part">
            <input
              type="text"
              aria-label={t('rule.seriesName', { n: index + 1 })}
              class="rule-name"
              maxLength={32}
              value={name}
              onInput={(event) => change(series.with(index, [event.currentTarget.value, channel]))}
            />
            <input
              type="text"
              aria-label={t('rule.seriesChannel', { name })}
              list="rule-channels"
              maxLength={128}
              value={channel}
              onInput={(event) => change(series.with(index, [name, event.currentTarget.value]))}
            />
            <button
              type="button"
              class="button button-outline notice-small"
              onClick={() => change(series.toSpliced(index, 1))}
            >
              {t('rule.takeAway')}
            </button>
          </div>
        ))}
        <button
          type="button"
          class="button button-outline notice-press"
          onClick={() => change([...series, [`v${series.length + 1}`, '']])}
        >
          {t('rule.addSeries')}
        </button>
      </fieldset>
      <RuleText draft={draft} path="/when" label="rule.when" hint="rule.whenHint" maxLength={500} />
      <RuleText draft={draft} path="/clearWhen" label="rule.clearWhen" hint="rule.clearWhenHint" maxLength={500} />
      <Delays draft={draft} />
    </>
  )
}
