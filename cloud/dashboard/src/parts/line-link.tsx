// One's LINE account: linked by its user id.
import { useSignal } from '@preact/signals'
import type { City } from '../city/city.ts'
import type { MyNotices } from '../notices/my-notices.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

/** As the hub wants it. */
const userId = /^U[0-9a-f]{32}$/

export function LineLink(props: { readonly linked: string | null; readonly notices: MyNotices; readonly city: City }) {
  const { linked, notices, city } = props
  const typed = useSignal('')
  const fault = useSignal<TextKey | undefined>(undefined)
  async function save(address: string | null): Promise<void> {
    fault.value = undefined
    try {
      await city.api.notices.saveLine(address)
      typed.value = ''
    } catch {
      fault.value = 'notices.notSaved'
    }
    await notices.load()
  }
  const link = (event: Event): void => {
    event.preventDefault()
    const id = typed.value.trim()
    if (userId.test(id)) void save(id)
    else fault.value = 'line.wrong'
  }
  return (
    <section class="notice-card" aria-labelledby="line-title">
      <h2 id="line-title">{t('line.title')}</h2>
      {fault.value !== undefined && (
        <p class="fault" role="alert">
          {t(fault.value)}
        </p>
      )}
      {linked === null ? (
        <form class="notice-form" onSubmit={link}>
          <p class="quiet">{t('line.about')}</p>
          <label class="field">
            {t('line.id')}
            <input
              type="text"
              autocomplete="off"
              spellcheck={false}
              maxLength={40}
              value={typed.value}
              onInput={(event) => (typed.value = event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="button notice-press">
            {t('line.save')}
          </button>
        </form>
      ) : (
        <>
          <p class="code">{t('line.linked', { id: linked })}</p>
          <button type="button" class="button button-outline notice-press" onClick={() => void save(null)}>
            {t('line.remove')}
          </button>
        </>
      )}
    </section>
  )
}
