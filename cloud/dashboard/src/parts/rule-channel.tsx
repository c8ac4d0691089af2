// What a rule measures: picked by the name that people know, or typed, with `*` for anything.
import { useSignal } from '@preact/signals'
import type { City } from '../city/city.ts'
import { textAt } from '../rules/rule-draft.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { type Draft, RuleText } from './rule-fields.tsx'

const path = '/match/channel'

/** Of everything that the hub has heard of: the name in the protocol, and what people call it. */
export function channelsOf(city: City): ReadonlyMap<string, string> {
  return new Map([...city.latest.value.values()].map(({ channel, label }) => [channel, localized(label)]))
}

/** `none`: what an empty choice means. */
export function RuleChannel({
  draft,
  city,
  none,
}: {
  readonly draft: Draft
  readonly city: City
  readonly none: TextKey
}) {
  const channels = channelsOf(city)
  const channel = textAt(draft.rule, path)
  const isTyped = useSignal(channel !== '' && !channels.has(channel))
  return (
    <>
      <label class="field">
        {t('rule.channel')}
        <select
          name={path}
          value={isTyped.value ? '*' : channel}
          onChange={(event) => {
            const picked = event.currentTarget.value
            isTyped.value = picked === '*'
            draft.set(path, isTyped.value ? channel : picked)
          }}
        >
          <option value="">{t(none)}</option>
          {[...channels]
            .toSorted(([, one], [, other]) => one.localeCompare(other))
            .map(([name, label]) => (
              <option key={name} value={name}>
                {label === name ? name : t('rule.channelOf', { label, name })}
              </option>
            ))}
          <option value="*">{t('rule.otherChannel')}</option>
        </select>
      </label>
      {isTyped.value && (
        <RuleText draft={draft} path={path} label="rule.channelName" hint="rule.globHint" list="rule-channels" />
      )}
    </>
  )
}
