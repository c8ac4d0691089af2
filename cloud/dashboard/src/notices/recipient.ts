// Whose notices this screen is about where nobody signs in: one of the hub's contacts, remembered by the browser.
import { signal, type ReadonlySignal } from '@preact/signals'

const keptKey = 'musubi.recipient'

export interface NamedRecipient {
  readonly id: string
  readonly name: string
}

/** Storage may be forbidden, or hold something else: then it is chosen at each visit. */
function remembered(): NamedRecipient | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(keptKey) ?? 'null') as Partial<NamedRecipient> | null
    if (typeof kept?.id !== 'string' || typeof kept.name !== 'string') return undefined
    return { id: kept.id, name: kept.name }
  } catch {
    return undefined
  }
}

const chosen = signal<NamedRecipient | undefined>(typeof localStorage === 'undefined' ? undefined : remembered())

/** Undefined: whoever is signed in, or the one contact where there is only one. */
export const recipient: ReadonlySignal<NamedRecipient | undefined> = chosen

export function recipientId(): string | undefined {
  return chosen.value?.id
}

export function chooseRecipient(one: NamedRecipient | undefined): void {
  chosen.value = one
  try {
    if (one === undefined) localStorage.removeItem(keptKey)
    else localStorage.setItem(keptKey, JSON.stringify(one))
  } catch {
    // It is kept until the page is left.
  }
}
