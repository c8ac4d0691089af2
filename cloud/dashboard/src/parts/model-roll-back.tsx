// The way back from a refit that judges worse than its figures promised: what judged the same part before judges it again.
import { useSignal } from '@preact/signals'
import type { LineItem } from '../api/factory-api.ts'
import { HubError } from '../api/hub-api.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { refusalKey } from './teach-refusal.ts'

/** Nothing where there is no way back, or not for this person. */
export function ModelRollBack(props: { readonly line: LineItem; readonly city: City; readonly onChange: () => void }) {
  const { line, city, onChange } = props
  const isSure = useSignal(false)
  const isBusy = useSignal(false)
  const fault = useSignal<TextKey | undefined>(undefined)
  const before = line.taught?.before
  if (before === undefined || !line.canTeach || !may('correct', line.id)) return null
  const goBack = async (): Promise<void> => {
    isBusy.value = true
    fault.value = undefined
    try {
      await city.api.factory.teach(line.id, { step: 'roll-back' })
      isSure.value = false
      onChange()
    } catch (thrown) {
      fault.value = refusalKey(thrown instanceof HubError ? thrown.code : undefined)
    }
    isBusy.value = false
  }
  if (!isSure.value) {
    return (
      <button type="button" class="button button-outline" onClick={() => (isSure.value = true)}>
        {t('model.rollBack', { version: before })}
      </button>
    )
  }
  return (
    <div role="group" aria-label={t('model.rollBack', { version: before })}>
      <p>{t('model.rollBackSure')}</p>
      {fault.value !== undefined && (
        <p class="fault" role="alert">
          {t(fault.value)}
        </p>
      )}
      <div class="teach-buttons">
        <button type="button" class="button" disabled={isBusy.value} onClick={() => void goBack()}>
          {t(isBusy.value ? 'teach.activating' : 'model.rollBackYes')}
        </button>
        <button type="button" class="button button-outline" onClick={() => (isSure.value = false)}>
          {t('model.rollBackNo')}
        </button>
      </div>
    </div>
  )
}
