// The menu of whoever looks at the screen: the pages that only some people need, by what they may do, and the way out.
import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { access } from '../city/session.ts'
import { unsubscribeHere } from '../notices/this-browser.ts'
import { forgetLastSeen } from '../offline/last-seen.ts'
import { route, routeHash } from '../router.ts'
import { lineOf, type MenuGroup, menuGroups, type View } from '../routes.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { chooseFirstPage, firstPage, overviewHash } from './first-page.ts'
import { isShownAt, mostOnPhone, pageHash, pagesAt } from './navigation.ts'

const groupKeys: Readonly<Record<MenuGroup, TextKey>> = {
  field: 'menu.field',
  city: 'menu.city',
  administration: 'menu.administration',
  own: 'menu.own',
}

const isOpen = signal(false)

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
  const more = pagesAt('bar', city).slice(mostOnPhone)
  const leave = async (): Promise<void> => {
    // Who leaves a shared screen leaves no notices behind on it.
    await unsubscribeHere(city.api.notices).catch(() => undefined)
    await city.api.session.signOut().catch(() => undefined)
    await forgetLastSeen()
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
        {more.length > 0 && <PageGroup id="pages" text="menu.pages" pages={more} isPhoneOnly />}
        {menuGroups.map((group) => (
          <PageGroup key={group} id={group} text={groupKeys[group]} pages={pagesAt(group, city)} />
        ))}
        <FirstPageChoice />
        {now.state === 'in' && (
          <button type="button" onClick={() => void leave()}>
            {t('signIn.out')}
          </button>
        )}
      </nav>
    </div>
  )
}

interface PageGroupProps {
  readonly id: string
  readonly text: TextKey
  readonly pages: readonly View[]
  readonly isPhoneOnly?: true
}

function PageGroup({ id, text, pages, isPhoneOnly }: PageGroupProps) {
  if (pages.length === 0) return null
  const title = `own-menu-${id}`
  return (
    <div role="group" aria-labelledby={title} class={isPhoneOnly === true ? 'own-menu-phone' : undefined}>
      <p id={title} class="own-menu-group">
        {t(text)}
      </p>
      {pages.map((view) => (
        <a
          key={view}
          href={pageHash(view)}
          aria-current={isShownAt(view, route.value)}
          onClick={() => (isOpen.value = false)}
        >
          {t(lineOf(view).text)}
        </a>
      ))}
    </div>
  )
}

/** On for the page that this device opens first; pressed again, that is the overview as before. */
function FirstPageChoice() {
  const here = routeHash(route.value)
  const isFirst = firstPage.value === here
  return (
    <button
      type="button"
      class="own-menu-first"
      aria-pressed={isFirst}
      onClick={() => chooseFirstPage(isFirst ? overviewHash : here)}
    >
      {t('menu.first')}
    </button>
  )
}
