// The button that closes what stands over the map.
import { t } from '../text/language.ts'

export function PopupClose({ close }: { readonly close: () => void }) {
  return (
    <button type="button" class="popup-close" aria-label={t('map.close')} onClick={close}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M6 6l12 12M18 6L6 18" />
      </svg>
    </button>
  )
}
