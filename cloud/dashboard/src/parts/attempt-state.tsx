// What became of the last press of a card: a fault in words, or that it was done.
import type { Attempt } from '../account/attempt.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

export function AttemptState({ attempt, done }: { readonly attempt: Attempt; readonly done?: TextKey }) {
  const fault = attempt.fault.value
  if (fault !== undefined) {
    return (
      <p class="fault" role="alert">
        {t(fault)}
      </p>
    )
  }
  if (done === undefined || !attempt.isDone.value) return null
  return (
    <p class="done" role="status">
      {t(done)}
    </p>
  )
}
