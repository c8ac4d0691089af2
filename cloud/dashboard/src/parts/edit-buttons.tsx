// Change it, or remove it after a second press.
import { useSignal } from '@preact/signals'
import { t } from '../text/language.ts'

export function EditButtons(props: {
  readonly name: string
  readonly edit: () => void
  readonly remove: () => Promise<boolean>
}) {
  const { name, edit, remove } = props
  const state = useSignal<'idle' | 'asking' | 'busy' | 'failed'>('idle')
  async function go(): Promise<void> {
    if (state.value !== 'asking') {
      state.value = 'asking'
      return
    }
    state.value = 'busy'
    state.value = (await remove()) ? 'idle' : 'failed'
  }
  return (
    <div class="duty-acts">
      {state.value === 'failed' && (
        <p class="fault" role="alert">
          {t('duty.inUse')}
        </p>
      )}
      <button type="button" class="button button-outline" aria-label={t('duty.editOf', { name })} onClick={edit}>
        {t('duty.edit')}
      </button>
      {state.value === 'asking' ? (
        <button type="button" class="button button-danger" onClick={() => void go()}>
          {t('duty.reallyRemove')}
        </button>
      ) : (
        <button
          type="button"
          class="button button-outline"
          aria-label={t('duty.removeOf', { name })}
          disabled={state.value === 'busy'}
          onClick={() => void go()}
        >
          {t('duty.remove')}
        </button>
      )}
    </div>
  )
}
