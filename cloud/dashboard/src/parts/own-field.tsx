// A field of a form on one's own account: what is asked, and what is typed.
import type { Signal } from '@preact/signals'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

export function OwnField(props: {
  readonly label: TextKey
  readonly value: Signal<string>
  readonly type?: 'text' | 'password'
  readonly autocomplete?: string
  readonly maxLength?: number
  readonly inputMode?: 'numeric' | 'text'
}) {
  const { label, value, type = 'text', autocomplete = 'off', maxLength = 80, inputMode = 'text' } = props
  const shared = {
    autocomplete,
    maxLength,
    inputMode,
    autocapitalize: 'off',
    spellcheck: false,
    required: true,
  } as const
  const onInput = (event: { readonly currentTarget: HTMLInputElement }) =>
    void (value.value = event.currentTarget.value)
  return (
    <label class="field">
      {t(label)}
      {type === 'password' ? (
        <input type="password" {...shared} value={value.value} onInput={onInput} />
      ) : (
        <input type="text" {...shared} value={value.value} onInput={onInput} />
      )}
    </label>
  )
}
