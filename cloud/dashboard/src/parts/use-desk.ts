// One act at a time at the desk: whether it is under way, and whether it was refused.
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { HubError } from '../api/hub-api.ts'

export interface DeskAct {
  readonly isBusy: ReadonlySignal<boolean>
  /** `stale`: somebody else was faster. */
  readonly fault: ReadonlySignal<'stale' | 'failed' | undefined>
  /** Resolves with whether it was done. Never rejects. */
  run(work: () => Promise<void>): Promise<boolean>
}

export function useDeskAct(): DeskAct {
  const isBusy = useSignal(false)
  const fault = useSignal<'stale' | 'failed' | undefined>(undefined)
  return {
    isBusy,
    fault,
    async run(work) {
      isBusy.value = true
      fault.value = undefined
      try {
        await work()
        return true
      } catch (thrown) {
        fault.value = thrown instanceof HubError && thrown.status === 409 ? 'stale' : 'failed'
        return false
      } finally {
        isBusy.value = false
      }
    },
  }
}
