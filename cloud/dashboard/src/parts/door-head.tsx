// The head of the pages before the city: the name, and the other language.
import markUrl from '../style/mark.svg'
import { chooseLanguage, language, t } from '../text/language.ts'

export function DoorHead() {
  const other = language.value === 'ja' ? 'en' : 'ja'
  return (
    <div class="door-head">
      <span class="brand">
        <img src={markUrl} alt="" width="40" height="40" />
        <span class="brand-name">{t('app.name')}</span>
      </span>
      <button type="button" class="language" lang={other} onClick={() => chooseLanguage(other)}>
        {t('nav.language')}
      </button>
    </div>
  )
}
