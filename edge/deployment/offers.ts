// The documents that wait at a gateway and the one that it deals with: believed or not, staged in its hours, tried again, switched to or refused.
import { createHash } from 'node:crypto'
import { AppError, errorCodes, toAppError } from '../../broker/contract/app-error.ts'
import type { DesiredState } from '../../broker/contract/desired-state.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { isOpen } from '../images/upload-hours.ts'
import { type Backoff, createBackoff } from '../uplink/backoff.ts'
import type { DeploymentConfig } from './deployment-config.ts'
import { type Believed, type DeploymentState, type Fault, faultOf, newestRevision } from './deployment-state.ts'
import type { FilePort } from './file-port.ts'
import type { Offer } from './offer.ts'
import type { Progress, Refusal } from './reported-state.ts'
import type { SetPlaces } from './set-places.ts'
import type { ReadAnswer, StageAnswer } from './update-messages.ts'

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

/** What becomes of a document is decided elsewhere, where the set that runs is known. */
export interface OfferPorts {
  readonly state: () => DeploymentState
  /** Ids of the devices that answer now. */
  readonly answering: () => readonly string[]
  /** Its parts, or some of them, may not run. Rejects never. */
  readonly refuse: (believed: Believed, faults: readonly Fault[]) => Promise<void>
  /** It is staged and checked; `retried`: something had to be done twice. */
  readonly switchTo: (believed: Believed, desired: DesiredState, retried: boolean) => Promise<void>
  /** What is reported has changed. */
  readonly changed: () => void
  readonly count: (name: string, reason: string) => void
}

export interface OfferOptions {
  readonly settings: DeploymentConfig
  readonly files: FilePort
  readonly places: SetPlaces
  readonly read: (documentFile: string, signal: AbortSignal) => Promise<ReadAnswer>
  readonly stage: (request: StageOrder, signal: AbortSignal) => Promise<StageAnswer>
  readonly clock: Clock
  readonly log: Log
  /** [0, 1), for jitter. */
  readonly random: () => number
}

/** Attempts of what another one may mend, other than reaching the hub: that is tried for as long as it takes. */
const maxAttempts = 3
/** How often closed hours are looked at again. */
const hoursMs = 30_000

export class Offers {
  readonly #options: OfferOptions
  readonly #ports: OfferPorts
  #progress: Progress | undefined
  #refusal: Refusal | undefined
  /** By where they come from. Bound: one of each source. Overflow: a newer document takes the place of one that waits. Owner: this. */
  readonly #offers = new Map<string, Offer>()
  /** A document has come since the present one was begun. */
  #isInterrupted = false
  /** Of the document that is being dealt with. */
  #source: string | undefined
  /** The hub has taken back what it offered last. */
  #isWithdrawn = false
  /** The document of which something had to be done twice, by its digest: it may come again in between. */
  #retried: string | undefined
  #isOpenForWork = false
  #working: Promise<void> | undefined
  #wake: () => void = () => undefined
  readonly #abort = new AbortController()

  constructor(options: OfferOptions, ports: OfferPorts) {
    this.#options = options
    this.#ports = ports
  }

  /** For the report: the document on its way. */
  get progress(): Progress | undefined {
    return this.#progress
  }

  /** For the report: the document that was not believed. */
  get refusal(): Refusal | undefined {
    return this.#refusal
  }

  /** From here on documents are dealt with, while no set is on trial. */
  open(): void {
    this.#isOpenForWork = true
    this.work()
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#abort.abort()
    this.#wake()
    await this.#working
  }

  take(offer: Offer): void {
    this.#offers.set(sourceOf(offer), offer)
    if (sourceOf(offer) === hubSource) this.#isWithdrawn = false
    this.#isInterrupted = true
    this.#wake()
    this.work()
  }

  /** One document after the other, and none while a set is on trial. */
  work(): void {
    if (this.#working !== undefined || !this.#isOpenForWork) return
    this.#working = this.#dealWithAll().finally(() => {
      this.#working = undefined
      // What came after the last look at the offers and before this line.
      if (this.#offers.size > 0 && this.#ports.state().trial === undefined && !this.#abort.signal.aborted) this.work()
    })
  }

  async #dealWithAll(): Promise<void> {
    for (const [source, offer] of this.#offers) {
      if (this.#ports.state().trial !== undefined || this.#abort.signal.aborted) return
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
    else await this.#ports.switchTo(believed, state, this.#retried === believed.digest)
    await this.#clearInbox(offer)
  }

  async #refuse(believed: Believed, faults: readonly Fault[]): Promise<void> {
    await this.#ports.refuse(believed, faults)
    this.#progress = undefined
    this.#refusal = undefined
    this.#ports.changed()
  }

  /** The hub has taken its offer back: what waits is forgotten, what is being staged goes on. */
  withdraw(): void {
    this.#offers.delete(hubSource)
    if (this.#source !== hubSource) return
    this.#isWithdrawn = true
    this.#isInterrupted = true
    this.#wake()
  }

  #putBack(offer: Offer): void {
    if (this.#isWithdrawn && sourceOf(offer) === hubSource) {
      this.#progress = undefined
      return this.#ports.changed()
    }
    if (!this.#offers.has(sourceOf(offer))) this.#offers.set(sourceOf(offer), offer)
  }

  /** False: it is the one that was dealt with already; or it is older, which is told. */
  #isNews(offer: Offer, { revision }: DesiredState, digest: string): boolean {
    const newest = newestRevision(this.#ports.state())
    if (revision > newest) return true
    const handled = this.#ports.state().handled
    const isSame = revision === handled?.revision && digest === handled.digest
    if (isSame && this.#refusal !== undefined) {
      this.#refusal = undefined
      this.#ports.changed()
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
    this.#ports.count('deployment_retries', code)
    await this.#pause(believed, waitMs, faultOf(error))
  }

  #isOpen({ folder }: Offer, { window }: DesiredState): boolean {
    return folder !== undefined || isOpen(window, window?.zone ?? 'Asia/Tokyo', this.#options.clock.now())
  }

  #orderOf({ folder }: Offer, documentFile: string): StageOrder {
    const { proven, previous } = this.#ports.state()
    const sets = [proven, ...(previous === undefined ? [] : [previous])]
    return {
      documentFile,
      keep: sets.map(({ revision }) => revision),
      keepArtefacts: sets.flatMap(({ items }) => items.map(({ sha256 }) => sha256)),
      runningRevision: proven.revision,
      answering: this.#ports.answering(),
      folders: folder === undefined ? [] : [folder],
      isFromHub: folder === undefined,
    }
  }

  /** What is not believed leaves no trace but the reason. */
  #disbelieve({ bytes }: Offer, { code, message }: AppError, revision: number | undefined): void {
    const { log, clock } = this.#options
    log.error({ code, reason: message }, 'a desired state is not taken')
    this.#ports.count('deployments', Object.hasOwn(errorCodes, code) ? code : 'internal')
    const payload = createHash('sha256').update(bytes).digest('hex')
    this.#refusal = { code, message, payload, timeMs: clock.now(), ...(revision === undefined ? {} : { revision }) }
    this.#ports.changed()
  }

  #progressed({ revision }: Believed, phase: Progress['phase'], fault: Fault | undefined): void {
    const isSame = this.#progress?.phase === phase && this.#progress.fault?.message === fault?.message
    this.#progress = { revision, phase, sinceMs: this.#options.clock.now(), fault }
    if (!isSame) this.#ports.changed()
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
