// What the rows of roll-outs hold, read for those who decide on them.
import { toAppError } from '../../broker/contract/app-error.ts'
import { checkedDocument } from '../../broker/contract/checked-document.ts'
import { DesiredState, type ReportedState, type SignedDesiredState } from '../../broker/contract/desired-state.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { RolloutGatewayRow, RolloutRow } from './deployment-tables.ts'
import type { GatewayProgress, RolloutView } from './waves.ts'

export function viewOf(rollout: RolloutRow, members: readonly RolloutGatewayRow[]): RolloutView {
  return {
    wave: rollout.wave,
    waves: rollout.waves,
    waveStartedMs: rollout.wave_started_ms,
    maxFailures: rollout.max_failures,
    acceptedFailures: rollout.accepted_failures,
    patienceS: rollout.patience_s,
    gateways: members.map(({ gateway, wave, state }) => ({ gateway, wave, state: state as GatewayProgress })),
  }
}

/** Throws `payload.schema`, `payload.malformed`. */
export function desiredOf({ document }: SignedDesiredState): DesiredState {
  try {
    return checkedDocument(DesiredState, JSON.parse(document))
  } catch (thrown) {
    throw toAppError(thrown, 'payload.malformed')
  }
}

/** Of its artefacts. */
export function hashesOf(document: string): readonly string[] {
  return desiredOf(JSON.parse(document) as SignedDesiredState).items.map(({ sha256 }) => sha256)
}

/** What each gateway was offered last. */
export async function newestDocuments(
  database: HubDatabase,
): Promise<readonly { readonly gateway: string; readonly document: string }[]> {
  return database
    .selectFrom('rollout_gateways as own')
    .select(['own.gateway', 'own.document'])
    .where('own.state', '!=', 'waiting')
    .where((own) =>
      own.not(
        own.exists(
          own
            .selectFrom('rollout_gateways as newer')
            .select('newer.revision')
            .whereRef('newer.gateway', '=', 'own.gateway')
            .whereRef('newer.revision', '>', 'own.revision')
            .where('newer.state', '!=', 'waiting'),
        ),
      ),
    )
    .execute()
}

/** Of waves that have not begun. */
export async function comingDocuments(database: HubDatabase): Promise<readonly string[]> {
  const rows = await database
    .selectFrom('rollout_gateways')
    .innerJoin('rollouts', 'rollouts.id', 'rollout_gateways.rollout')
    .select('rollout_gateways.document')
    .where('rollouts.state', 'in', ['running', 'halted'])
    .where('rollout_gateways.state', '=', 'waiting')
    .execute()
  return rows.map(({ document }) => document)
}

/** What this gateway said last. */
export async function reportedOf(database: HubDatabase, gateway: string): Promise<ReportedState | undefined> {
  const report = await database
    .selectFrom('reported_states')
    .select('document')
    .where('gateway', '=', gateway)
    .executeTakeFirst()
  return report === undefined ? undefined : (JSON.parse(report.document) as ReportedState)
}

/**
 * How far a revision may be ahead of what this hub has offered the gateway. Sticks bring sets of which the hub does not know, by whatever
 * numbers a person gave them, a date such as 20261123 too; far more than this would leave no room for the documents of years to come.
 */
export const maxRevisionLead = 100_000_000

/** The newest revision that the gateway was offered or is to be offered; 0: none. */
export async function newestOffered(database: HubDatabase, gateway: string): Promise<number> {
  const offered = await database
    .selectFrom('rollout_gateways')
    .select(({ fn }) => fn.max('revision').as('revision'))
    .where('gateway', '=', gateway)
    .executeTakeFirst()
  return offered?.revision ?? 0
}

/** The newest revision that the gateway has or may have seen; a document must be newer. */
export async function newestRevision(database: HubDatabase, gateway: string): Promise<number> {
  const reported = await reportedOf(database, gateway)
  const offered = await newestOffered(database, gateway)
  return Math.max(offered, reported?.running.revision ?? 0, reported?.desired?.revision ?? 0)
}

/** What it did not answer in time in a roll-out that went to its end, where nothing newer was offered to it or is known of it. */
export async function lateOffer(database: HubDatabase, gateway: string): Promise<RolloutGatewayRow | undefined> {
  const newest = await newestRevision(database, gateway)
  const late = await database
    .selectFrom('rollout_gateways')
    .innerJoin('rollouts', 'rollouts.id', 'rollout_gateways.rollout')
    .selectAll('rollout_gateways')
    .where('gateway', '=', gateway)
    .where('revision', '=', newest)
    .where('rollouts.state', '=', 'done')
    .where('rollout_gateways.code', '=', 'gateway.no-answer')
    .executeTakeFirst()
  const reported = await reportedOf(database, gateway)
  const isKnown = reported?.desired?.revision === newest || reported?.running.revision === newest
  return isKnown ? undefined : late
}

/** Its part in a roll-out that is not over, where it has one. */
export async function openRollout(database: HubDatabase, gateway: string): Promise<RolloutGatewayRow | undefined> {
  return database
    .selectFrom('rollout_gateways')
    .innerJoin('rollouts', 'rollouts.id', 'rollout_gateways.rollout')
    .selectAll('rollout_gateways')
    .where('gateway', '=', gateway)
    .where('rollouts.state', 'in', ['running', 'halted'])
    .where('rollout_gateways.state', 'in', ['waiting', 'offered'])
    .executeTakeFirst()
}

export async function membersOf(database: HubDatabase, rollout: string): Promise<readonly RolloutGatewayRow[]> {
  return database.selectFrom('rollout_gateways').selectAll().where('rollout', '=', rollout).execute()
}
