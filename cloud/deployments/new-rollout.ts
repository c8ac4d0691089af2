// A roll-out before it begins: what may not begin is refused, what may is written down whole, with every gateway in its wave.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { DesiredState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { TenantScope } from '../people/principal.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import type { ArtefactStore } from './artefact-store.ts'
import type { RolloutGatewayRow, RolloutRow } from './deployment-tables.ts'
import { desiredOf, maxRevisionLead, newestRevision, openRollout } from './rollout-rows.ts'
import { planWaves, type WaveRule } from './waves.ts'

export interface NewRollout {
  readonly name: string
  readonly documents: readonly SignedDesiredState[]
  readonly waves: readonly WaveRule[]
  readonly maxFailures: number
  readonly patienceS: number
}

/** Who asks, and from where. */
export interface Actor {
  readonly by: string
  readonly remote: string
}

interface Ports {
  readonly database: HubDatabase
  readonly gateways: GatewayRegistry
  readonly artefacts: ArtefactStore
  /** Of whoever asks: artefacts of others are none. */
  readonly scope: TenantScope
  readonly clock: Clock
}

/** Returns how large it is. Throws what Rollouts.create throws; then nothing is written. */
export async function keepNewRollout(
  ports: Ports,
  given: NewRollout,
  { by }: Actor,
): Promise<{ readonly id: string; readonly gateways: number; readonly waves: number }> {
  const documents = given.documents.map((signed) => ({ signed, state: desiredOf(signed) }))
  await check(
    documents.map(({ state }) => state),
    ports,
  )
  const known = documents.map(({ state: { gateway: id } }) => ({
    id,
    sites: [...(ports.gateways.get(id)?.sites.keys() ?? [])],
  }))
  const waves = planWaves(known, given.waves)
  const id = randomUUID().slice(0, 8)
  const nowMs = ports.clock.now()
  const rows = documents.map(({ signed, state: { gateway, revision } }): RolloutGatewayRow => {
    const wave = waves.findIndex((members) => members.includes(gateway))
    const document = JSON.stringify(signed)
    const waiting = { state: 'waiting', code: null, message: null, updated_ms: nowMs }
    return { rollout: id, gateway, wave, revision, document, ...waiting }
  })
  const rollout: RolloutRow = {
    id,
    name: given.name,
    state: 'running',
    created_ms: nowMs,
    created_by: by,
    wave: 0,
    waves: waves.length,
    wave_started_ms: nowMs,
    max_failures: given.maxFailures,
    accepted_failures: 0,
    patience_s: given.patienceS,
    reason: null,
  }
  await durably(ports.database, async (transaction) => {
    await transaction.insertInto('rollouts').values(rollout).execute()
    for (const row of rows) await transaction.insertInto('rollout_gateways').values(row).execute()
  })
  return { id, gateways: rows.length, waves: waves.length }
}

async function check(states: readonly DesiredState[], { database, artefacts, scope }: Ports): Promise<void> {
  const twice = states.find(({ gateway }, index) => states.findIndex((other) => other.gateway === gateway) !== index)
  if (twice !== undefined) throw new AppError('payload.schema', `there are two documents for ${twice.gateway}`)
  const here = new Map<string, number | undefined>()
  for (const { gateway, revision, items } of states) {
    const newest = await newestRevision(database, gateway)
    if (revision > newest + maxRevisionLead) {
      throw new AppError('payload.schema', `${gateway} has seen revision ${newest}; ${revision} is too far ahead of it`)
    }
    if (revision <= newest) {
      throw new AppError('deployment.stale', `${gateway} has seen revision ${newest}; ${revision} would be ignored`)
    }
    for (const { kind, id, sha256, bytes } of items) {
      if (!here.has(sha256)) here.set(sha256, await artefacts.checked(sha256, scope))
      if (here.get(sha256) === bytes) continue
      throw new AppError('deployment.artefact', `${kind} ${id} (${sha256}) is not at the hub; upload it first`)
    }
    const open = await openRollout(database, gateway)
    if (open !== undefined) {
      throw new AppError(
        'deployment.state',
        `${gateway} is in roll-out ${open.rollout}, which is not over; abort that first`,
      )
    }
  }
}
