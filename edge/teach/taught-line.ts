// One inspection line that learns: its recent frames, its examples, its teacher, and which revision judges it.
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import { eventLimits } from '../../broker/contract/event-limits.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { TeachConfig } from '../cameras/camera-config.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import type { Counters } from '../counters.ts'
import type { VisionHost } from '../vision/vision-host.ts'
import { defaultExampleLimits, ExampleStore, type Judgement, pictureId } from './example-store.ts'
import { NewPart, type PartNews } from './new-part.ts'
import type { OwnKey } from './own-key.ts'
import { partEvent } from './part-event.ts'
import { RecentFrames } from './recent-frames.ts'
import { RevisionStore } from './revisions.ts'
import { Teacher, type TeacherPorts, type TeachOutcome } from './teacher.ts'

export interface LinePlan {
  /** Of the inspection. */
  readonly id: string
  /** As configured, and its folder or archive. */
  readonly model: string
  readonly package: string
  readonly teach: TeachConfig
  /** Of this line alone. */
  readonly folder: string
  readonly trust: PackageTrust
  readonly key: OwnKey
}

export interface LinePorts {
  readonly emitEvent: (event: NewEvent) => void
  /** Another model judges: what is said of the line has changed. */
  readonly onChange?: () => void
  readonly refit: TeacherPorts['refit']
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

type Host = Pick<VisionHost, 'replace' | 'modelOf' | 'refused'>

/** What judges the line now, and how its examples were judged without it: out of its package. */
export interface TaughtFigures {
  readonly version: string
  /** What a person can go back to; absent: nothing of the same part. */
  readonly before?: string
  readonly good: number
  readonly bad: number
  readonly timeMs: number
  readonly falseRejects?: number
  readonly falsePasses?: number
  readonly auroc?: number
}

export class TaughtLine {
  readonly #plan: LinePlan
  readonly #ports: LinePorts
  readonly #frames: RecentFrames
  readonly #examples: ExampleStore
  readonly #revisions: RevisionStore
  readonly #teacher: Teacher
  #part: NewPart | undefined
  #figures: TaughtFigures | undefined
  /** While it is there, a correction was not learnt from: a refit follows the next start. */
  readonly #pendingFile: string
  #host: Host | undefined
  #checking: Promise<void> = Promise.resolve()
  #isResumed = false

  private constructor(plan: LinePlan, ports: LinePorts, frames: RecentFrames, revisions: RevisionStore) {
    const { good, bad, exampleBytes, examples } = plan.teach
    this.#plan = plan
    this.#ports = ports
    this.#frames = frames
    this.#revisions = revisions
    this.#examples = new ExampleStore(examples, {
      good: good ?? defaultExampleLimits.good,
      bad: bad ?? defaultExampleLimits.bad,
      bytes: exampleBytes ?? defaultExampleLimits.bytes,
    })
    this.#pendingFile = join(plan.folder, 'pending')
    this.#teacher = new Teacher(
      { id: plan.id, extractor: plan.package, examplesFolder: examples, trust: plan.trust },
      {
        ...ports,
        examples: this.#examples,
        revisions,
        key: plan.key,
        versionInUse: () => this.#host?.modelOf(plan.model)?.version,
        onActive: (folder) => this.#use(folder),
        onOutcome: (outcome) => this.#tell(outcome),
      },
    )
  }

  /** Throws AppError `store.unavailable` where the data folder cannot be used. */
  static async open(plan: LinePlan, ports: LinePorts): Promise<TaughtLine> {
    try {
      const limits = { frames: plan.teach.frames, bytes: plan.teach.frameBytes }
      const frames = await RecentFrames.open(join(plan.folder, 'frames'), limits, ports)
      const revisions = new RevisionStore(join(plan.folder, 'revisions'))
      const base = await baseOf(plan.package)
      if (base !== undefined && (await revisions.begin(base))) {
        ports.log.warn(
          { line: plan.id, model: plan.model },
          'another package is configured: what was taught is not used',
        )
      }
      const line = new TaughtLine(plan, ports, frames, revisions)
      await line.#openPart()
      await line.#readFigures()
      return line
    } catch (cause) {
      throw new AppError('store.unavailable', `${plan.folder} cannot be used`, { cause })
    }
  }

  /** The configured package, and the revision that is used in its place; undefined: that package itself. */
  async inUse(): Promise<readonly [model: string, folder: string | undefined]> {
    return [this.#plan.model, (await this.#revisions.active())?.folder]
  }

  get figures(): TaughtFigures | undefined {
    return this.#figures
  }

  /** How many frames of verdicts and examples of each judgement it keeps. */
  get keeps(): { readonly frames: number; readonly good: number; readonly bad: number } {
    const { frames, good, bad } = this.#plan.teach
    return { frames, good: good ?? defaultExampleLimits.good, bad: bad ?? defaultExampleLimits.bad }
  }

  /** The new part that is being taught here, if any. */
  get part(): NewPart {
    if (this.#part === undefined) throw new AppError('internal', 'the line is not open')
    return this.#part
  }

  /** The frame of a recent verdict. Throws AppError `frame.expired`. */
  async frame(id: string): Promise<Uint8Array> {
    const picture = await this.#frames.find(id)
    if (picture !== undefined) return picture
    const { frames } = this.#plan.teach
    throw new AppError(
      'frame.expired',
      `the gateway keeps the last ${frames} pictures of ${this.#plan.id}, and not this one`,
    )
  }

  /**
   * The new part that was fitted judges the line from the next frame on; the examples of the one before move to `parts/`. Throws
   * AppError `teach.state`, or `model.invalid` where it cannot be loaded: then nothing has changed.
   */
  async activatePart(): Promise<void> {
    const part = this.part
    const { folder, version, figures } = part.fitted()
    await this.#teacher.between(async () => {
      const revisions = this.#revisions
      const place = revisions.folderOf(version)
      await rm(place, { recursive: true, force: true })
      await cp(folder, place, { recursive: true })
      const atMs = this.#ports.clock.now()
      await revisions.activate({
        version,
        atMs,
        reason: `another part, ${figures.good} good and ${figures.bad} bad examples`,
      })
      try {
        await this.#use(place)
      } catch (thrown) {
        const { message } = toAppError(thrown, 'model.failed')
        await revisions.withdraw({ version, atMs, reason: message })
        await part.failed(message)
        throw thrown
      }
      await this.#handOver(part)
    })
  }

  /**
   * What judged the same part before the last refit judges it again; the examples stay. Throws AppError `teach.state` where there is
   * nothing to go back to, or `model.invalid` where it cannot be loaded: then nothing has changed.
   */
  async rollBack(): Promise<void> {
    await this.#teacher.between(async () => {
      const before = await this.#before()
      if (before === undefined) throw new AppError('teach.state', 'there is no earlier revision of this part')
      const reason = `a person went back from ${this.#figures?.version ?? ''} to ${before}`
      await this.#teacher.rollBack(reason)
      await this.#readFigures()
      this.#ports.onChange?.()
      this.#tell({
        version: before,
        atMs: this.#ports.clock.now(),
        outcome: 'rolled-back',
        reason,
        // It answers no correction.
        startedMs: 0,
        tookMs: 0,
        figures: undefined,
        more: true,
      })
    })
  }

  /** Gives the id by which a correction names the frame. */
  keep(bytes: Uint8Array): string {
    return this.#frames.keep(bytes, this.#ports.clock.now())
  }

  /** Throws AppError `frame.expired`, `limit.exceeded` or `store.unavailable`. */
  async correct(judgement: Judgement, frame: string): Promise<void> {
    const picture = (await this.#frames.find(frame)) ?? (await this.#example(frame))
    if (picture === undefined) {
      const { frames } = this.#plan.teach
      throw new AppError(
        'frame.expired',
        `the gateway keeps the last ${frames} pictures of ${this.#plan.id}, and not this one`,
      )
    }
    await writeFile(this.#pendingFile, '')
    await this.#teacher.correct(judgement, picture)
  }

  /** A correction was not meant so: its picture is no example any more. Throws AppError `store.unavailable`. */
  async withdraw(frame: string): Promise<void> {
    await writeFile(this.#pendingFile, '')
    await this.#teacher.withdrawExample(frame)
  }

  /** The host has loaded its models: a revision that it refuses gives way; what was not learnt before the start is learnt now. */
  modelsChanged(host: Host): void {
    this.#host = host
    this.#checking = this.#checking
      .then(() => this.#check(host))
      .catch((error: unknown) => {
        this.#ports.log.error({ err: error, line: this.#plan.id }, 'the taught revisions could not be checked')
      })
  }

  async stop(): Promise<void> {
    await this.#part?.stop()
    await this.#teacher.stop()
    await this.#checking
    await this.#frames.close()
  }

  async #check(host: Host): Promise<void> {
    const active = await this.#revisions.active()
    const refusal = active && host.refused.find(({ folder }) => folder === active.folder)
    if (active !== undefined && refusal !== undefined) {
      const atMs = this.#ports.clock.now()
      const record = { version: active.version, atMs, reason: refusal.message }
      await this.#teacher.withdraw(record)
      this.#tell({ ...record, outcome: 'failed', startedMs: atMs, tookMs: 0, figures: undefined, more: true })
      const next = await this.#revisions.active()
      // Where the one before is refused too, its own load says so and this is asked again.
      await host.replace(this.#plan.model, next?.folder ?? this.#plan.package)
    }
    if (this.#isResumed) return
    this.#isResumed = true
    if ((await readFile(this.#pendingFile).catch(() => undefined)) !== undefined) this.#teacher.refitSoon()
  }

  async #use(folder: string): Promise<void> {
    if (this.#host === undefined) throw new AppError('model.failed', 'nothing here judges frames')
    await this.#host.replace(this.#plan.model, folder)
    await this.#readFigures()
    this.#ports.onChange?.()
  }

  /** A stop between the switch and the end of the handing over is mended here. */
  async #openPart(): Promise<void> {
    const { folder, package: extractor, trust, key } = this.#plan
    const { frames: _, ...limits } = this.keeps
    const part = await NewPart.open(
      {
        folder: join(folder, 'new'),
        limits: { ...limits, bytes: this.#plan.teach.exampleBytes ?? defaultExampleLimits.bytes },
        extractor,
        trust,
        key,
      },
      {
        ...this.#ports,
        nextVersion: async () =>
          anotherPart(await this.#revisions.nextVersion(this.#host?.modelOf(this.#plan.model)?.version)),
        tell: (news) => this.#tellPart(news),
      },
    )
    this.#part = part
    const version = part.record?.fitted?.version
    if (version !== undefined && (await this.#revisions.active())?.version === version) await this.#handOver(part)
  }

  async #handOver(part: NewPart): Promise<void> {
    const { folder, teach } = this.#plan
    await this.#frames.clear()
    await part.handOver(teach.examples, join(folder, 'parts', `before-${part.record?.id ?? ''}`))
    await rm(this.#pendingFile, { force: true })
  }

  #tellPart(news: PartNews): void {
    this.#ports.emitEvent(partEvent(this.#plan.id, news, this.#ports.clock.now()))
  }

  /** What its manifest says of itself; nothing where it cannot be read. */
  async #readFigures(): Promise<void> {
    const place = (await this.#revisions.active())?.folder ?? this.#plan.package
    const found = figuresIn(await manifestOf(place))
    const before = await this.#before()
    this.#figures = found && { ...found, ...(before === undefined ? {} : { before }) }
  }

  /** The version that judged before the one in use, where it was taught the same part: another part raises the first number. */
  async #before(): Promise<string | undefined> {
    const [now, before = (await manifestOf(this.#plan.package)).version] = await this.#revisions.chain()
    if (now === undefined || before === undefined) return undefined
    return Number.parseInt(now, 10) === Number.parseInt(before, 10) ? before : undefined
  }

  /** A correction of a correction: the frame has gone, the example is there. */
  async #example(id: string): Promise<Uint8Array | undefined> {
    const found = (await this.#examples.list()).find((example) => example.id === id)
    const picture = found && (await readFile(found.path).catch(() => undefined))
    return picture !== undefined && pictureId(picture) === id ? picture : undefined
  }

  #tell({ version, outcome, reason, startedMs, tookMs, figures, more }: TeachOutcome): void {
    const { emitEvent, clock, log } = this.#ports
    const { id, model } = this.#plan
    const known = this.#host?.modelOf(model)
    const { good, bad, falseRejects, falsePasses, auroc, refused } = figures ?? {}
    const counts = { good, bad, falseRejects, falsePasses, auroc, unreadable: refused?.length }
    emitEvent({
      kind: 'teaching',
      source: id,
      timeMs: clock.now(),
      model: { id: known?.id ?? id, version },
      score: null,
      class: null,
      latencyMs: Math.max(0, tookMs),
      detail: {
        outcome,
        reason: reason.slice(0, eventLimits.detailText),
        startedMs,
        ...(known === undefined ? {} : { inUse: known.version }),
        ...Object.fromEntries(Object.entries(counts).filter((entry) => entry[1] !== undefined)),
      },
    })
    if (more) return
    rm(this.#pendingFile, { force: true }).catch((error: unknown) => {
      log.warn({ reason: toAppError(error, 'store.unavailable').message, line: id }, 'a mark could not be removed')
    })
  }
}

/** A version that no refit of the part before can take: those raise the last number alone. */
function anotherPart(version: string): string {
  return `${(Number.parseInt(version, 10) || 0) + 1}.0.0`
}

interface TaughtManifest {
  readonly version?: string
  readonly taught?: {
    readonly examples: { readonly good: number; readonly bad: number }
    readonly taughtMs: number
    readonly leaveOneOut?: { readonly falseRejects: number; readonly falsePasses: number; readonly auroc: number }
  }
}

/** Of an unpacked package; empty where it cannot be read. */
async function manifestOf(place: string): Promise<TaughtManifest> {
  try {
    return JSON.parse(await readFile(join(place, 'manifest.json'), 'utf8')) as TaughtManifest
  } catch {
    return {}
  }
}

function figuresIn({ version, taught }: TaughtManifest): TaughtFigures | undefined {
  if (version === undefined || taught === undefined) return undefined
  return { version, ...taught.examples, timeMs: taught.taughtMs, ...taught.leaveOneOut }
}

/** Undefined: it cannot be read, which the vision host tells. */
async function baseOf(place: string): Promise<string | undefined> {
  const bytes = await readFile(join(place, 'manifest.json')).catch(() => readFile(place).catch(() => undefined))
  return bytes && pictureId(bytes)
}
