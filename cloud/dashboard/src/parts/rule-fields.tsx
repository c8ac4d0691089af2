// The fields that the forms of rules are made of: text, number in the unit that people read, duration, choice.
import { useSignal } from '@preact/signals'
import type { RuleDocument } from '../api/rule-api.ts'
import type { DisplayUnit } from '../format/units.ts'
import { valueAt, withValue, textAt } from '../rules/rule-draft.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

/** A rule that is being written, and how it is changed. */
export interface Draft {
  readonly rule: RuleDocument
  readonly set: (path: string, value: unknown) => void
}

export function draftOf(rule: RuleDocument, change: (rule: RuleDocument) => void): Draft {
  return { rule, set: (path, value) => change(withValue(rule, path, value)) }
}

interface FieldProps {
  readonly draft: Draft
  /** Where it stands in the rule, as `/match/site`. */
  readonly path: string
  readonly label: TextKey
  readonly hint?: TextKey
}

export function RuleText(props: FieldProps & { readonly list?: string; readonly maxLength?: number }) {
  const { draft, path, label, hint, list, maxLength = 200 } = props
  return (
    <label class="field">
      {t(label)}
      {hint !== undefined && <small class="quiet">{t(hint)}</small>}
      <input
        type="text"
        name={path}
        list={list}
        maxLength={maxLength}
        value={textAt(draft.rule, path)}
        onInput={(event) => draft.set(path, event.currentTarget.value)}
      />
    </label>
  )
}

const plain: DisplayUnit = { unit: '', factor: 1, offset: 0, digits: 2, tight: false }

/** Kept in the unit of the store, read and typed in that of people. Empty: there is none. */
export function RuleNumber(props: FieldProps & { readonly unit?: DisplayUnit }) {
  const { draft, path, label, hint, unit = plain } = props
  const stored = valueAt(draft.rule, path)
  const shown = typeof stored === 'number' ? String(Number((stored * unit.factor + unit.offset).toPrecision(9))) : ''
  const typed = useSignal<string | undefined>(undefined)
  function take(text: string): void {
    typed.value = text
    const value = Number(text)
    if (text.trim() === '') draft.set(path, undefined)
    else if (Number.isFinite(value)) draft.set(path, Number(((value - unit.offset) / unit.factor).toPrecision(12)))
  }
  return (
    <label class="field">
      {t(label)}
      {hint !== undefined && <small class="quiet">{t(hint)}</small>}
      <span class="rule-number">
        <input
          type="text"
          inputMode="decimal"
          name={path}
          value={typed.value ?? shown}
          onInput={(event) => take(event.currentTarget.value)}
          onBlur={() => (typed.value = undefined)}
        />
        {unit.unit !== '' && <span>{unit.unit}</span>}
      </span>
    </label>
  )
}

const scales = [
  { seconds: 1, text: 'rule.unit.seconds' },
  { seconds: 60, text: 'rule.unit.minutes' },
  { seconds: 3_600, text: 'rule.unit.hours' },
  { seconds: 86_400, text: 'rule.unit.days' },
] as const satisfies readonly { readonly seconds: number; readonly text: TextKey }[]

/** Kept in seconds. */
export function RuleDuration({ draft, path, label, hint }: FieldProps) {
  const stored = Number(valueAt(draft.rule, path) ?? 0)
  const fitting = scales.findLast(({ seconds }) => stored >= seconds && stored % seconds === 0)
  const scale = useSignal<number>(fitting?.seconds ?? 1)
  return (
    <label class="field">
      {t(label)}
      {hint !== undefined && <small class="quiet">{t(hint)}</small>}
      <span class="rule-number">
        <input
          type="number"
          min="0"
          step="any"
          name={path}
          value={stored / scale.value}
          onInput={(event) => draft.set(path, Math.max(0, event.currentTarget.valueAsNumber || 0) * scale.value)}
        />
        <select
          aria-label={t('rule.unit')}
          value={String(scale.value)}
          onChange={(event) => {
            const next = Number(event.currentTarget.value)
            draft.set(path, (stored / scale.value) * next)
            scale.value = next
          }}
        >
          {scales.map(({ seconds, text }) => (
            <option key={seconds} value={String(seconds)}>
              {t(text)}
            </option>
          ))}
        </select>
      </span>
    </label>
  )
}

export function RulePick(
  props: FieldProps & {
    readonly options: readonly { readonly value: string; readonly text: string }[]
    /** What the empty choice says; absent: one must be chosen. */
    readonly none?: TextKey
  },
) {
  const { draft, path, label, hint, options, none } = props
  return (
    <label class="field">
      {t(label)}
      {hint !== undefined && <small class="quiet">{t(hint)}</small>}
      <select
        name={path}
        value={textAt(draft.rule, path)}
        onChange={(event) => draft.set(path, event.currentTarget.value)}
      >
        {none !== undefined && <option value="">{t(none)}</option>}
        {options.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
