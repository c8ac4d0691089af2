// Large type for those who read a phone at arm's length: chosen once, kept by the device, and in force on the farmer's pages.
import { signal } from '@preact/signals'

const storageKey = 'musubi.largeType'

/** Storage may be forbidden: then each visit begins with the usual size. */
function remembered(): boolean {
  try {
    return localStorage.getItem(storageKey) === 'on'
  } catch {
    return false
  }
}

export const largeType = signal(typeof localStorage !== 'undefined' && remembered())

export function chooseLargeType(on: boolean): void {
  largeType.value = on
  try {
    localStorage.setItem(storageKey, on ? 'on' : 'off')
  } catch {
    // It holds until the page is left.
  }
}

/** Of the farmer's pages; the head and the bar below the thumb keep their size, so that they keep their place. */
export function farmClass(): string {
  return largeType.value ? 'farm farm-large' : 'farm'
}
