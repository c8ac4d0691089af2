// Teaching a line another part from the screen: where it is, what is being asked of the gateway, and why it said no.
import { signal, type ReadonlySignal } from '@preact/signals'
import type { FactoryApi, TeachingItem, TeachStep } from '../api/factory-api.ts'
import { HubError } from '../api/hub-api.ts'

export interface Teaching {
  /** Undefined: not loaded yet. */
  readonly state: ReadonlySignal<TeachingItem | undefined>
  readonly failed: ReadonlySignal<boolean>
  /** The step that is under way. */
  readonly asking: ReadonlySignal<TeachStep | undefined>
  /** Why the last step was not taken; `code` as in docs/errors.md, undefined: the hub was not reached. */
  readonly refusal: ReadonlySignal<{ readonly code: string | undefined } | undefined>
  /** Never reject; one step at a time, others are left out meanwhile. */
  take(step: TeachStep): Promise<boolean>
  reload(): Promise<void>
}

export function createTeaching(line: string, api: Pick<FactoryApi, 'teach' | 'teaching'>): Teaching {
  const state = signal<TeachingItem | undefined>(undefined)
  const failed = signal(false)
  const asking = signal<TeachStep | undefined>(undefined)
  const refusal = signal<{ readonly code: string | undefined } | undefined>(undefined)
  let question = 0
  async function reload(): Promise<void> {
    const own = (question += 1)
    try {
      const found = await api.teaching(line)
      if (own !== question) return
      state.value = found
      failed.value = false
    } catch {
      if (own === question) failed.value = true
    }
  }
  return {
    state,
    failed,
    asking,
    refusal,
    async take(step) {
      if (asking.value !== undefined) return false
      asking.value = step
      refusal.value = undefined
      let isTaken = true
      try {
        await api.teach(line, step)
      } catch (thrown) {
        isTaken = false
        refusal.value = { code: thrown instanceof HubError ? thrown.code : undefined }
      }
      await reload()
      asking.value = undefined
      return isTaken
    },
    reload,
  }
}

/** The fewest examples with which a head can be fitted, and how many make it good. */
export const leastExamples = { good: 5, bad: 1 } as const
export const wishedExamples = { good: 30, bad: 10 } as const

type WizardStep = 'name' | 'examples' | 'fit' | 'result'
export const wizardSteps: readonly WizardStep[] = ['name', 'examples', 'fit', 'result']

/** Where a person goes on. */
export function wizardStep({ stage }: TeachingItem): WizardStep {
  if (stage === 'collecting') return 'examples'
  if (stage === 'fitting') return 'fit'
  return stage === 'fitted' ? 'result' : 'name'
}

export function canFit({ good, bad }: Pick<TeachingItem, 'good' | 'bad'>): boolean {
  return good >= leastExamples.good && bad >= leastExamples.bad
}
