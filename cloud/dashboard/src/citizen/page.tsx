// The frame of each page of the citizen's: a title that takes the focus, and what to do below the thumb.
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Notice } from '../phone/controls.tsx'
import { Unanswered } from './hub.ts'
import { say } from './text/say.ts'

export function Page(props: {
  readonly title: string
  readonly children: ComponentChildren
  /** At the bottom of the window. */
  readonly actions?: ComponentChildren
}) {
  const { title, children, actions } = props
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    window.scrollTo(0, 0)
    heading.current?.focus({ preventScroll: true })
  }, [])
  useEffect(() => {
    document.title = `${title} – ${say('app.name')}`
  }, [title])
  return (
    <>
      <main class="step">
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {children}
      </main>
      <div class="actions">{actions}</div>
    </>
  )
}

type Loaded<T> = { readonly found: T } | { readonly fault: 'offline' | 'gone' | 'broken' } | undefined

/** What `load` gives, asked again every `everyMs`; an answer that is there stays where a later one fails. */
export function useLoaded<T>(
  load: () => Promise<T>,
  everyMs?: number,
): { readonly state: Loaded<T>; readonly again: () => void } {
  const state = useSignal<Loaded<T>>(undefined)
  const ask = async (): Promise<void> => {
    try {
      state.value = { found: await load() }
    } catch (thrown) {
      const status = thrown instanceof Unanswered ? thrown.status : -1
      const fault = status === 0 ? 'offline' : status === 404 ? 'gone' : 'broken'
      if (state.value === undefined || 'fault' in state.value || fault === 'gone') state.value = { fault }
    }
  }
  useEffect(() => {
    void ask()
    if (everyMs === undefined) return undefined
    const timer = setInterval(() => void ask(), everyMs)
    return () => clearInterval(timer)
  }, [])
  return { state: state.value, again: () => void ask() }
}

/** Loading, offline, or the thing itself. */
export function Shown<T>(props: {
  readonly state: Loaded<T>
  readonly again: () => void
  readonly gone?: ComponentChildren
  readonly children: (found: T) => ComponentChildren
}) {
  const { state, again, gone, children } = props
  if (state === undefined)
    return (
      <p role="status" class="quiet loading">
        {say('app.loading')}
      </p>
    )
  if ('found' in state) return <>{children(state.found)}</>
  if (state.fault === 'gone' && gone !== undefined) return <>{gone}</>
  return (
    <>
      <Notice kind="fault">{say(state.fault === 'offline' ? 'app.unreachable' : 'app.broken')}</Notice>
      <button type="button" class="button button-quiet" onClick={again}>
        {say('app.again')}
      </button>
    </>
  )
}
