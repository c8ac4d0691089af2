// The gallery of judged parts: what is looked for, which one is in hand, and what was said, with the way back.
import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import type { FactoryApi, PartCorrection, PartItem, PartsFilter } from '../api/factory-api.ts'
import type { Corrections, Judgement } from './corrections.ts'

export type GalleryFilter = Omit<PartsFilter, 'limit' | 'cursor'>

export interface Gallery {
  readonly parts: ReadonlySignal<readonly PartItem[]>
  readonly state: ReadonlySignal<'loading' | 'ready' | 'failed'>
  readonly hasMore: ReadonlySignal<boolean>
  /** Index of the part in hand. */
  readonly at: ReadonlySignal<number>
  /** What was said last: of which part, and what became of it. */
  readonly told: ReadonlySignal<Told | undefined>
  /** Never reject. */
  look(filter: GalleryFilter): Promise<void>
  readonly more: () => Promise<void>
  say(judgement: Judgement, name?: string): Promise<void>
  undo(): Promise<void>
  moveTo(index: number): void
}

export interface Told {
  readonly part: PartItem
  /** Null: nothing any more. */
  readonly said: Pick<PartCorrection, 'judgement' | 'class'> | null
  readonly state: 'sending' | 'taken' | 'refused'
  /** Of a refusal, as in docs/errors.md. */
  readonly code: string | undefined
}

const pageParts = 60
/** Bound: what can be taken back. Overflow: the oldest leaves. Owner: the gallery. */
const mostUndone = 50

export function createGallery(
  site: string,
  { api, corrections }: { readonly api: Pick<FactoryApi, 'parts'>; readonly corrections: Corrections },
): Gallery {
  const parts = signal<readonly PartItem[]>([])
  const state = signal<'loading' | 'ready' | 'failed'>('loading')
  const hasMore = signal(false)
  const at = signal(0)
  const told = signal<Told | undefined>(undefined)
  const before: { readonly part: PartItem; readonly said: PartCorrection | null }[] = []
  const pages = openPages(site, api, { parts, state, hasMore })

  /** `judgement` withdrawn: nothing is said any more. Gives whether it was taken. */
  async function send(part: PartItem, said: Told['said']): Promise<boolean> {
    told.value = { part, said, state: 'sending', code: undefined }
    await corrections.correct(part.id, said?.judgement ?? 'withdrawn', said?.class ?? undefined)
    const outcome = corrections.byEvent.value.get(part.id)
    const isTaken = outcome?.state === 'learning'
    const correction = isTaken && said !== null ? { ...said, by: null, time: outcome.sinceMs } : null
    batch(() => {
      if (isTaken) parts.value = parts.value.map((one) => (one.id === part.id ? { ...one, correction } : one))
      told.value = {
        part,
        said,
        state: isTaken ? 'taken' : 'refused',
        code: outcome?.state === 'refused' ? outcome.code : undefined,
      }
    })
    return isTaken
  }

  return {
    parts,
    state,
    hasMore,
    at,
    told,
    look(wanted) {
      at.value = 0
      return pages.look(wanted)
    },
    more: pages.more,
    async say(judgement, name) {
      const part = parts.value[at.value]
      if (part === undefined) return
      const said = part.correction
      if (!(await send(part, { judgement, class: name ?? null }))) return
      before.push({ part, said })
      if (before.length > mostUndone) before.shift()
    },
    async undo() {
      const last = before.pop()
      if (last === undefined) return
      const index = parts.value.findIndex(({ id }) => id === last.part.id)
      if (index >= 0) at.value = index
      if (!(await send(last.part, last.said))) before.push(last)
    },
    moveTo(index) {
      at.value = Math.min(Math.max(0, index), Math.max(0, parts.value.length - 1))
    },
  }
}

/** Fills the signals, page by page. */
function openPages(
  site: string,
  api: Pick<FactoryApi, 'parts'>,
  {
    parts,
    state,
    hasMore,
  }: {
    readonly parts: Signal<readonly PartItem[]>
    readonly state: Signal<'loading' | 'ready' | 'failed'>
    readonly hasMore: Signal<boolean>
  },
) {
  let filter: GalleryFilter = { fromMs: 0 }
  let cursor: string | null = null
  let question = 0

  /** A page may be empty while more is there to be looked through. */
  async function load(own: number, kept: readonly PartItem[]): Promise<void> {
    state.value = 'loading'
    try {
      const found = [...kept]
      do {
        const query: PartsFilter = { ...filter, limit: pageParts, ...(cursor === null ? {} : { cursor }) }
        const page = await api.parts(site, query)
        if (own !== question) return
        found.push(...page.items)
        cursor = page.next
      } while (cursor !== null && found.length === kept.length)
      batch(() => {
        parts.value = found
        hasMore.value = cursor !== null
        state.value = 'ready'
      })
    } catch {
      if (own === question) state.value = 'failed'
    }
  }
  return {
    async look(wanted: GalleryFilter): Promise<void> {
      question += 1
      filter = wanted
      cursor = null
      parts.value = []
      await load(question, [])
    },
    more: async (): Promise<void> => {
      if (state.value !== 'loading' && cursor !== null) await load(question, parts.value)
    },
  }
}
