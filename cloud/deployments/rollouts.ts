// Roll-outs at work: offers each gateway of a wave its document, goes on by what each became, and halts by itself when too many fail.
import { createHash } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { ReportedState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { topicOf } from '../../broker/contract/topics.ts'
import type { IncomingMessage } from '../ingest/message.ts'
import { type TenantScope, wholeCity } from '../people/principal.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { ArtefactStore } from './artefact-store.ts'
import { outcomeOf } from './reported-outcome.ts'
import { type Actor, keepNewRollout, type NewRollout } from './new-rollout.ts'
import { ReportedStates } from './reported-states.ts'
import type { RolloutGatewayRow, RolloutRow } from './deployment-tables.ts'
import {
  comingDocuments,
  hashesOf,
  lateOffer,
  membersOf,
  newestDocuments,
  newestRevision,
  openRollout,
  reportedOf,
  viewOf,
} from './rollout-rows.ts'
import { decide, type GatewayProgress } from './waves.ts'

export interface RolloutPorts {
  readonly database: HubDatabase
  readonly gateways: GatewayRegistry
  readonly artefacts: ArtefactStore
  readonly publish: (topic: string, payload: Uint8Array, how: { readonly retain: boolean }) => void
  readonly clock: Clock
  readonly log: Log
}

/** An offer that nobody took may have been lost on its way; patience is counted as often. */
const tickMs = 30_000

export class Rollouts {
  readonly #ports: RolloutPorts
  readonly #reported: ReportedStates
  /** Artefacts that each gateway may fetch. */
  readonly #allowed = new Map<string, ReadonlySet<string>>()
  #work: Promise<unknown> = Promise.resolve()
  #timer: Timer | undefined
  #auditEntries = 0
  readonly counters = { offers: 0, halts: 0 }

  constructor(ports: RolloutPorts) {
    this.#ports = ports
    this.#reported = new ReportedStates({
      ...ports,
      inTurn: (work) => this.#inTurn(work),
      onReport: (...report) => this.#follow(...report),
    })
  }

  get reportCounters(): ReportedStates['counters'] {
    return this.#reported.counters
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
  take(message: IncomingMessage): boolean {
    return this.#reported.take(message)
  }

  /** The revision that a new document for any of these gateways must have. */
  async nextRevision(gateways: readonly string[]): Promise<number> {
    const { database } = this.#ports
    return 1 + Math.max(0, ...(await Promise.all(gateways.map((gateway) => newestRevision(database, gateway)))))
  }

  /**
   * Begins with the first wave. Throws `payload.schema`, `deployment.stale` (a revision that is not new), `deployment.artefact` (one is
   * not here), `deployment.state` (a gateway is in another roll-out), `config.invalid` (waves).
   */
  create(given: NewRollout, actor: Actor, scope: TenantScope = wholeCity): Promise<string> {
    return this.#inTurn(async () => {
      const { id, gateways, waves } = await keepNewRollout({ ...this.#ports, scope }, given, actor)
      await this.#audit(actor, 'created', id, `${gateways} gateways in ${waves} waves: ${given.name}`)
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
      const failed = (await membersOf(this.#ports.database, id)).filter(({ state }) => state === 'failed').length
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

  async #offerWave(id: string, wave: number): Promise<void> {
    const members = (await membersOf(this.#ports.database, id)).filter((member) => member.wave <= wave)
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
    const { database } = this.#ports
    const open = await openRollout(database, gateway)
    if (open === undefined) return this.#offerLate(gateway)
    if (open.state !== 'offered') return
    const rollout = await database
      .selectFrom('rollouts')
      .select('state')
      .where('id', '=', open.rollout)
      .executeTakeFirst()
    if (rollout?.state === 'running') this.#offer(open)
  }

  /** The broker keeps for it what it did not answer in time, but not over a restore of the hub. */
  async #offerLate(gateway: string): Promise<void> {
    const late = await lateOffer(this.#ports.database, gateway)
    if (late !== undefined) this.#offer(late)
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

  /** What a report means for the roll-out that the gateway is in. */
  async #follow(gateway: string, report: ReportedState, earlier: ReportedState | undefined): Promise<void> {
    const open = await openRollout(this.#ports.database, gateway)
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
      for (const member of await membersOf(this.#ports.database, id)) {
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
      const members = await membersOf(this.#ports.database, id)
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
    for (const member of await membersOf(this.#ports.database, id)) {
      if (member.state !== 'offered' && !(await this.#isStillOffered(member))) continue
      publish(desiredTopic(member.gateway), new Uint8Array(0), { retain: true })
    }
    log.warn({ rollout: id, state, reason }, 'a roll-out stands')
  }

  /** It has not answered in time, and what it was offered still waits for it, unless it has been offered something since. */
  async #isStillOffered({ gateway, code }: RolloutGatewayRow): Promise<boolean> {
    return code === 'gateway.no-answer' && (await openRollout(this.#ports.database, gateway)) === undefined
  }

  async #audit({ by, remote }: Actor, action: string, rollout: string, detail: string): Promise<void> {
    this.#auditEntries += 1
    const at = { time_ms: this.#ports.clock.now(), turn: this.#auditEntries }
    await this.#ports.database
      .insertInto('deployment_audit')
      .values({ ...at, actor: by, remote, action, rollout, detail })
      .execute()
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
