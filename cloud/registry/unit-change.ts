// What a status document changes about the units of a gateway's series, and the letter that tells of it.
import type { StatusDocument } from '../../broker/contract/documents.ts'
import { gatewayKey, type GatewayIdentity, topicOf } from '../../broker/contract/topics.ts'
import type { DeadLetter } from '../store/store.ts'
import type { GatewayRegistry } from './gateway-registry.ts'
import { readingsOfNewUnit, type SeriesUnits, type UnitChange } from './series-units.ts'

export function takeStatus(
  registry: GatewayRegistry,
  units: SeriesUnits,
  identity: GatewayIdentity,
  document: StatusDocument,
): void {
  const id = gatewayKey(identity)
  const before = registry.get(id)?.devices
  registry.status(identity, document)
  units.described(id, before, document)
}

/** What the readings of the series before `sinceMs` were measured in, for a person to look up. */
export function unitLetter(change: UnitChange, identity: GatewayIdentity, timeMs: number): DeadLetter {
  const { key, from, to, cause, sinceMs } = change
  const why = cause === 'birth' ? 'its gateway describes it so' : `${readingsOfNewUnit} readings in a row say so`
  return {
    timeMs,
    topic: topicOf(identity, cause === 'birth' ? 'status' : 'telemetry'),
    code: 'series.unit',
    reason: `${key} is measured in ${to} instead of ${from} since ${new Date(sinceMs).toISOString()}: ${why}`,
    payload: Buffer.from(JSON.stringify(change)),
  }
}
