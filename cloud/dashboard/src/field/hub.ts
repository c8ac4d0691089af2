// Asks the hub that this page came from; where there is no network, nothing comes back and nothing breaks.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import { type Facts, factsOf } from './facts.ts'

const limitMs = 30_000
const quickMs = 8_000
const base = (): URL => new URL('../api/v1/', document.baseURI)

export interface HubValue {
  readonly series: string
  readonly deviceLabel: LocalizedText
  readonly label: LocalizedText
  readonly channel: string
  readonly unit: string | null
  readonly value: number | null
  readonly text: string | null
  readonly quality: 'good' | 'uncertain' | 'bad'
  readonly time: number | null
}

/** The hub wants to know who is there. */
export class SignInNeeded extends Error {}

async function list<T>(path: string): Promise<readonly T[]> {
  const response = await fetch(new URL(path, base()), { cache: 'no-store', signal: AbortSignal.timeout(quickMs) })
  if (response.status === 401) throw new SignInNeeded(path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return ((await response.json()) as { readonly items: readonly T[] }).items
}

/** Undefined: the hub cannot be reached. */
export async function postInstallation(
  body: string,
): Promise<{ readonly status: number; readonly code: string | undefined } | undefined> {
  try {
    const response = await fetch(new URL('installations', base()), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(limitMs),
    })
    const problem = (await response.json().catch(() => undefined)) as { readonly code?: unknown } | undefined
    // A page of a captive portal is no answer of the hub.
    if (response.ok && (problem as { readonly id?: unknown } | undefined)?.id === undefined) return undefined
    return { status: response.status, code: typeof problem?.code === 'string' ? problem.code : undefined }
  } catch {
    return undefined
  }
}

/** Rejects where the hub cannot be reached. */
export async function fetchFacts(nowMs: number): Promise<Facts> {
  type Given = Parameters<typeof factsOf>[0]
  const [gateways, latest, sites, installations] = await Promise.all([
    list<Given['gateways'][number]>('gateways'),
    list<Given['latest'][number]>('latest'),
    list<Given['sites'][number]>('sites'),
    list<Given['installations'][number]>('installations?limit=1000').catch(() => []),
  ])
  return factsOf({ gateways, latest, sites, installations, fetchedMs: nowMs })
}

/** The newest readings of a gateway at the hub. Rejects where it cannot be reached. */
export function fetchValues(gateway: string): Promise<readonly HubValue[]> {
  return list<HubValue>(`latest?gateway=${encodeURIComponent(gateway)}`)
}
