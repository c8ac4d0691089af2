// What a report of a gateway says about the document that it was offered.
import type { ReportedState } from '../../broker/contract/desired-state.ts'

interface Outcome {
  readonly state: 'applied' | 'failed'
  readonly reason: { readonly code: string; readonly message: string } | undefined
}

/**
 * Undefined: it is not decided yet. `earlier`: the report before, by which a refusal is known to be a new one; `payload`: SHA-256 of
 * the document that was offered, because a refusal of an older one may come late.
 */
export function outcomeOf(
  { desired, running, refused }: ReportedState,
  earlier: ReportedState | undefined,
  { revision, payload }: { readonly revision: number; readonly payload: string },
): Outcome | undefined {
  if (desired?.revision === revision && desired.phase === 'done') {
    const bad = desired.results.filter(({ result }) => result !== 'applied' && result !== 'applied-after-retry')
    const first = bad.find(({ code }) => code !== 'deployment.companion') ?? bad[0]
    if (first === undefined && running.revision === revision) return { state: 'applied', reason: undefined }
    const { code = 'internal', message = 'the gateway does not run it', result = 'refused', kind, id } = first ?? {}
    const subject = kind === undefined ? '' : `${kind} ${id}: `
    return { state: 'failed', reason: { code, message: `${result}: ${subject}${message}` } }
  }
  if (refused === undefined || refused.timeMs === earlier?.refused?.timeMs) return undefined
  if (refused.revision !== undefined && refused.revision !== revision) return undefined
  if (refused.payload !== undefined && refused.payload !== payload) return undefined
  return { state: 'failed', reason: { code: refused.code, message: `refused: ${refused.message}` } }
}
