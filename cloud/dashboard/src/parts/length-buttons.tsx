// How long something is to last: a few lengths, each a button for a thumb.
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

export interface Length {
  readonly text: TextKey
  readonly lengthMs: number
}

/** `chosen`: which stands pressed; absent: a press is the act itself. */
export function LengthButtons(props: {
  readonly lengths: readonly Length[]
  readonly chosen?: number
  readonly disabled?: boolean
  readonly choose: (lengthMs: number) => void
}) {
  const { lengths, chosen, disabled, choose } = props
  return (
    <div class="alarm-lengths">
      {lengths.map(({ text, lengthMs }) => (
        <button
          key={text}
          type="button"
          class="button button-outline"
          aria-pressed={chosen === undefined ? undefined : lengthMs === chosen}
          disabled={disabled}
          onClick={() => choose(lengthMs)}
        >
          {t(text)}
        </button>
      ))}
    </div>
  )
}
