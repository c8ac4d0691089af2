// Something asked of the hub for a view: it is loading, it is there, or it could not be had and is asked for again.
import { useSignal, type ReadonlySignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

export interface Asked<T> {
  /** Undefined: it is on its way. What was there stays while it is asked for again. */
  readonly found: ReadonlySignal<T | 'failed' | undefined>
  readonly retry: () => void
}

/** Loads when the view is shown, when `key` changes, and each `everyMs`. */
export function useAsked<T>(load: () => Promise<T>, key: string, everyMs?: number): Asked<T> {
  const found = useSignal<T | 'failed' | undefined>(undefined)
  const tries = useSignal(0)
  useEffect(() => {
    let isLeft = false
    const ask = async (): Promise<void> => {
      try {
        const answer = await load()
        if (!isLeft) found.value = answer
      } catch {
        if (!isLeft && (found.peek() === undefined || everyMs === undefined)) found.value = 'failed'
      }
    }
    found.value = undefined
    void ask()
    const timer = everyMs === undefined ? undefined : setInterval(() => void ask(), everyMs)
    return () => {
      isLeft = true
      clearInterval(timer)
    }
  }, [key, tries.value])
  return { found, retry: () => void (tries.value += 1) }
}
