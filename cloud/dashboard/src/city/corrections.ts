// What a person said of verdicts since the page was opened, and what became of it: sent, being learnt, learnt, or why not.
import { signal, type ReadonlySignal } from '@preact/signals'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { EventItem } from '../api/shapes.ts'

export type Judgement = 'good' | 'bad'
/** withdrawn: it was not meant so. */
export type Word = Judgement | 'withdrawn'

/** learning: `sinceMs` is when the gateway took it, by its clock. refused: `code` as in docs/errors.md; undefined: the hub was not reached. */
export type Correction = { readonly judgement: Word; readonly class?: string | undefined } & (
  | { readonly state: 'sending' }
  | { readonly state: 'learning'; readonly sinceMs: number }
  | { readonly state: 'refused'; readonly code: string | undefined }
)

export interface Corrections {
  /** By event. */
  readonly byEvent: ReadonlySignal<ReadonlyMap<string, Correction>>
  /** Never rejects. */
  /** `name`: kind of defect of a bad part. */
  correct(event: string, judgement: Word, name?: string): Promise<void>
}

/** Bound: so many corrections are remembered; the oldest leave. Owner: Corrections. */
const mostCorrections = 100

export function createCorrections(api: Pick<HubApi, 'correct'>): Corrections {
  const byEvent = signal<ReadonlyMap<string, Correction>>(new Map())
  const note = (event: string, correction: Correction): void => {
    const others = [...byEvent.value].filter(([id]) => id !== event)
    byEvent.value = new Map([...others, [event, correction] as const].slice(-mostCorrections))
  }
  return {
    byEvent,
    async correct(event, judgement, name) {
      const said = { judgement, class: name }
      note(event, { ...said, state: 'sending' })
      try {
        const { time } = await api.correct(event, judgement, name)
        note(event, { ...said, state: 'learning', sinceMs: time })
      } catch (thrown) {
        note(event, { ...said, state: 'refused', code: thrown instanceof HubError ? thrown.code : undefined })
      }
    },
  }
}

/** A verdict whose frame its gateway keeps for this. */
export function isCorrectable({ kind, state, detail }: EventItem): boolean {
  return kind === 'inspection' && (state === 'pass' || state === 'reject') && typeof detail?.['frame'] === 'string'
}

/** The first refit of the line that began after the correction came; undefined: it is not over. `events`: newest first. */
export function outcomeOf(
  correction: Correction | undefined,
  line: Pick<EventItem, 'gateway' | 'source'>,
  events: readonly EventItem[],
): EventItem | undefined {
  if (correction?.state !== 'learning') return undefined
  return events.findLast((event) => {
    const startedMs = event.detail?.['startedMs']
    return isTeachingOf(line, event) && typeof startedMs === 'number' && startedMs >= correction.sinceMs
  })
}

export function isTeachingOf({ gateway, source }: Pick<EventItem, 'gateway' | 'source'>, event: EventItem): boolean {
  return event.kind === 'teaching' && event.gateway === gateway && event.source === source
}
