// Teaching a line a part that it has not seen: pictures are gathered over minutes or days, a head is fitted beside the one in use, and a person takes it into use or throws it away.
import { cp, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import { type ExampleLimits, ExampleStore, type Judgement } from './example-store.ts'
import type { OwnKey } from './own-key.ts'
import type { RefitAnswer, RefitRequest, TaughtName } from './refit-messages.ts'

type PartFigures = Omit<RefitAnswer, 'worse'>

/** collecting: pictures are gathered. fitting: a process fits. fitted: it may be taken into use. */
type PartStage = 'collecting' | 'fitting' | 'fitted'

interface PartRecord extends TaughtName {
  readonly stage: PartStage
  readonly beganMs: number
  /** Of the head that was fitted last; undefined: none, or pictures have come since. */
  readonly fitted?: { readonly version: string; readonly figures: PartFigures }
  /** Why the last step did not work, for a person. */
  readonly fault?: string
}

/** What is told of each step: for the event that the hub keeps. */
export interface PartNews {
  readonly record: PartRecord
  /** `activated` and `discarded`: it is over. */
  readonly stage: PartStage | 'activated' | 'discarded'
  readonly good: number
  readonly bad: number
  readonly change?: {
    readonly kind: 'added' | 'removed'
    readonly example: string
    readonly judgement: Judgement
    /** The command whose file shows it, where the picture may leave the gateway. */
    readonly command?: string
  }
}

interface NewPartPlan {
  /** Of this teaching alone; it is removed when the teaching is over. */
  readonly folder: string
  readonly limits: ExampleLimits
  /** The package that the line is configured with: its extractor is kept. */
  readonly extractor: string
  readonly trust: PackageTrust
  readonly key: OwnKey
}

interface NewPartPorts {
  readonly refit: (request: RefitRequest, signal: AbortSignal) => Promise<RefitAnswer>
  /** The version for a head of another part. */
  readonly nextVersion: () => Promise<string>
  readonly tell: (news: PartNews) => void
  readonly clock: Clock
  readonly log: Log
}

/** One at a time for a line, on disk with every step: a restart goes on where it was. */
export class NewPart {
  readonly #plan: NewPartPlan
  readonly #ports: NewPartPorts
  readonly #examples: ExampleStore
  readonly #end = new AbortController()
  #record: PartRecord | undefined
  #fitting: Promise<void> | undefined

  private constructor(plan: NewPartPlan, ports: NewPartPorts, record: PartRecord | undefined) {
    this.#plan = plan
    this.#ports = ports
    this.#record = record
    this.#examples = new ExampleStore(join(plan.folder, 'examples'), plan.limits)
  }

  static async open(plan: NewPartPlan, ports: NewPartPorts): Promise<NewPart> {
    const text = await readFile(join(plan.folder, 'part.json'), 'utf8').catch(() => undefined)
    const record = text === undefined ? undefined : (JSON.parse(text) as PartRecord)
    const part = new NewPart(plan, ports, record)
    if (record?.stage === 'fitting') {
      await part.#set({ ...record, stage: 'collecting', fault: 'the gateway was stopped while it learnt' })
      await part.#tell()
    }
    return part
  }

  get record(): PartRecord | undefined {
    return this.#record
  }

  /** Throws AppError `teach.state` while another part is being taught. */
  async begin(labels: TaughtName['labels']): Promise<void> {
    const { clock } = this.#ports
    if (this.#record !== undefined) {
      throw new AppError('teach.state', `"${this.#record.labels.en}" is being taught: activate or discard it first`)
    }
    await rm(this.#plan.folder, { recursive: true, force: true })
    await mkdir(this.#plan.folder, { recursive: true })
    const beganMs = clock.now()
    const id = `part-${new Date(beganMs).toISOString().replaceAll(/\D/g, '').slice(0, 14)}`
    await this.#set({ id, labels, stage: 'collecting', beganMs })
    await this.#tell()
  }

  /** Gives the id of the example. Throws as ExampleStore.add, and `teach.state`. */
  async add(judgement: Judgement, picture: Uint8Array, command?: string): Promise<string> {
    const record = this.#resting()
    const { example } = await this.#examples.add(judgement, picture, this.#ports.clock.now())
    await this.#set(collecting(record))
    const shown = command === undefined ? {} : { command }
    await this.#tell({ kind: 'added', example: example.id, judgement, ...shown })
    return example.id
  }

  /** Throws `not-found`, `teach.state`. */
  async remove(id: string): Promise<void> {
    const record = this.#resting()
    const removed = await this.#examples.remove(id)
    if (removed === undefined) throw new AppError('not-found', `there is no example ${id}`)
    await this.#set(collecting(record))
    await this.#tell({ kind: 'removed', example: id, judgement: removed.judgement })
  }

  /** Begins to fit in the background; what became of it is told. Throws `teach.state`. */
  async fit(): Promise<void> {
    const record = this.#resting()
    const fitting = { ...collecting(record), stage: 'fitting' as const }
    await this.#set(fitting)
    await this.#tell()
    this.#fitting = this.#fit(fitting).finally(() => {
      this.#fitting = undefined
    })
  }

  /** Folder of the fitted revision. Throws `teach.state` where nothing is fitted. */
  fitted(): { readonly folder: string; readonly version: string; readonly figures: PartFigures } {
    const { fitted } = this.#resting()
    if (fitted === undefined) throw new AppError('teach.state', 'nothing is fitted yet: give examples, then fit')
    return { folder: join(this.#plan.folder, 'revision'), ...fitted }
  }

  /** Its examples become those of the line; what was there moves to `archive`. Then the teaching is over. */
  async handOver(examples: string, archive: string): Promise<void> {
    const counts = await this.#counts()
    for (const judgement of ['good', 'bad'] as const) {
      const [from, to] = [join(this.#plan.folder, 'examples', judgement), join(examples, judgement)]
      await moved(to, join(archive, judgement))
      await moved(from, to)
    }
    await this.#over('activated', counts)
  }

  /** It could not be taken into use: it may be fitted again. */
  async failed(reason: string): Promise<void> {
    if (this.#record === undefined) return
    await this.#set({ ...collecting(this.#record), fault: reason })
    await this.#tell()
  }

  /** Throws `teach.state` where nothing is being taught. */
  async discard(): Promise<void> {
    if (this.#record === undefined) throw new AppError('teach.state', 'no part is being taught')
    this.#end.signal.throwIfAborted()
    this.#abortFit?.()
    await this.#fitting
    await this.#over('discarded', await this.#counts())
  }

  async stop(): Promise<void> {
    this.#end.abort(new AppError('model.failed', 'the gateway stops'))
    await this.#fitting
  }

  #abortFit: (() => void) | undefined

  /** Never rejects. */
  async #fit(record: PartRecord): Promise<void> {
    const { refit, nextVersion, clock, log } = this.#ports
    const { folder, extractor, trust, key } = this.#plan
    const own = new AbortController()
    this.#abortFit = () => own.abort(new AppError('model.failed', 'it was discarded'))
    const signal = AbortSignal.any([this.#end.signal, own.signal])
    try {
      const version = await nextVersion()
      const answer = await refit(
        {
          examples: join(folder, 'examples'),
          current: extractor,
          out: join(folder, 'revision'),
          version,
          model: { id: record.id, labels: record.labels },
          isAnotherPart: true,
          nowMs: clock.now(),
          privateKeyFile: key.privateFile,
          trust: { ...trust, keyFiles: [...trust.keyFiles, key.publicFile] },
        },
        signal,
      )
      const { worse: _, ...figures } = answer
      await this.#set({ ...record, stage: 'fitted', fitted: { version, figures } })
    } catch (thrown) {
      if (signal.aborted) return
      const { message } = toAppError(thrown, 'model.failed')
      log.warn({ taught: record.id, reason: message }, 'a new part could not be learnt')
      await this.#set({ ...record, stage: 'collecting', fault: message }).catch(() => undefined)
    }
    await this.#tell().catch((error: unknown) => log.error({ err: error }, 'what was learnt could not be told'))
  }

  /** Throws `teach.state` where nothing is being taught, or while it fits. */
  #resting(): PartRecord {
    if (this.#record === undefined) throw new AppError('teach.state', 'no part is being taught: begin with its name')
    if (this.#record.stage === 'fitting') throw new AppError('teach.state', 'it is learning: wait until it is done')
    return this.#record
  }

  async #over(
    stage: 'activated' | 'discarded',
    counts: { readonly good: number; readonly bad: number },
  ): Promise<void> {
    const record = this.#record
    if (record === undefined) return
    const news = { record, stage, ...counts }
    this.#record = undefined
    await rm(this.#plan.folder, { recursive: true, force: true })
    this.#ports.tell(news)
  }

  async #tell(change?: PartNews['change']): Promise<void> {
    const record = this.#record
    if (record === undefined) return
    const counts = await this.#counts()
    this.#ports.tell({ record, stage: record.stage, ...counts, ...(change === undefined ? {} : { change }) })
  }

  async #counts(): Promise<{ readonly good: number; readonly bad: number }> {
    const list = await this.#examples.list()
    const count = (judgement: Judgement) => list.filter((example) => example.judgement === judgement).length
    return { good: count('good'), bad: count('bad') }
  }

  /** Throws `store.unavailable`. */
  async #set(record: PartRecord): Promise<void> {
    const path = join(this.#plan.folder, 'part.json')
    try {
      const file = await open(`${path}.part`, 'w')
      try {
        await file.writeFile(`${JSON.stringify(record, undefined, 2)}\n`)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.part`, path)
    } catch (cause) {
      throw new AppError('store.unavailable', `${path} cannot be written`, { cause })
    }
    this.#record = record
  }
}

/** Without what no longer holds once its pictures are others. */
function collecting({ id, labels, beganMs }: PartRecord): PartRecord {
  return { id, labels, beganMs, stage: 'collecting' }
}

/** Copied and removed: the folders may lie on different disks. Nothing where there is nothing. */
async function moved(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  try {
    await cp(from, to, { recursive: true, preserveTimestamps: true })
  } catch (thrown) {
    if (!isSystemFault(thrown, 'ENOENT')) throw thrown
  }
  await rm(from, { recursive: true, force: true })
}
