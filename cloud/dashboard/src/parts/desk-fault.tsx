// What the desk says where something could not be read or done.
import { t } from '../text/language.ts'
import type { DeskAct } from './use-desk.ts'

export function ActFault({ act: { fault } }: { readonly act: DeskAct }) {
  if (fault.value === undefined) return null
  return (
    <p class="fault" role="alert">
      {t(fault.value === 'stale' ? 'desk.changed' : 'desk.notDone')}
    </p>
  )
}

export function NotRead({ again }: { readonly again: () => void }) {
  return (
    <div class="fault" role="alert">
      <p>{t('desk.failed')}</p>
      <button type="button" class="button button-outline" onClick={again}>
        {t('desk.again')}
      </button>
    </div>
  )
}
