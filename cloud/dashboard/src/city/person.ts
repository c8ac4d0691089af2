// The name under which this screen's person acts, until people sign in: asked once, and remembered by the browser.
import { signal, type Signal } from '@preact/signals'

const nameKey = 'musubi.person'

/** Storage may be forbidden: then the name is asked at each visit. */
function rememberedName(): string {
  try {
    return localStorage.getItem(nameKey) ?? ''
  } catch {
    return ''
  }
}

export const person: Signal<string> = signal(typeof localStorage === 'undefined' ? '' : rememberedName())

export function setPerson(name: string): void {
  person.value = name
  try {
    localStorage.setItem(nameKey, name)
  } catch {
    // It is kept until the page is left.
  }
}
