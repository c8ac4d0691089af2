// A field for a line of text with its name above it, as forms about alarms, maintenance and rules have it.
import type { Signal } from '@preact/signals'

export function LineField(props: {
  readonly label: string
  readonly value: Signal<string>
  readonly maxLength: number
}) {
  const { label, value, maxLength } = props
  return (
    <label class="alarm-field">
      {label}
      <input
        type="text"
        maxLength={maxLength}
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  )
}
