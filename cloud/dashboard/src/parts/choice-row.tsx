// A row of buttons of which one is chosen: filters, periods.
export interface Choice<T extends string> {
  readonly value: T
  readonly text: string
  readonly count?: number
}

export function ChoiceRow<T extends string>(props: {
  readonly label: string
  readonly choices: readonly Choice<T>[]
  readonly chosen: T
  readonly choose: (value: T) => void
}) {
  return (
    <div class="choices" role="group" aria-label={props.label}>
      {props.choices.map(({ value, text, count }) => (
        <button
          key={value}
          type="button"
          class="choice"
          aria-pressed={value === props.chosen}
          onClick={() => props.choose(value)}
        >
          {text}
          {count !== undefined && <span class="choice-count">{count}</span>}
        </button>
      ))}
    </div>
  )
}
