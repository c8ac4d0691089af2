// Says that something could not be loaded, with the way to try again.
import { t } from '../text/language.ts'

export function LoadFault({ retry }: { readonly retry: () => void }) {
  return (
    <div class="load-fault" role="alert">
      <p class="fault">{t('city.failed')}</p>
      <button type="button" class="button button-outline" onClick={retry}>
        {t('city.retry')}
      </button>
    </div>
  )
}
