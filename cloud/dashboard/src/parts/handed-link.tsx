// The link that lets somebody set their password: shown this once, to be handed over.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { PeopleBook } from '../admin/people-book.ts'
import { dateTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'

export function HandedLink({ book }: { readonly book: PeopleBook }) {
  const said = useSignal<TextKey | undefined>(undefined)
  const box = useRef<HTMLElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const link = book.link.value
  useEffect(() => {
    said.value = undefined
    if (link !== undefined) box.current?.focus()
  }, [link])
  if (link === undefined) return null
  const { name, address, untilMs } = link
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(address)
      said.value = 'people.copied'
    } catch {
      // Without TLS, or where the browser forbids it.
      field.current?.select()
      said.value = 'people.notCopied'
    }
  }
  return (
    <section class="notice-card handed-link" aria-labelledby="handed-link" tabIndex={-1} ref={box}>
      <h2 id="handed-link">{t('people.linkTitle', { name })}</h2>
      <p>{t('people.linkAbout', { time: dateTime(untilMs, language.value) })}</p>
      <input
        class="code"
        type="text"
        readOnly
        aria-labelledby="handed-link"
        value={address}
        ref={field}
        onFocus={(event) => event.currentTarget.select()}
      />
      <div class="duty-acts">
        <button type="button" class="button" onClick={() => void copy()}>
          {t('people.copy')}
        </button>
        <button type="button" class="button button-outline" onClick={() => book.forgetLink()}>
          {t('people.linkDone')}
        </button>
        {said.value !== undefined && <span role="status">{t(said.value)}</span>}
      </div>
    </section>
  )
}
