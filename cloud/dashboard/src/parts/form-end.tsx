// The end of a form: what is wrong, save, or leave it.
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { StaleChoice, type StaleWays } from './stale-choice.tsx'

export function FormEnd(props: {
  readonly fault: TextKey | undefined
  /** Somebody else has saved it meanwhile. */
  readonly stale?: StaleWays | undefined
  readonly close: () => void
}) {
  const { fault, stale, close } = props
  return (
    <>
      {stale !== undefined && <StaleChoice {...stale} />}
      {fault !== undefined && (
        <p class="fault" role="alert">
          {t(fault)}
        </p>
      )}
      <div class="duty-acts">
        <button type="submit" class="button">
          {t('duty.save')}
        </button>
        <button type="button" class="button button-outline" onClick={close}>
          {t('duty.cancel')}
        </button>
      </div>
    </>
  )
}
