// A moment in which an answer that is nearly here is waited for, so that what it changes is not drawn twice.
import { useEffect, useState } from 'preact/hooks'

const momentMs = 200

/** True for 200 ms from when the part is first shown. */
export function useMoment(): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), momentMs)
    return () => clearTimeout(timer)
  }, [])
  return !isOver
}
