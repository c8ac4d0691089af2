// Something that a page loads, again whenever what it depends on changes; what was there stays until the new is.
import { useSignal, type ReadonlySignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

export interface Loaded<T> {
  /** Undefined: not here yet. */
  readonly value: ReadonlySignal<T | undefined>
  readonly failed: ReadonlySignal<boolean>
  readonly again: () => void
}

/** `load` is called anew when one of `keys` is another; an answer that comes after the next question is dropped. */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[]): Loaded<T> {
  const value = useSignal<T | undefined>(undefined)
  const failed = useSignal(false)
  const round = useSignal(0)
  useEffect(() => {
    let isOver = false
    load().then(
      (loaded) => {
        if (isOver) return
        value.value = loaded
        failed.value = false
      },
      () => {
        if (!isOver) failed.value = true
      },
    )
    return () => {
      isOver = true
    }
  }, [...keys, round.value])
  return { value, failed, again: () => (round.value += 1) }
}
