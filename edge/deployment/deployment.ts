// The care for the sets of a running gateway: takes documents, has them staged, switches, judges, and tells the hub what became of each.
import { createHash } from 'node:crypto'
import { AppError, errorCodes, toAppError } from '../../broker/contract/app-error.ts'
import type { DesiredState } from '../../broker/contract/desired-state.ts'
import type { Timer } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import type { GatewayConfig } from '../config.ts'
import type { Counters } from '../counters.ts'
import { isOpen } from '../images/upload-hours.ts'
import { type Backoff, createBackoff } from '../uplink/backoff.ts'
import { type BootPorts, chooseStart, saveState, type Start, takeBack } from './boot.ts'
import type { DeploymentConfig } from './deployment-config.ts'
import {
  type Believed,
  type DeploymentState,
  type Fault,
  faultOf,
  kept,
  newestRevision,
  onTrial,
  refused,
  runningSet,
} from './deployment-state.ts'
import { type Offer, watchFolders } from './offer.ts'
import { type Health, startProbation } from './probation.ts'
import { type Progress, type Refusal, reportedState } from './reported-state.ts'
import type { SetConfigPlaces } from './set-config.ts'
import { documentFileName } from './set-places.ts'
import type { ReadAnswer, StageAnswer } from './update-messages.ts'

/** What the agent tells of itself, while it runs. */
export interface AgentView {
  readonly uplinkConnected: () => boolean
  readonly isOutboxHealthy: () => boolean
  /** Packages that are configured and not used. */
  readonly refusedModels: () => readonly string[]
  /** The report has changed: it goes to the hub, if that is connected. */
  readonly reportChanged: () => void
  readonly counters: Counters
}

/** What the agent has of it. */
export interface DeploymentPort {
  /** A document of the hub, as it came. Never throws. */
  received(payload: Uint8Array): void
  /** For the hub, at each connection and when it changes. */
  report(): Uint8Array
  /** Sees what goes up: which devices answer. */
  observe(samples: readonly Sample[]): void
  /** The agent runs: from here on the set is judged and documents are taken. Returns what ends that. */
  attach(agent: AgentView): () => Promise<void>
}

export interface DeploymentOptions extends BootPorts {
  /** Of gateway.yaml itself. */
  readonly settings: DeploymentConfig
  readonly identity: GatewayConfig['identity']
  /** Absolute path of gateway.yaml. */
  readonly base: string
  readonly read: (documentFile: string, signal: AbortSignal) => Promise<ReadAnswer>
  readonly stage: (request: StageOrder, signal: AbortSignal) => Promise<StageAnswer>
  /** Of the program that runs, for the report. */
  readonly agentVersion: string
  /** [0, 1), for jitter. */
  readonly random: () => number
  readonly restart: () => void
  /** Ends the process when its main thread stands still, until cancelled. */
  readonly watchForHang: () => Timer
}

/** The parts of a StageRequest that are decided here. */
export interface StageOrder {
  readonly documentFile: string
  readonly keep: readonly number[]
  readonly keepArtefacts: readonly string[]
  readonly runningRevision: number
  readonly answering: readonly string[]
  readonly folders: readonly string[]
  readonly isFromHub: boolean
}

/** Attempts of what another one may mend, other than reaching the hub: that is tried for as long as it takes. */
const maxAttempts = 3
/** How often closed hours are looked at again. */
const hoursMs = 30_000

/** Chooses what to start with; see chooseStart for what it throws. */
export async function openDeployment(options: DeploymentOptions): Promise<Deployment> {
  return new Deployment(options, await chooseStart(options))
}

export class Deployment implements DeploymentPort {
  /** To start the agent with. */
  readonly config: GatewayConfig
  readonly #options: DeploymentOptions
  #state: DeploymentState
  /** Whether each device answered when it was last heard of. Bound: the devices of the configuration. */
  readonly #answers = new Map<string, boolean>()
  #agent: AgentView | undefined
  #progress: Progress | undefined
  #refusal: Refusal | undefined
  /** By where they come from. Bound: one of each source. Overflow: a newer document takes the place of one that waits. Owner: this deployment. */
  readonly #offers = new Map<string, Offer>()
  /** A document has come since the present one was begun. */
  #isInterrupted = false
  /** Of the document that is being dealt with. */
  #source: string | undefined
  /** The hub has taken back what it offered last. */
  #isWithdrawn = false
  /** The document of which something had to be done twice, by its digest: it may come again in between. */
  #retried: string | undefined
  #working: Promise<void> | undefined
  #wake: () => void = () => undefined
  #afterTrial: () => void = () => undefined
  readonly #abort = new AbortController()

  constructor(options: DeploymentOptions, { config, state }: Start) {
    this.#options = options
    this.config = config
    this.#state = state
    if (state.trial === undefined) return
    // From here on, not only once it runs: a set may make the start itself stand still.
    const hangWatch = options.watchForHang()
    this.#afterTrial = () => hangWatch.cancel()
  }

  /** The revision that runs; 0: gateway.yaml alone. */
  get revision(): number {
    return runningSet(this.#state).revision
  }

  get isOnTrial(): boolean {
    return this.#state.trial !== undefined
  }

  /** The files that it runs with. */
  get configPlaces(): SetConfigPlaces {
    const { base, places } = this.#options
    return { base, set: this.revision === 0 ? undefined : places.set(this.revision) }
  }

  /** The agent could not be started. True: a set on trial was the reason and is taken back, so that a start anew may succeed. */
  async startFailed(thrown: unknown): Promise<boolean> {
    if (this.#state.trial === undefined) return false
    this.#afterTrial()
    const { message } = toAppError(thrown, 'deployment.crashed')
    const error = new AppError('deployment.crashed', `the gateway does not start with it: ${message}`)
    this.#state = await takeBack(this.#state, error, this.#options)
    return true
  }

  received(payload: Uint8Array): void {
    if (payload.length === 0) return this.#withdraw()
    // The payload is the client's own buffer, which it may use again.
    this.#take({ bytes: Uint8Array.from(payload), folder: undefined })
  }

  report(): Uint8Array {
    const { clock, agentVersion: agent } = this.#options
    const now = { progress: this.#progress, refusal: this.#refusal, nowMs: clock.now(), agent }
    return reportedState(this.#state, now)
  }

  observe(samples: readonly Sample[]): void {
    for (const device of new Set(samples.map(({ name }) => name.slice(0, name.indexOf(':'))))) {
      const own = samples.filter(({ name }) => name.startsWith(`${device}:`))
      this.#answers.set(
        device,
        own.some(({ quality }) => quality !== 'bad'),
      )
    }
  }

  attach(agent: AgentView): () => Promise<void> {
    this.#agent = agent
    const { settings, places, identity, files, clock, log } = this.#options
    const probation = this.#judge()
    const folders = [places.inbox, ...(settings.folder === undefined ? [] : [settings.folder])]
    const watch = watchFolders({
      folders,
      name: documentFileName(identity),
      everyMs: settings.lookEveryS * 1000,
      files,
      clock,
      log,
      onOffer: (offer) => this.#take(offer),
    })
    this.#work()
    return async () => {
      probation?.cancel()
      this.#afterTrial()
      watch.cancel()
      this.#abort.abort()
      this.#wake()
      await this.#working
    }
  }

  #judge(): Timer | undefined {
    const { trial } = this.#state
    if (trial === undefined) return undefined
    const { clock, log } = this.#options
    const { revision, probationS, attempts, before } = trial
    log.info({ revision, probationS, attempts }, 'a set is on trial')
    return startProbation({
      before,
      expected: expectedDevices(this.config, probationS),
      probationS,
      health: () => this.#health(),
      clock,
      onPass: () => this.#keep(),
      onFail: async (error) => {
        this.#state = await takeBack(this.#state, error, this.#options)
        this.#options.restart()
      },
    })
  }

  #health(): Health {
    const heard = [...this.#answers]
    return {
      answering: heard.filter(([, answers]) => answers).map(([id]) => id),
      silent: heard.filter(([, answers]) => !answers).map(([id]) => id),
      uplinkConnected: this.#agent?.uplinkConnected() ?? false,
      refusedModels: this.#agent?.refusedModels() ?? [],
      isOutboxHealthy: this.#agent?.isOutboxHealthy() ?? false,
    }
  }

  async #keep(): Promise<void> {
    const { log, clock } = this.#options
    const next = kept(this.#state, clock.now())
    await saveState(next, this.#options).catch((thrown: unknown) => {
      log.error({ err: thrown }, 'a set that did well could not be kept; tried again')
      throw thrown
    })
    this.#state = next
    this.#afterTrial()
    this.#agent?.counters.add('deployments', next.handled?.results[0]?.result ?? 'applied')
    log.info({ revision: next.proven.revision }, 'a set has passed its probation and is kept')
    this.#changed()
    this.#work()
  }

  #changed(): void {
    this.#agent?.reportChanged()
  }

  #take(offer: Offer): void {
    this.#offers.set(sourceOf(offer), offer)
    if (sourceOf(offer) === hubSource) this.#isWithdrawn = false
    this.#isInterrupted = true
    this.#wake()
    this.#work()
  }

  /** One document after the other, and none while a set is on trial. */
  #work(): void {
    if (this.#working !== undefined || this.#agent === undefined) return
    this.#working = this.#dealWithAll().finally(() => {
      this.#working = undefined
      // What came after the last look at the offers and before this line.
      if (this.#offers.size > 0 && this.#state.trial === undefined && !this.#abort.signal.aborted) this.#work()
    })
  }

  async #dealWithAll(): Promise<void> {
    for (const [source, offer] of this.#offers) {
      if (this.#state.trial !== undefined || this.#abort.signal.aborted) return
      this.#offers.delete(source)
      this.#source = source
      this.#isInterrupted = false
      try {
        await this.#dealWith(offer)
      } catch (thrown) {
        if (this.#abort.signal.aborted) return
        this.#disbelieve(offer, toAppError(thrown, 'internal'), undefined)
        await this.#clearInbox(offer)
      }
      this.#progress = undefined
      this.#source = undefined
    }
  }

  /** From a document to the switch, or to the reason why not. */
  async #dealWith(offer: Offer): Promise<void> {
    const { files, places, clock, read } = this.#options
    const startedMs = clock.now()
    const documentFile = `${places.state}.offered`
    await files.makeFolder(places.inbox)
    await files.write(documentFile, offer.bytes)
    const { state, digest } = await read(documentFile, this.#abort.signal)
    if (!this.#isNews(offer, state, digest)) return this.#clearInbox(offer)
    const believed: Believed = { revision: state.revision, items: state.items, digest, startedMs }
    const outcome = await this.#staged(offer, state, believed, documentFile)
    // Another document came: it is looked at first, then this one again.
    if (outcome.kind === 'given-up') return this.#putBack(offer)
    if (outcome.kind === 'refused') await this.#refuse(believed, outcome.faults)
    else await this.#switchTo(believed, state)
    await this.#clearInbox(offer)
  }

  /** The hub has taken its offer back: what waits is forgotten, what is being staged goes on. */
  #withdraw(): void {
    this.#offers.delete(hubSource)
    if (this.#source !== hubSource) return
    this.#isWithdrawn = true
    this.#isInterrupted = true
    this.#wake()
  }

  #putBack(offer: Offer): void {
    if (this.#isWithdrawn && sourceOf(offer) === hubSource) {
      this.#progress = undefined
      return this.#changed()
    }
    if (!this.#offers.has(sourceOf(offer))) this.#offers.set(sourceOf(offer), offer)
  }

  /** False: it is the one that was dealt with already; or it is older, which is told. */
  #isNews(offer: Offer, { revision }: DesiredState, digest: string): boolean {
    const newest = newestRevision(this.#state)
    if (revision > newest) return true
    const handled = this.#state.handled
    const isSame = revision === handled?.revision && digest === handled.digest
    if (isSame && this.#refusal !== undefined) {
      this.#refusal = undefined
      this.#changed()
    }
    if (!isSame) {
      const message =
        revision === newest
          ? `revision ${revision} was dealt with already, with another content`
          : `it is revision ${revision}; ${newest} was dealt with already`
      this.#disbelieve(offer, new AppError('deployment.stale', message), revision)
    }
    return false
  }

  async #staged(
    offer: Offer,
    state: DesiredState,
    believed: Believed,
    documentFile: string,
  ): Promise<
    { readonly kind: 'refused'; readonly faults: readonly Fault[] } | { readonly kind: 'staged' | 'given-up' }
  > {
    const { settings, random } = this.#options
    const backoff = createBackoff({ baseMs: settings.retryBaseMs, capMs: settings.retryCapMs, random })
    let failures = 0
    while (!this.#abort.signal.aborted) {
      if (this.#isInterrupted) return { kind: 'given-up' }
      if (!this.#isOpen(offer, state)) {
        await this.#pause(believed, hoursMs, undefined)
        continue
      }
      this.#progressed(believed, 'staging', undefined)
      try {
        const answer = await this.#options.stage(this.#orderOf(offer, documentFile), this.#abort.signal)
        if (answer.kind === 'refused') return answer
        if (answer.kind === 'staged' && this.#isOpen(offer, state)) return { kind: 'staged' }
      } catch (thrown) {
        if (this.#abort.signal.aborted) break
        const error = toAppError(thrown, 'internal')
        this.#retried = believed.digest
        if (error.code !== 'uplink.refused') failures += 1
        if (failures >= maxAttempts) return { kind: 'refused', faults: [faultOf(error)] }
        await this.#tryAgainLater(believed, error, backoff)
      }
    }
    return { kind: 'given-up' }
  }

  async #tryAgainLater(believed: Believed, error: AppError, backoff: Backoff): Promise<void> {
    const waitMs = backoff.next()
    const { log } = this.#options
    const { code, message } = error
    log.warn({ revision: believed.revision, code, reason: message, waitMs: Math.round(waitMs) }, 'an update waits')
    this.#agent?.counters.add('deployment_retries', code)
    await this.#pause(believed, waitMs, faultOf(error))
  }

  #isOpen({ folder }: Offer, { window }: DesiredState): boolean {
    return folder !== undefined || isOpen(window, window?.zone ?? 'Asia/Tokyo', this.#options.clock.now())
  }

  #orderOf({ folder }: Offer, documentFile: string): StageOrder {
    const { proven, previous } = this.#state
    const sets = [proven, ...(previous === undefined ? [] : [previous])]
    return {
      documentFile,
      keep: sets.map(({ revision }) => revision),
      keepArtefacts: sets.flatMap(({ items }) => items.map(({ sha256 }) => sha256)),
      runningRevision: proven.revision,
      answering: this.#health().answering,
      folders: folder === undefined ? [] : [folder],
      isFromHub: folder === undefined,
    }
  }

  /** The one moment that decides what the next start takes. */
  async #switchTo(believed: Believed, { probationS }: DesiredState): Promise<void> {
    const { log, restart } = this.#options
    const { answering, uplinkConnected, refusedModels } = this.#health()
    const before = { answering, uplinkConnected, refusedModels }
    const retried = this.#retried === believed.digest
    const next = onTrial(this.#state, believed, { before, probationS, retried })
    await saveState(next, this.#options)
    this.#state = next
    log.info({ revision: believed.revision, probationS }, 'the gateway starts anew with another set')
    this.#changed()
    restart()
  }

  async #refuse(believed: Believed, faults: readonly Fault[]): Promise<void> {
    const { log, clock } = this.#options
    const next = refused(this.#state, believed, faults, clock.now())
    log.error({ revision: believed.revision, faults }, 'an update is refused; what ran goes on running')
    await saveState(next, this.#options).catch((thrown: unknown) => {
      log.error({ err: thrown }, 'a refusal could not be written; it is found out again at the next start')
    })
    this.#state = next
    this.#progress = undefined
    this.#refusal = undefined
    this.#agent?.counters.add('deployments', 'refused')
    this.#changed()
  }

  /** What is not believed leaves no trace but the reason. */
  #disbelieve({ bytes }: Offer, { code, message }: AppError, revision: number | undefined): void {
    const { log, clock } = this.#options
    log.error({ code, reason: message }, 'a desired state is not taken')
    this.#agent?.counters.add('deployments', Object.hasOwn(errorCodes, code) ? code : 'internal')
    const payload = createHash('sha256').update(bytes).digest('hex')
    this.#refusal = { code, message, payload, timeMs: clock.now(), ...(revision === undefined ? {} : { revision }) }
    this.#changed()
  }

  #progressed({ revision }: Believed, phase: Progress['phase'], fault: Fault | undefined): void {
    const isSame = this.#progress?.phase === phase && this.#progress.fault?.message === fault?.message
    this.#progress = { revision, phase, sinceMs: this.#options.clock.now(), fault }
    if (!isSame) this.#changed()
  }

  /** Ends early when another document comes or the agent stops. */
  async #pause(believed: Believed, delayMs: number, fault: Fault | undefined): Promise<void> {
    this.#progressed(believed, 'waiting', fault)
    if (this.#isInterrupted || this.#abort.signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = this.#options.clock.setTimer(resolve, delayMs)
    await promise
    timer.cancel()
  }

  /** A stick stays as it is; what `musubi deploy apply` put here is used up. Never rejects: another user may have put it here. */
  async #clearInbox({ folder }: Offer): Promise<void> {
    const { files, places, log } = this.#options
    if (folder !== places.inbox) return
    await files.remove(places.inbox).catch((thrown: unknown) => {
      log.warn(
        { folder, err: thrown },
        'an update that was dealt with could not be removed; it is known when it is seen again',
      )
    })
  }
}

const hubSource = 'hub'

function sourceOf({ folder }: Offer): string {
  return folder ?? hubSource
}

/** A device that speaks by itself more seldom than the probation lasts may well be heard only afterwards. */
function expectedDevices({ devices }: GatewayConfig, probationS: number): readonly string[] {
  return devices.filter(({ intervalS }) => intervalS <= probationS).map(({ id }) => id)
}
