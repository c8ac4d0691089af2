// The dialog that asks for the password again, before something that an unwatched screen must not allow.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { question } from '../account/confirming.ts'
import { t } from '../text/language.ts'

export function PasswordQuestion() {
  const dialog = useRef<HTMLDialogElement>(null)
  const typed = useSignal('')
  const now = question.value
  const isAsked = now !== undefined
  useEffect(() => {
    typed.value = ''
    if (isAsked) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isAsked, typed])
  function submit(event: Event): void {
    event.preventDefault()
    now?.answer(typed.value)
  }
  return (
    <dialog ref={dialog} class="question" aria-labelledby="question-title" onCancel={() => now?.answer(undefined)}>
      <form class="notice-form" onSubmit={submit}>
        <h2 id="question-title">{t('account.confirmTitle')}</h2>
        <p>{t('account.confirmAbout')}</p>
        {now?.wasWrong === true && (
          <p class="fault" role="alert">
            {t('account.wrongPassword')}
          </p>
        )}
        <label class="field">
          {t('signIn.password')}
          <input
            type="password"
            autocomplete="current-password"
            required
            maxLength={256}
            value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        </label>
        <div class="duty-acts">
          <button type="submit" class="button">
            {t('account.confirmGo')}
          </button>
          <button type="button" class="button button-outline" onClick={() => now?.answer(undefined)}>
            {t('duty.cancel')}
          </button>
        </div>
      </form>
    </dialog>
  )
}
