// The care for the sets of a running gateway: what runs, what is on trial and judged, and what the hub is told of it; documents come by offers.ts.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { DesiredState } from '../../broker/contract/desired-state.ts'
import type { Timer } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import type { GatewayConfig } from '../config.ts'
import type { Counters } from '../counters.ts'
import { type BootPorts, chooseStart, saveState, type Start, takeBack } from './boot.ts'
import {
  type Believed,
  type DeploymentState,
  type Fault,
  kept,
  onTrial,
  refused,
  runningSet,
} from './deployment-state.ts'
import { watchFolders } from './offer.ts'
import { type OfferOptions, Offers } from './offers.ts'
import { type Health, startProbation } from './probation.ts'
import { reportedState } from './reported-state.ts'
import type { SetConfigPlaces } from './set-config.ts'
import { documentFileName } from './set-places.ts'

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

/** `settings` are those of gateway.yaml itself. */
export interface DeploymentOptions extends BootPorts, OfferOptions {
  readonly identity: GatewayConfig['identity']
  /** Absolute path of gateway.yaml. */
  readonly base: string
  /** Of the program that runs, for the report. */
  readonly agentVersion: string
  readonly restart: () => void
  /** Ends the process when its main thread stands still, until cancelled. */
  readonly watchForHang: () => Timer
}

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
  readonly #offers: Offers
  #afterTrial: () => void = () => undefined

  constructor(options: DeploymentOptions, { config, state }: Start) {
    this.#options = options
    this.config = config
    this.#state = state
    this.#offers = new Offers(options, {
      state: () => this.#state,
      answering: () => this.#health().answering,
      refuse: (...given) => this.#refuse(...given),
      switchTo: (...given) => this.#switchTo(...given),
      changed: () => this.#changed(),
      count: (name, reason) => this.#agent?.counters.add(name, reason),
    })
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
    if (payload.length === 0) return this.#offers.withdraw()
    // The payload is the client's own buffer, which it may use again.
    this.#offers.take({ bytes: Uint8Array.from(payload), folder: undefined })
  }

  report(): Uint8Array {
    const { clock, agentVersion: agent } = this.#options
    const { progress, refusal } = this.#offers
    const now = { progress, refusal, nowMs: clock.now(), agent }
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
      onOffer: (offer) => this.#offers.take(offer),
    })
    this.#offers.open()
    return async () => {
      probation?.cancel()
      this.#afterTrial()
      watch.cancel()
      await this.#offers.close()
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
    this.#offers.work()
  }

  #changed(): void {
    this.#agent?.reportChanged()
  }

  /** The one moment that decides what the next start takes. */
  async #switchTo(believed: Believed, { probationS }: DesiredState, retried: boolean): Promise<void> {
    const { log, restart } = this.#options
    const { answering, uplinkConnected, refusedModels } = this.#health()
    const before = { answering, uplinkConnected, refusedModels }
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
    this.#agent?.counters.add('deployments', 'refused')
  }
}

/** A device that speaks by itself more seldom than the probation lasts may well be heard only afterwards. */
function expectedDevices({ devices }: GatewayConfig, probationS: number): readonly string[] {
  return devices.filter(({ intervalS }) => intervalS <= probationS).map(({ id }) => id)
}
