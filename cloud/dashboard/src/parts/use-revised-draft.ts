// A form over something that others may change too: saved over the revision that it was begun from, or told apart from theirs.
import { type Signal, useSignal } from '@preact/signals'
import type { Saved } from '../notices/duty-book.ts'
import type { TextKey } from '../text/dictionary.ts'
import type { StaleWays } from './stale-choice.tsx'

interface Revised<Item, Body, Draft> {
  /** What the form is begun from; undefined: a new one. */
  readonly item: Item | undefined
  readonly draftOf: (item: Item | undefined) => Draft
  /** What is sent, or what is wrong with the draft. `before`: the item as the writer has seen it. */
  readonly bodyOf: (draft: Draft, before: Item | undefined) => Body | TextKey
  /** `seen`: the revision that it replaces, 0 for a new one. */
  readonly save: (body: Body, seen: number) => Promise<Saved>
  readonly newest: (item: Item) => Promise<Item | undefined>
  readonly close: () => void
}

export interface RevisedDraft<Draft> {
  readonly draft: Signal<Draft>
  readonly fault: TextKey | undefined
  /** Somebody else has saved it meanwhile. */
  readonly stale: StaleWays | undefined
  readonly submit: (event: Event) => void
}

export function useRevisedDraft<Item extends { readonly revision: number }, Body extends object, Draft>(
  form: Revised<Item, Body, Draft>,
): RevisedDraft<Draft> {
  const draft = useSignal(form.draftOf(form.item))
  const fault = useSignal<TextKey | undefined>(undefined)
  const isStale = useSignal(false)
  /** What comes meanwhile does not change what somebody is writing. */
  const seen = useSignal(form.item)
  async function save(): Promise<void> {
    const body = form.bodyOf(draft.value, seen.value)
    fault.value = typeof body === 'string' ? body : undefined
    if (typeof body === 'string') return
    const saved = await form.save(body, seen.value?.revision ?? 0)
    if (saved === 'done') return form.close()
    isStale.value = saved === 'stale'
    if (saved === 'failed') fault.value = 'duty.notSaved'
  }
  async function newest(then: (theirs: Item) => void): Promise<void> {
    const theirs = form.item === undefined ? undefined : await form.newest(form.item)
    if (theirs === undefined) return void (fault.value = 'duty.notSaved')
    seen.value = theirs
    isStale.value = false
    then(theirs)
  }
  const ways = {
    takeTheirs: () => void newest((theirs) => (draft.value = form.draftOf(theirs))),
    keepMine: () => void newest(() => void save()),
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    void save()
  }
  return { draft, fault: fault.value, stale: isStale.value ? ways : undefined, submit }
}
