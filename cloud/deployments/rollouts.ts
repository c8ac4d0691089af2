// Roll-outs at work: offers each gateway of a wave its document, takes what gateways report, and halts by itself when too many fail.
import { createHash, randomUUID } from 'node:crypto'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { type DesiredState, ReportedState, type SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { parseTopic, gatewayKey, topicOf } from '../../broker/contract/topics.ts'
import type { IncomingMessage } from '../ingest/message.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import type { ArtefactStore } from './artefact-store.ts'
import { outcomeOf } from './reported-outcome.ts'
import type { RolloutGatewayRow, RolloutRow } from './deployment-tables.ts'
import { comingDocuments, desiredOf, hashesOf, newestDocuments, reportedOf, viewOf } from './rollout-rows.ts'
import { decide, type GatewayProgress, planWaves, type WaveRule } from './waves.ts'

export interface RolloutPorts {
  readonly database: HubDatabase
  readonly gateways: GatewayRegistry
  readonly artefacts: ArtefactStore
  readonly publish: (topic: string, payload: Uint8Array, how: { readonly retain: boolean }) => void
  readonly clock: Clock
  readonly log: Log
}

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

/** An offer that nobody took may have been lost on its way; patience is counted as often. */
const tickMs = 30_000

export class Rollouts {
  readonly #ports: RolloutPorts
  /** The newest report of each gateway that waits to be taken. Bound: one per gateway. Owner: these roll-outs. */
  readonly #reports = new Map<string, Uint8Array>()
  /** Artefacts that each gateway may fetch. */
  readonly #allowed = new Map<string, ReadonlySet<string>>()
  #work: Promise<unknown> = Promise.resolve()
  #timer: Timer | undefined
  readonly counters = { reports: 0, malformedReports: 0, offers: 0, halts: 0 }

  constructor(ports: RolloutPorts) {
    this.#ports = ports
  }

  async start(): Promise<void> {
    const { database, gateways, clock } = this.#ports
    for (const { gateway, document } of await newestDocuments(database)) this.#allow(gateway, document)
    gateways.onChange(({ id, state }) => {
      if (state === 'online') void this.#inTurn(() => this.#offerAgain(id))
    })
    const tick = (): void => {
      void this.#inTurn(() => this.#tick())
      this.#timer = clock.setTimer(tick, tickMs)
    }
    this.#timer = clock.setTimer(tick, tickMs)
  }

  /** Ends after what is under way. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#work
  }

  /** May this gateway fetch it? Only what a document for it names. */
  mayFetch(gateway: string, sha256: string): boolean {
    return this.#allowed.get(gateway)?.has(sha256) ?? false
  }

  /** True where the message is a report and nobody else's business. */
  take({ topic, payload }: IncomingMessage): boolean {
    if (!topic.endsWith('/reported')) return false
    const parsed = parseTopic(topic)
    if (parsed?.kind !== 'reported') return false
    const gateway = gatewayKey(parsed.identity)
    this.#reports.set(gateway, Uint8Array.from(payload))
    void this.#inTurn(() => this.#takeReport(gateway))
    return true
  }

  /** The revision that a new document for any of these gateways must have. */
  async nextRevision(gateways: readonly string[]): Promise<number> {
    return 1 + Math.max(0, ...(await Promise.all(gateways.map((gateway) => this.#newestRevision(gateway)))))
  }

  /**
   * Begins with the first wave. Throws `payload.schema`, `deployment.stale` (a revision that is not new), `deployment.artefact` (one is
   * not here), `deployment.state` (a gateway is in another roll-out), `config.invalid` (waves).
   */
  create(given: NewRollout, actor: Actor): Promise<string> {
    return this.#inTurn(async () => {
      const documents = given.documents.map((signed) => ({ signed, state: desiredOf(signed) }))
      await this.#checkNew(documents.map(({ state }) => state))
      const { gateways, clock, database } = this.#ports
      const known = documents.map(({ state: { gateway: id } }) => ({
        id,
        sites: [...(gateways.get(id)?.sites.keys() ?? [])],
      }))
      const waves = planWaves(known, given.waves)
      const id = randomUUID().slice(0, 8)
      const nowMs = clock.now()
      const { name, maxFailures, patienceS } = given
      const rows = documents.map(({ signed, state: { gateway, revision } }): RolloutGatewayRow => {
        const wave = waves.findIndex((members) => members.includes(gateway))
        const document = JSON.stringify(signed)
        return {
          rollout: id,
          gateway,
          wave,
          revision,
          document,
          state: 'waiting',
          code: null,
          message: null,
          updated_ms: nowMs,
        }
      })
      const rollout: RolloutRow = {
        id,
        name,
        state: 'running',
        created_ms: nowMs,
        created_by: actor.by,
        wave: 0,
        waves: waves.length,
        wave_started_ms: nowMs,
        max_failures: maxFailures,
        accepted_failures: 0,
        patience_s: patienceS,
        reason: null,
      }
      await durably(database, async (transaction) => {
        await transaction.insertInto('rollouts').values(rollout).execute()
        for (const row of rows) await transaction.insertInto('rollout_gateways').values(row).execute()
      })
      await this.#audit(actor, 'created', id, `${rows.length} gateways in ${waves.length} waves: ${name}`)
      await this.#offerWave(id, 0)
      return id
    })
  }

  /** Nobody further gets it, until it is resumed. Throws `not-found`, `deployment.state`. */
  halt(id: string, actor: Actor): Promise<void> {
    return this.#inTurn(async () => {
      await this.#expect(id, ['running'])
      await this.#stopOffering(id, 'halted', `halted by ${actor.by}`)
      await this.#audit(actor, 'halted', id, '')
    })
  }

  /** Goes on; the failures so far are accepted. Throws `not-found`, `deployment.state`. */
  resume(id: string, actor: Actor): Promise<void> {
    return this.#inTurn(async () => {
      const { wave } = await this.#expect(id, ['halted'])
      const { database, clock } = this.#ports
      const failed = (await this.#members(id)).filter(({ state }) => state === 'failed').length
      const change = { state: 'running', reason: null, accepted_failures: failed, wave_started_ms: clock.now() }
      await database.updateTable('rollouts').set(change).where('id', '=', id).execute()
      await this.#audit(actor, 'resumed', id, `${failed} failures accepted`)
      await this.#offerWave(id, wave)
      await this.#goOn(id)
    })
  }

  /** Ends it for good; gateways that have the set keep it. Throws `not-found`, `deployment.state`. */
  abort(id: string, actor: Actor): Promise<void> {
    return this.#inTurn(async () => {
      await this.#expect(id, ['running', 'halted'])
      await this.#stopOffering(id, 'aborted', `aborted by ${actor.by}`)
      await this.#audit(actor, 'aborted', id, '')
    })
  }

  /** Artefacts that a gateway may still ask for, those of waves that have not begun among them. */
  async needed(): Promise<ReadonlySet<string>> {
    const coming = await comingDocuments(this.#ports.database)
    return new Set([...[...this.#allowed.values()].flatMap((set) => [...set]), ...coming.flatMap(hashesOf)])
  }

  /** One after the other, so that no two decide on the same roll-out. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work)
    this.#work = done.catch((thrown: unknown) => {
      if (thrown instanceof AppError && thrown.code !== 'internal') return
      this.#ports.log.error(
        { err: thrown },
        'a step of a roll-out failed; the next report or half a minute tries again',
      )
    })
    return done
  }

  async #checkNew(states: readonly DesiredState[]): Promise<void> {
    const twice = states.find(({ gateway }, index) => states.findIndex((other) => other.gateway === gateway) !== index)
    if (twice !== undefined) throw new AppError('payload.schema', `there are two documents for ${twice.gateway}`)
    const here = new Map<string, number | undefined>()
    for (const { gateway, revision, items } of states) {
      const newest = await this.#newestRevision(gateway)
      if (revision <= newest) {
        throw new AppError('deployment.stale', `${gateway} has seen revision ${newest}; ${revision} would be ignored`)
      }
      for (const { kind, id, sha256, bytes } of items) {
        if (!here.has(sha256)) here.set(sha256, await this.#ports.artefacts.checked(sha256))
        if (here.get(sha256) === bytes) continue
        throw new AppError('deployment.artefact', `${kind} ${id} (${sha256}) is not at the hub; upload it first`)
      }
      const open = await this.#openRollout(gateway)
      if (open !== undefined) {
        throw new AppError(
          'deployment.state',
          `${gateway} is in roll-out ${open.rollout}, which is not over; abort that first`,
        )
      }
    }
  }

  async #newestRevision(gateway: string): Promise<number> {
    const { database } = this.#ports
    const offered = await database
      .selectFrom('rollout_gateways')
      .select(({ fn }) => fn.max('revision').as('revision'))
      .where('gateway', '=', gateway)
      .executeTakeFirst()
    const reported = await reportedOf(database, gateway)
    return Math.max(offered?.revision ?? 0, reported?.running.revision ?? 0, reported?.desired?.revision ?? 0)
  }

  async #openRollout(gateway: string): Promise<RolloutGatewayRow | undefined> {
    return this.#ports.database
      .selectFrom('rollout_gateways')
      .innerJoin('rollouts', 'rollouts.id', 'rollout_gateways.rollout')
      .selectAll('rollout_gateways')
      .where('gateway', '=', gateway)
      .where('rollouts.state', 'in', ['running', 'halted'])
      .where('rollout_gateways.state', 'in', ['waiting', 'offered'])
      .executeTakeFirst()
  }

  async #expect(id: string, states: readonly string[]): Promise<RolloutRow> {
    const rollout = await this.#ports.database
      .selectFrom('rollouts')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (rollout === undefined) throw new AppError('not-found', `there is no roll-out ${id}`)
    if (states.includes(rollout.state)) return rollout
    throw new AppError(
      'deployment.state',
      `roll-out ${id} is ${rollout.state}; this needs one that is ${states.join(' or ')}`,
    )
  }

  async #members(id: string): Promise<readonly RolloutGatewayRow[]> {
    return this.#ports.database.selectFrom('rollout_gateways').selectAll().where('rollout', '=', id).execute()
  }

  async #offerWave(id: string, wave: number): Promise<void> {
    const members = (await this.#members(id)).filter((member) => member.wave <= wave)
    for (const member of members) {
      if (member.state === 'waiting') await this.#mark(member, 'offered', undefined)
      if (member.state === 'waiting' || member.state === 'offered') this.#offer(member)
    }
  }

  #offer(member: RolloutGatewayRow): void {
    const { gateway, document } = member
    this.#allow(gateway, document)
    this.counters.offers += 1
    this.#ports.publish(desiredTopic(gateway), payloadOf(member), { retain: true })
  }

  #allow(gateway: string, document: string): void {
    this.#allowed.set(gateway, new Set(hashesOf(document)))
  }

  async #offerAgain(gateway: string): Promise<void> {
    const open = await this.#openRollout(gateway)
    if (open?.state !== 'offered') return
    const rollout = await this.#ports.database
      .selectFrom('rollouts')
      .select('state')
      .where('id', '=', open.rollout)
      .executeTakeFirst()
    if (rollout?.state === 'running') this.#offer(open)
  }

  async #mark(
    { rollout, gateway }: RolloutGatewayRow,
    state: GatewayProgress,
    reason: { readonly code: string; readonly message: string } | undefined,
  ): Promise<void> {
    const { database, clock, log } = this.#ports
    const change = { state, code: reason?.code ?? null, message: reason?.message ?? null, updated_ms: clock.now() }
    await database
      .updateTable('rollout_gateways')
      .set(change)
      .where('rollout', '=', rollout)
      .where('gateway', '=', gateway)
      .execute()
    log.info({ rollout, gateway, state, ...reason }, 'a gateway of a roll-out')
  }

  async #takeReport(gateway: string): Promise<void> {
    const payload = this.#reports.get(gateway)
    if (payload === undefined) return
    this.#reports.delete(gateway)
    const { database, clock, log } = this.#ports
    let report: ReportedState
    try {
      report = decodeDocument(ReportedState, payload)
    } catch (thrown) {
      this.counters.malformedReports += 1
      log.warn({ gateway, reason: toAppError(thrown, 'payload.malformed').message }, 'a reported state cannot be used')
      return
    }
    this.counters.reports += 1
    const row = { gateway, document: JSON.stringify(report), received_ms: clock.now() }
    const earlier = await reportedOf(database, gateway)
    await database
      .insertInto('reported_states')
      .values(row)
      .onConflict((conflict) => conflict.column('gateway').doUpdateSet(row))
      .execute()
    const open = await this.#openRollout(gateway)
    // A stick has brought something newer: what the broker keeps for this gateway is of no use any more.
    const isOvertaken = report.refused?.code === 'deployment.stale' && open === undefined
    if (isOvertaken) this.#ports.publish(desiredTopic(gateway), new Uint8Array(0), { retain: true })
    if (open?.state !== 'offered') return
    const outcome = outcomeOf(report, earlier, { revision: open.revision, payload: sha256Of(payloadOf(open)) })
    if (outcome === undefined) return
    await this.#mark(open, outcome.state, outcome.reason)
    await this.#goOn(open.rollout)
  }

  async #tick(): Promise<void> {
    const running = await this.#ports.database
      .selectFrom('rollouts')
      .select(['id', 'wave'])
      .where('state', '=', 'running')
      .execute()
    for (const { id, wave } of running) {
      for (const member of await this.#members(id)) {
        if (member.state === 'waiting' && member.wave <= wave) {
          // The hub was stopped between the beginning of the wave and its offers.
          await this.#mark(member, 'offered', undefined)
          this.#offer(member)
        } else if (member.state === 'offered' && (await this.#isUntaken(member))) this.#offer(member)
      }
      await this.#goOn(id)
    }
  }

  /** It is connected and has not said that it knows the document: once more would only disturb it while it waits. */
  async #isUntaken({ gateway, revision }: RolloutGatewayRow): Promise<boolean> {
    if (this.#ports.gateways.get(gateway)?.state !== 'online') return false
    return (await reportedOf(this.#ports.database, gateway))?.desired?.revision !== revision
  }

  /** What follows from where the roll-out stands. */
  async #goOn(id: string): Promise<void> {
    const { database, clock } = this.#ports
    for (;;) {
      const rollout = await database.selectFrom('rollouts').selectAll().where('id', '=', id).executeTakeFirst()
      if (rollout?.state !== 'running') return
      const members = await this.#members(id)
      const decision = decide(viewOf(rollout, members), clock.now())
      if (decision.kind === 'wait') return
      if (decision.kind === 'halt') {
        this.counters.halts += 1
        const reason = `${decision.failures} of ${members.length} gateways failed, ${rollout.max_failures} are tolerated`
        await this.#stopOffering(id, 'halted', reason)
        return this.#audit(hubItself, 'halted', id, reason)
      }
      if (decision.kind === 'late') {
        const message = `no answer within ${rollout.patience_s} s`
        for (const member of members.filter(({ gateway }) => decision.gateways.includes(gateway))) {
          await this.#mark(member, 'failed', { code: 'gateway.no-answer', message })
        }
      } else if (decision.kind === 'done') {
        await database.updateTable('rollouts').set({ state: 'done' }).where('id', '=', id).execute()
        return this.#audit(hubItself, 'done', id, '')
      } else {
        const wave = rollout.wave + 1
        const change = { wave, wave_started_ms: clock.now() }
        await database.updateTable('rollouts').set(change).where('id', '=', id).execute()
        await this.#audit(hubItself, 'next wave', id, `${wave + 1} of ${rollout.waves}`)
        await this.#offerWave(id, wave)
      }
    }
  }

  /** A gateway that is away shall not find the document when it comes back; one that has begun ends by itself. */
  async #stopOffering(id: string, state: 'halted' | 'aborted', reason: string): Promise<void> {
    const { database, publish, log } = this.#ports
    await database.updateTable('rollouts').set({ state, reason }).where('id', '=', id).execute()
    for (const member of await this.#members(id)) {
      if (member.state !== 'offered' && !(await this.#isStillOffered(member))) continue
      publish(desiredTopic(member.gateway), new Uint8Array(0), { retain: true })
    }
    log.warn({ rollout: id, state, reason }, 'a roll-out stands')
  }

  /** It has not answered in time, and what it was offered still waits for it, unless it has been offered something since. */
  async #isStillOffered({ gateway, code }: RolloutGatewayRow): Promise<boolean> {
    return code === 'gateway.no-answer' && (await this.#openRollout(gateway)) === undefined
  }

  async #audit({ by, remote }: Actor, action: string, rollout: string, detail: string): Promise<void> {
    const row = { time_ms: this.#ports.clock.now(), actor: by, remote, action, rollout, detail }
    await this.#ports.database.insertInto('deployment_audit').values(row).execute()
  }
}

const hubItself: Actor = { by: 'hub', remote: '' }

function desiredTopic(gateway: string): string {
  const [tenant = '', name = ''] = gateway.split('/')
  return topicOf({ tenant, gateway: name }, 'desired')
}

/** The same bytes each time. */
function payloadOf({ document }: Pick<RolloutGatewayRow, 'document'>): Uint8Array {
  return encodeDocument(JSON.parse(document) as SignedDesiredState)
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
