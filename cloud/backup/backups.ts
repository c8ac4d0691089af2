// The back-ups of a running hub: one at a time, daily by itself or asked for, the newest kept, every outcome on record.
import { stat, statfs } from 'node:fs/promises'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { nextTimeOfDay } from '../calendar/local-time.ts'
import type { BackupNotice, NoticeSink } from '../notifications/notice.ts'
import { BackupCounters } from './backup-counters.ts'
import { BackupJournal, type BackupRun } from './backup-journal.ts'
import type { BackupManifest } from './backup-manifest.ts'
import { noticeOfEnd, noticeOfTrouble } from './backup-notice.ts'
import { type BackupProgress, type BackupRequest, type BackupSources, makeBackup } from './backup-run.ts'
import { backupIdAt, clearLeftovers, removeOldest, wholeBackups } from './backup-shelf.ts'

export interface BackupSettings {
  readonly dataFolder: string
  readonly storeFile: string | undefined
  readonly databaseFile: string | undefined
  readonly imagesElsewhere: boolean
  /** Where back-ups go; it exists. Undefined: this hub makes none. */
  readonly shelf: string | undefined
  /** Minutes since midnight in Japan; undefined: only when asked. */
  readonly dailyMinute: number | undefined
  /** The newest so many stay. */
  readonly keep: number
}

interface Dependencies extends Pick<BackupSources, 'store' | 'database'> {
  /** Where it is told that none comes to anything. */
  readonly notices: Pick<NoticeSink, 'take'>
  readonly clock: Clock
  readonly log: Log
}

interface Running {
  readonly request: BackupRequest
  readonly startedMs: number
  progress: BackupProgress
}

const timeZone = 'Asia/Tokyo'
const listedRuns = 100
/** After the back-up of a day has failed. */
const againAfterMs = 3_600_000
const dayMs = 24 * 3_600_000
/** The clock of the machine may be set meanwhile: it is looked at again after so long. */
const longestWaitMs = 3_600_000

export class Backups {
  readonly settings: BackupSettings
  readonly #dependencies: Dependencies
  readonly #journal: BackupJournal
  readonly #counters = new BackupCounters()
  readonly #stopping = new AbortController()
  #running: Running | undefined
  #work: Promise<void> = Promise.resolve()
  #looked: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  #nextMs: number | undefined
  #notRemoved = 0

  constructor(settings: BackupSettings, dependencies: Dependencies) {
    this.settings = settings
    this.#dependencies = dependencies
    this.#journal = new BackupJournal(dependencies.database)
  }

  get sources(): BackupSources {
    return { ...this.settings, ...this.#dependencies }
  }

  get metrics() {
    return this.#counters.registry
  }

  /** When the next one is made without being asked for, Unix ms. */
  get nextMs(): number | undefined {
    return this.#nextMs
  }

  /** How much stays on the shelf that should be away. */
  get notRemoved(): number {
    return this.#notRemoved
  }

  get running(): (Omit<Running, 'request'> & Pick<BackupRequest, 'id' | 'by' | 'cause'>) | undefined {
    if (this.#running === undefined) return undefined
    const { request, startedMs, progress } = this.#running
    return { ...request, startedMs, progress }
  }

  /** Never waits for the shelf, which may lie on a disk that does not answer. */
  start(): void {
    const { shelf } = this.settings
    if (shelf === undefined) return
    this.#schedule(this.#nextDailyMs())
    const looking = this.#look(shelf).catch((thrown: unknown) => this.#fault(toAppError(thrown, 'backup.target')))
    this.#looked = Promise.all([looking, this.#tellOfKills()]).then(() => undefined)
  }

  /** What an earlier run of the hub has left: whole ones, and one that was cut off. */
  async #look(shelf: string): Promise<void> {
    const [newest] = await wholeBackups(shelf)
    if (newest !== undefined) this.#counters.found(newest)
    this.#stayed(await clearLeftovers(shelf))
    const isMissed = this.#dependencies.clock.now() >= (newest?.startedMs ?? 0) + dayMs
    // Else a machine that is off at night would never make one.
    if (isMissed && this.#nextMs !== undefined) this.#scheduleAgain()
  }

  /** Cuts off one that is being made; nothing of it is taken for a back-up. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#stopping.abort()
    await this.#work
  }

  /** Begins one, and resolves when it is on record. Throws `backup.busy`, `backup.target` where there is no place for it. */
  async begin(cause: BackupRequest['cause'], by: string): Promise<BackupRequest> {
    const { clock } = this.#dependencies
    const { shelf } = this.settings
    if (shelf === undefined) throw new AppError('backup.target', 'the hub was started without --backups FOLDER')
    if (this.#running !== undefined) throw new AppError('backup.busy', 'a back-up is being made already')
    const startedMs = clock.now()
    const request: BackupRequest = { cause, by, id: backupIdAt(startedMs) }
    this.#running = { request, startedMs, progress: { phase: 'measuring', bytes: 0, ofBytes: 0 } }
    const begun = this.#journal.begin({ ...request, startedMs })
    this.#work = this.#run(shelf, request, begun)
    await begun
    return request
  }

  async list(): Promise<{ readonly whole: readonly BackupManifest[]; readonly runs: readonly BackupRun[] }> {
    const { shelf } = this.settings
    const runs = await this.#journal.list(listedRuns)
    // The runs are on record also where the shelf cannot be reached, which `place` tells.
    return { runs, whole: shelf === undefined ? [] : await wholeBackups(shelf).catch(() => []) }
  }

  /** Of the shelf: what is free there, and whether it lies on the same disk as the data. Throws `backup.target`. */
  async place(): Promise<{ readonly freeBytes: number; readonly isSameDisk: boolean }> {
    const { shelf = '', dataFolder } = this.settings
    try {
      const { bavail, bsize } = await statfs(shelf)
      const [there, here] = await Promise.all([stat(shelf), stat(dataFolder)])
      return { freeBytes: bavail * bsize, isSameDisk: there.dev === here.dev }
    } catch (thrown) {
      throw new AppError('backup.target', `${shelf} cannot be read: is its disk mounted?`, { cause: thrown })
    }
  }

  /** `begun` throws for whoever asked. */
  async #run(shelf: string, request: BackupRequest, begun: Promise<void>): Promise<void> {
    const { clock, log } = this.#dependencies
    const isBegun = await begun.then(
      () => true,
      () => false,
    )
    const fault = isBegun ? await this.#make(shelf, request) : undefined
    if (isBegun) {
      await this.#settle(request.id, clock.now(), fault).catch((thrown: unknown) => {
        log.error({ err: thrown, id: request.id }, 'the outcome of a back-up could not be recorded')
      })
    }
    this.#running = undefined
    if (request.cause === 'schedule' && fault !== undefined) this.#scheduleAgain()
  }

  async #settle(id: string, nowMs: number, fault: AppError | undefined): Promise<void> {
    const trouble = await this.#journal.end(id, nowMs, fault)
    // A hub that stops cuts its back-up off, which the next start tells of where it was not the first.
    if (trouble === undefined || this.#stopping.signal.aborted) return
    this.#tell(fault === undefined ? noticeOfEnd(trouble, nowMs) : noticeOfTrouble(trouble, fault.code, nowMs))
  }

  /** Of those in which the hub was killed nobody was told. */
  async #tellOfKills(): Promise<void> {
    const { clock, log } = this.#dependencies
    const trouble = await this.#journal.trouble().catch((thrown: unknown) => {
      log.error({ err: thrown }, 'what became of earlier back-ups cannot be read')
      return undefined
    })
    if (trouble !== undefined) this.#tell(noticeOfTrouble(trouble, undefined, clock.now()))
  }

  #tell(notice: BackupNotice | undefined): void {
    if (notice !== undefined) this.#dependencies.notices.take(notice)
  }

  /** What it failed of. */
  async #make(shelf: string, request: BackupRequest): Promise<AppError | undefined> {
    const { clock, log } = this.#dependencies
    try {
      await this.#looked
      this.#stayed(await clearLeftovers(shelf))
      const { signal } = this.#stopping
      const onProgress = (progress: BackupProgress): void => {
        if (this.#running !== undefined) this.#running.progress = progress
      }
      const { sources } = this
      const manifest = await makeBackup({ sources, request, shelf, clock, signal, onProgress })
      this.#counters.made(manifest)
      const { list, newBytes, startedMs, finishedMs } = manifest
      log.info({ id: request.id, ...list, newBytes, tookMs: finishedMs - startedMs }, 'a back-up was made')
    } catch (thrown) {
      const fault = toAppError(thrown, 'backup.target')
      this.#fault(fault)
      return fault
    }
    await this.#removeOld(shelf, request.id)
    return undefined
  }

  /** What was made is whole, also where an old one cannot be removed. */
  async #removeOld(shelf: string, madeId: string): Promise<void> {
    const { log } = this.#dependencies
    try {
      const left = this.#notRemoved
      const { removed, faults } = await removeOldest(shelf, this.settings.keep, madeId)
      if (removed.length > 0) log.info({ removed }, 'old back-ups were removed')
      this.#stayed(faults, left)
    } catch (thrown) {
      log.error({ err: thrown }, 'old back-ups could not be removed')
    }
  }

  /** `besides`: what was found to stay in the same run before. */
  #stayed(faults: readonly AppError[], besides = 0): void {
    this.#notRemoved = besides + faults.length
    this.#counters.notRemoved(this.#notRemoved)
    for (const fault of faults) this.#dependencies.log.error({ err: fault }, 'an old back-up could not be removed')
  }

  #fault(fault: AppError): void {
    this.#counters.failed(fault.code)
    this.#dependencies.log.error({ err: fault, code: fault.code }, 'a back-up failed')
  }

  /** Infinity: never. */
  #nextDailyMs(): number {
    const { dailyMinute } = this.settings
    if (dailyMinute === undefined) return Infinity
    return nextTimeOfDay(this.#dependencies.clock.now(), dailyMinute, timeZone)
  }

  #scheduleAgain(): void {
    this.#schedule(Math.min(this.#dependencies.clock.now() + againAfterMs, this.#nextDailyMs()))
  }

  #schedule(atMs: number): void {
    if (this.#stopping.signal.aborted || atMs === Infinity) return
    const { clock } = this.#dependencies
    this.#timer?.cancel()
    this.#nextMs = atMs
    const waitMs = Math.min(longestWaitMs, Math.max(0, atMs - clock.now()))
    this.#timer = clock.setTimer(() => void this.#due(atMs), waitMs)
  }

  async #due(atMs: number): Promise<void> {
    const dailyMs = this.#nextDailyMs()
    // The clock of the machine may have been put back meanwhile, by years too.
    if (this.#dependencies.clock.now() < atMs) return this.#schedule(Math.min(atMs, dailyMs))
    this.#schedule(dailyMs)
    await this.begin('schedule', 'hub').catch((thrown: unknown) => {
      const fault = toAppError(thrown, 'store.unavailable')
      // One that somebody asked for is being made, and may fail.
      if (fault.code !== 'backup.busy') this.#fault(fault)
      this.#scheduleAgain()
    })
  }
}
