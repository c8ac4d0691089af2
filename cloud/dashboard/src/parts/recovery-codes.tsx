// Recovery codes, shown once: to be written down or printed before anything else.
import { useSignal } from '@preact/signals'
import { t } from '../text/language.ts'

export function RecoveryCodes({ codes, done }: { readonly codes: readonly string[]; readonly done: () => void }) {
  const isCopied = useSignal(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(codes.join('\n'))
    isCopied.value = true
  }
  return (
    <div class="shown-once" role="status">
      <h3>{t('account.codesTitle')}</h3>
      <p>{t('account.codesAbout')}</p>
      <ul class="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="duty-acts">
        <button type="button" class="button button-outline" onClick={() => void copy().catch(() => undefined)}>
          {t(isCopied.value ? 'account.copied' : 'account.copy')}
        </button>
        <button type="button" class="button" onClick={done}>
          {t('account.codesKept')}
        </button>
      </div>
    </div>
  )
}
