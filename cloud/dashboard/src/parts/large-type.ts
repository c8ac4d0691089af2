// Large type for those who read a phone at arm's length: chosen once, kept by the device, and in force on the farmer's pages.
import { signal } from '@preact/signals'
import { useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'

const storageKey = 'musubi.largeType'
/** All sizes are in rem. */
const largeRoot = '125%'

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

/** Sets the size of the page's letters while the view is shown. */
export function useLargeType(): void {
  useSignalEffect(() => {
    document.documentElement.style.fontSize = largeType.value ? largeRoot : ''
  })
  useEffect(() => () => void (document.documentElement.style.fontSize = ''), [])
}
