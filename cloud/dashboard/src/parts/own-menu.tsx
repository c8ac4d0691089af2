// The menu of whoever looks at the screen: the pages that only some people need, by what they may do, and the way out.
import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { access, mayAnywhere } from '../city/session.ts'
import { unsubscribeHere } from '../notices/this-browser.ts'
import { parseRoute, route } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

interface OwnPage {
  /** Its address is `#/{view}`; one that the router does not know yet is not shown. */
  readonly view: string
  readonly text: TextKey
  /** Held in any tenant. */
  readonly right: string
  /** Only where the hub knows who is there. */
  readonly signedIn?: true
}

const pages: readonly OwnPage[] = [
  { view: 'rules', text: 'menu.rules', right: 'edit-rules' },
  { view: 'notices', text: 'menu.notices', right: 'see' },
  { view: 'duty', text: 'menu.duty', right: 'see' },
  { view: 'deliveries', text: 'menu.deliveries', right: 'see-notification' },
  { view: 'people', text: 'menu.people', right: 'see-people' },
  { view: 'audit', text: 'menu.audit', right: 'read-audit' },
  { view: 'account', text: 'menu.account', right: 'see', signedIn: true },
]

const isOpen = signal(false)

function isShown({ view, right, signedIn }: OwnPage): boolean {
  if (signedIn === true && access.value.state !== 'in') return false
  return parseRoute(`#/${view}`).view === view && mayAnywhere(right)
}

/** Closes it by Escape, a press elsewhere, or another page. */
function useClosing(): { readonly current: HTMLDivElement | null } {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || !isOpen.value) return
      isOpen.value = false
      box.current?.querySelector('button')?.focus()
    }
    const onPress = (event: Event): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) isOpen.value = false
    }
    const onMove = (): void => void (isOpen.value = false)
    document.addEventListener('keydown', onKey)
    document.addEventListener('pointerdown', onPress)
    window.addEventListener('hashchange', onMove)
    return () => {
      document.removeEventListener('keydown', onKey)
      document.removeEventListener('pointerdown', onPress)
      window.removeEventListener('hashchange', onMove)
    }
  }, [])
  return box
}

export function OwnMenu({ city }: { readonly city: City }) {
  const box = useClosing()
  const now = access.value
  const shown = pages.filter(isShown)
  if (shown.length === 0 && now.state !== 'in') return null
  const leave = async (): Promise<void> => {
    // Who leaves a shared screen leaves no notices behind on it.
    await unsubscribeHere(city.api.notices).catch(() => undefined)
    await city.api.session.signOut().catch(() => undefined)
    const there = now.state === 'in' ? now.me.signOutAt : null
    if (there === null) location.reload()
    else location.assign(there)
  }
  return (
    <div class="own-menu" ref={box}>
      <button
        type="button"
        class="own-menu-open"
        aria-expanded={isOpen.value}
        aria-controls="own-menu"
        aria-label={now.state === 'in' ? t('menu.labelOf', { name: now.me.name }) : undefined}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <span class="own-menu-name">{now.state === 'in' ? now.me.name : t('menu.label')}</span>
      </button>
      <nav id="own-menu" class="own-menu-list" aria-label={t('menu.label')} hidden={!isOpen.value}>
        {shown.map(({ view, text }) => (
          <a
            key={view}
            href={`#/${view}`}
            aria-current={route.value.view === view ? 'page' : undefined}
            onClick={() => (isOpen.value = false)}
          >
            {t(text)}
          </a>
        ))}
        {now.state === 'in' && (
          <button type="button" onClick={() => void leave()}>
            {t('signIn.out')}
          </button>
        )}
      </nav>
    </div>
  )
}
