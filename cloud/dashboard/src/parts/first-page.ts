// Which page this device opens first: chosen by whoever uses it, kept by the browser, the overview until then.
import { type ReadonlySignal, signal } from '@preact/signals'

const storageKey = 'musubi.firstPage'
export const overviewHash = '#/'

const chosen = signal(overviewHash)
/** The hash of the page. */
export const firstPage: ReadonlySignal<string> = chosen

/** Storage may be forbidden: then the overview is first. An address without a page becomes that of the first one. */
export function openFirstPage(): void {
  try {
    chosen.value = localStorage.getItem(storageKey) ?? overviewHash
  } catch {
    return
  }
  if (location.hash === '' && chosen.value.startsWith('#/')) history.replaceState(null, '', chosen.value)
}

export function chooseFirstPage(hash: string): void {
  chosen.value = hash
  try {
    if (hash === overviewHash) localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, hash)
  } catch {
    // It holds until the page is left.
  }
}
