// The second hand of the screen: what shows an age reads it, and nothing else is drawn again.
import { signal } from '@preact/signals'

/** Unix ms, moved once a second while the page is seen. */
export const nowMs = signal(Date.now())

export function startSecondHand(): void {
  setInterval(() => {
    if (!document.hidden) nowMs.value = Date.now()
  }, 1000)
  document.addEventListener('visibilitychange', () => (nowMs.value = Date.now()))
}
