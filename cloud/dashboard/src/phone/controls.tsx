// What the pages for phones are made of: large buttons, fields and notices.
import type { ComponentChildren } from 'preact'

interface ActProps {
  readonly text: string
  readonly about?: string
  readonly kind?: 'main' | 'quiet' | 'choice' | 'back'
  readonly disabled?: boolean
  readonly act: () => void
}

export function Act({ text, about, kind = 'main', disabled = false, act }: ActProps) {
  return (
    <button
      type="button"
      class={`button button-${kind === 'back' ? 'quiet button-back' : kind}`}
      disabled={disabled}
      onClick={act}
    >
      <span>
        {text}
        {about !== undefined && <small>{about}</small>}
      </span>
    </button>
  )
}

export function Notice({
  kind,
  children,
}: {
  readonly kind: 'good' | 'open' | 'fault'
  readonly children: ComponentChildren
}) {
  return (
    <p class={`notice notice-${kind}`} role={kind === 'fault' ? 'alert' : 'status'}>
      {children}
    </p>
  )
}

export function Field({
  name,
  hint,
  children,
}: {
  readonly name: string
  readonly hint?: string
  readonly children: ComponentChildren
}) {
  return (
    <label class="field">
      <span class="field-name">{name}</span>
      {children}
      {hint !== undefined && <small>{hint}</small>}
    </label>
  )
}

interface TextProps {
  readonly name: string
  readonly hint?: string
  readonly value: string
  readonly take: (text: string) => void
  readonly maxLength?: number
  /** Which keyboard the phone shows. */
  readonly keyboard?: 'text' | 'search' | 'url'
  readonly autocomplete?: string
  /** Whether it is a code, which no phone should mend. */
  readonly code?: boolean
}

export function TextField({ name, hint, value, take, ...more }: TextProps) {
  const { maxLength = 4000, keyboard = 'text', autocomplete = 'off', code = false } = more
  return (
    <Field name={name} {...(hint === undefined ? {} : { hint })}>
      <input
        type="text"
        inputMode={keyboard}
        autocomplete={autocomplete}
        autocapitalize={code ? 'off' : 'sentences'}
        spellcheck={!code}
        maxLength={maxLength}
        value={value}
        onInput={(event) => take(event.currentTarget.value)}
      />
    </Field>
  )
}

export function Mark({ state }: { readonly state: 'good' | 'open' | 'bad' }) {
  const signs = { good: '✓', open: '…', bad: '✕' }
  return (
    <span class={`mark mark-${state}`} aria-hidden="true">
      {signs[state]}
    </span>
  )
}
