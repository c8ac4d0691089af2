// One thing at a time that a person does to alarms: what the hub answers is shown at once, and a refusal is told.
import { type ReadonlySignal, useSignal } from '@preact/signals'
import { HubError } from '../api/hub-api.ts'
import type { AlarmItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'

export interface Handling {
  readonly isBusy: ReadonlySignal<boolean>
  /** Of the last refusal; empty: the hub was not reached. Undefined: none. */
  readonly fault: ReadonlySignal<string | undefined>
  /** Resolves with whether it was done. Never rejects. */
  run(work: () => Promise<readonly AlarmItem[]>): Promise<boolean>
}

export function useHandling(city: City): Handling {
  const isBusy = useSignal(false)
  const fault = useSignal<string | undefined>(undefined)
  return {
    isBusy,
    fault,
    async run(work) {
      isBusy.value = true
      fault.value = undefined
      try {
        for (const alarm of await work()) city.noteAlarm(alarm)
        return true
      } catch (thrown) {
        fault.value = thrown instanceof HubError ? (thrown.code ?? '') : ''
        return false
      } finally {
        isBusy.value = false
      }
    },
  }
}
