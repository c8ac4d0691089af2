// What somebody may do who has written over what another person saved meanwhile: take theirs, or save their own over it.
import { t } from '../text/language.ts'

export interface StaleWays {
  readonly takeTheirs: () => void
  readonly keepMine: () => void
}

export function StaleChoice({ takeTheirs, keepMine }: StaleWays) {
  return (
    <div class="fault" role="alert">
      <p>{t('field.stale')}</p>
      <div class="field-end">
        <button type="button" class="button button-outline" onClick={takeTheirs}>
          {t('field.takeTheirs')}
        </button>
        <button type="button" class="button button-outline" onClick={keepMine}>
          {t('field.keepMine')}
        </button>
      </div>
    </div>
  )
}
