// Reads the verdicts of a site out of the stored events, newest first, each with what people said of it.
import type { GatewayEvent } from '../../broker/contract/event.ts'
import type { GatewayRecord } from '../registry/gateway-registry.ts'
import type { EventKey, Store, StoredEvent } from '../store/store.ts'
import { type CorrectionBook, type KeptCorrection, keyText } from './correction-book.ts'

export interface StoredPart {
  readonly stored: StoredEvent
  readonly event: GatewayEvent
  readonly correction: KeptCorrection | undefined
}

interface PartSpan {
  readonly gateway: string
  /** Inspections of the site. */
  readonly sources: ReadonlySet<string>
  /** Whole ms, [fromMs, toMs). */
  readonly fromMs: number
  readonly toMs: number
  readonly after?: EventKey | undefined
}

interface PartReaderPorts {
  readonly store: Pick<Store, 'events'>
  readonly corrections: Pick<CorrectionBook, 'between'>
}

/** Events of one request to the store: between two of them others have their turn. */
const pageEvents = 500

/** Pages of verdicts; whoever reads stops when enough has come. */
export async function* readParts(
  { store, corrections }: PartReaderPorts,
  { gateway, sources, fromMs, toMs, after }: PartSpan,
): AsyncGenerator<readonly StoredPart[], void, undefined> {
  const said = await corrections.between(gateway, fromMs, toMs)
  let cursor = after
  for (;;) {
    const page = await store.events({ kind: 'inspection', gateway, fromMs, toMs, after: cursor, limit: pageEvents })
    yield page.flatMap((stored): StoredPart[] => {
      if (!sources.has(stored.source)) return []
      // Checked when it came.
      const event = JSON.parse(stored.body) as GatewayEvent
      return [{ stored, event, correction: said.get(keyText(stored)) }]
    })
    const last = page.at(-1)
    if (page.length < pageEvents || last === undefined) return
    cursor = last
  }
}

/** Ids of the inspections of a site, of all of a gateway, or the one that is named. */
export function inspectionsOf(gateway: GatewayRecord, site: string, line?: string): ReadonlySet<string> {
  const found = [...gateway.devices.values()].filter(
    (device) => device.profile === 'inspection' && device.site === site,
  )
  return new Set(found.map(({ id }) => id).filter((id) => line === undefined || id === line))
}
