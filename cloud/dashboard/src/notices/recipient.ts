// Whose notices this screen is about where nobody signs in: one of the hub's contacts, remembered by the browser.
import { signal, type ReadonlySignal } from '@preact/signals'

const keptKey = 'musubi.recipient'

/** Storage may be forbidden: then it is chosen at each visit. */
function remembered(): string | undefined {
  try {
    return localStorage.getItem(keptKey) ?? undefined
  } catch {
    return undefined
  }
}

const chosen = signal<string | undefined>(typeof localStorage === 'undefined' ? undefined : remembered())

/** Undefined: whoever is signed in, or the one contact where there is only one. */
export const recipient: ReadonlySignal<string | undefined> = chosen

export function namedRecipient(): string | undefined {
  return chosen.value
}

export function chooseRecipient(id: string | undefined): void {
  chosen.value = id
  try {
    if (id === undefined) localStorage.removeItem(keptKey)
    else localStorage.setItem(keptKey, id)
  } catch {
    // It is kept until the page is left.
  }
}
