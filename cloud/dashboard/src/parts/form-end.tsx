// The end of a form: what is wrong, save, or leave it.
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

export function FormEnd({ fault, close }: { readonly fault: TextKey | undefined; readonly close: () => void }) {
  return (
    <>
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
