// What every screen of the field page is made of: one thing in the middle, what to do under the thumb.
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { stepNumber } from './draft.ts'
import { current, move, online, toSend } from './field.ts'
import { Act, Field } from '../phone/controls.tsx'
import { language, otherLanguage } from '../phone/language.ts'
import { say } from './text/say.ts'

export function Head() {
  return (
    <header class="head">
      <p class={`net net-${online.value ? 'on' : 'off'}`} role="status">
        <span class="net-dot" aria-hidden="true" />
        {say(online.value ? 'app.online' : 'app.offline')}
        {toSend.value.length > 0 && <b class="net-count">{say('home.waiting', { n: toSend.value.length })}</b>}
      </p>
      <button type="button" class="language" lang={language.value === 'ja' ? 'en' : 'ja'} onClick={otherLanguage}>
        {say('app.language')}
      </button>
    </header>
  )
}

interface ScreenProps {
  readonly title: string
  readonly children: ComponentChildren
  /** At the bottom of the window. */
  readonly actions?: ComponentChildren
  /** Whether a button leads back to the step before. */
  readonly back?: boolean
}

/** A new screen takes the focus, so that a screen reader says where it is. */
export function Screen({ title, children, actions, back = false }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    window.scrollTo(0, 0)
    heading.current?.focus({ preventScroll: true })
  }, [])
  useEffect(() => {
    document.title = `${title} – ${say('app.name')}`
  }, [title])
  const draft = current.value
  return (
    <>
      <main class="step">
        {draft !== undefined && <Progress {...stepNumber(draft)} />}
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {children}
      </main>
      <div class="actions">
        {actions}
        {back && <Act kind="back" text={say('app.back')} act={() => void move(-1)} />}
      </div>
    </>
  )
}

function Progress({ n, all }: { readonly n: number; readonly all: number }) {
  return (
    <p class="progress">
      <span>{say('app.step', { n, all })}</span>
      <span class="bar" aria-hidden="true">
        {Array.from({ length: all }, (_, index) => (
          <span key={index} class={`bar-part${index < n ? ' bar-done' : ''}`} />
        ))}
      </span>
    </p>
  )
}

/** Hidden until it is needed: what was copied elsewhere is pasted here. */
export function PasteField(props: {
  readonly title: string
  readonly name: string
  readonly button: string
  readonly take: (text: string) => void
}) {
  const { title, name, button, take } = props
  const text = useSignal('')
  return (
    <details>
      <summary>{title}</summary>
      <Field name={name}>
        <textarea
          rows={4}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </Field>
      <Act text={button} act={() => take(text.value)} />
    </details>
  )
}
