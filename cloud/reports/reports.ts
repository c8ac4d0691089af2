// Citizens' reports of a hub, put together: the book, its photos, the orders that mend what they tell of, and what is old.
import { Counter, Registry } from 'prom-client'
import { AppError } from '../../broker/contract/app-error.ts'
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Severity } from '../alarms/rules/rule.ts'
import type { NoticeSink } from '../notifications/notice.ts'
import { type PhotoLimits, PhotoBook } from '../images/photo-book.ts'
import type { OpenData } from '../open-data/open-data.ts'
import { leftOutError, PhotoShield } from '../photo-privacy/photo-shield.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { WorkOrder } from '../work-orders/work-order.ts'
import type { WorkOrders } from '../work-orders/work-orders.ts'
import { type CitizenReport, stateByOrder } from './report.ts'
import { type GivenReport, ReportBook } from './report-book.ts'
import { kindTitles, noticeOfReport } from './report-notice.ts'
import type { ReportSettings } from './report-settings.ts'

export interface ReportsDependencies {
  readonly settings: ReportSettings
  readonly photoFolder: string
  readonly photoLimits: PhotoLimits | undefined
  /** Its own where absent. */
  readonly shield?: PhotoShield | undefined
  readonly database: HubDatabase
  readonly workOrders: Pick<WorkOrders, 'openFor' | 'find' | 'onMove'>
  readonly openData: Pick<OpenData, 'places' | 'book'>
  /** Absent: nobody is told of a report. */
  readonly notices?: Pick<NoticeSink, 'take' | 'flush'> | undefined
  readonly clock: Clock
  readonly log: Log
}

interface GivenOrder {
  readonly title: string | undefined
  readonly severity: Severity | undefined
  readonly assignee: string | undefined
  readonly by: string | undefined
}

const firstAfterMs = 120_000
const everyMs = 3_600_000
const toldAgainMs = 24 * 3_600_000
const titleLength = 60

export class Reports {
  readonly book: ReportBook
  readonly photos: PhotoBook
  readonly metrics: Registry
  readonly #shield: PhotoShield
  readonly settings: ReportSettings
  readonly #dependencies: ReportsDependencies
  #timer: Timer | undefined
  #running = Promise.resolve()
  #stopped = false
  /** Reports whose orders are being opened: two people at once make one order. */
  readonly #ordering = new Set<string>()

  constructor(dependencies: ReportsDependencies) {
    const { settings, photoFolder: folder, photoLimits: limits, database, clock, log } = dependencies
    this.#dependencies = dependencies
    this.settings = settings
    this.#shield = dependencies.shield ?? new PhotoShield({ clock, log })
    const clean = (bytes: Buffer) => coveredOrThrow(this.#shield, bytes)
    this.photos = new PhotoBook({ folder, kinds: ['report'], limits, clean, database, clock, log })
    this.book = new ReportBook({ settings, database, photos: this.photos, shield: this.#shield, clock })
    this.metrics = Registry.merge([metricsOf(this.book), this.#shield.counts.metrics])
  }

  /** Follows the orders, those that moved while the hub was off too, and looks after what is old from then on. */
  async start(): Promise<void> {
    const { workOrders } = this.#dependencies
    workOrders.onMove((order) => this.#follow(order))
    for (const id of await this.book.awaitedOrders()) {
      const order = await workOrders.find(id).catch(() => undefined)
      if (order !== undefined) await this.#follow(order)
    }
    // What was taken last before a stop may not be told yet; a notice that was taken before changes nothing.
    for (const report of await this.book.untouchedSince(this.#dependencies.clock.now() - toldAgainMs))
      await this.#tell(report)
    this.photos.start()
    this.#schedule(firstAfterMs)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
    await this.photos.stop()
    await this.#shield.stop()
  }

  /** Throws what `ReportBook.take` throws, and `payload.schema` for a street light that is in no published list. */
  async take(given: GivenReport): Promise<{ readonly report: CitizenReport; readonly isNew: boolean }> {
    const lamp = given.lamp === undefined ? undefined : this.#publicLamp(given.lamp)
    if (given.lamp !== undefined && lamp === undefined) {
      throw new AppError('payload.schema', `no published street light has the ID ${given.lamp}`)
    }
    const taken = await this.book.take({ ...given, position: lamp?.position ?? given.position })
    if (taken.isNew) await this.#tell(taken.report)
    return taken
  }

  /** A report is taken whether or not somebody can be told of it. */
  async #tell(report: CitizenReport): Promise<void> {
    const { notices, log } = this.#dependencies
    try {
      const near = (await this.book.near(report)).map((one) => one.report)
      const notice = noticeOfReport(report, near, this.nameOfLamp(report))
      if (notice === undefined) return
      notices?.take(notice)
      await notices?.flush()
    } catch (thrown) {
      log.warn({ err: thrown, report: report.number }, 'nobody is told of a report yet; its notice is tried again')
    }
  }

  nameOfLamp({ tenant, lamp }: CitizenReport): string | undefined {
    return lamp === undefined ? undefined : this.#dependencies.openData.places.place(tenant, 'streetlight', lamp)?.name
  }

  async orderOf({ workOrder }: CitizenReport): Promise<WorkOrder | undefined> {
    return workOrder === undefined
      ? undefined
      : await this.#dependencies.workOrders.find(workOrder).catch(() => undefined)
  }

  /** Opens a work order for a report. Throws `report.state` where it has one, or is closed. */
  async order(report: CitizenReport, given: GivenOrder): Promise<CitizenReport> {
    if (this.#ordering.has(report.id)) {
      throw new AppError('report.state', `somebody is opening a work order for report ${report.number}`)
    }
    this.#ordering.add(report.id)
    try {
      return await this.#openOrder(await this.book.find(report.id), given)
    } finally {
      this.#ordering.delete(report.id)
    }
  }

  async #openOrder(report: CitizenReport, given: GivenOrder): Promise<CitizenReport> {
    if (report.state !== 'received' && report.state !== 'looked-at') {
      throw new AppError('report.state', `report ${report.number} is ${report.state} and takes no work order`)
    }
    const { title, severity = 'warning', assignee, by } = given
    const { tenant, receivedMs: begunMs } = report
    const order = await this.#dependencies.workOrders.openFor({
      tenant,
      title: title === undefined ? titleOf(report, this.nameOfLamp(report)) : { ja: title, en: title },
      severity,
      begunMs,
      assignee,
      by,
    })
    return await this.book.change(report.id, { state: 'ordered', workOrder: order.id, by })
  }

  #publicLamp(id: string) {
    const { settings } = this
    const { places, book } = this.#dependencies.openData
    if (!book.isListPublic(settings.tenant, 'streetlight')) return undefined
    return places.place(settings.tenant, 'streetlight', id)
  }

  async #follow({ id, state, number }: WorkOrder): Promise<void> {
    try {
      await this.book.followOrder(id, stateByOrder(state), `order ${number}`)
    } catch (thrown) {
      this.#dependencies.log.warn(
        { err: thrown, order: id },
        'a report did not follow its order; it does at the next start',
      )
    }
  }

  #schedule(delayMs: number): void {
    const { clock, log } = this.#dependencies
    this.#timer = clock.setTimer(() => {
      this.#running = this.book
        .tidy()
        .catch((thrown: unknown) =>
          log.warn({ err: thrown }, 'old reports could not be tidied; it is tried again in an hour'),
        )
        .then(() => (this.#stopped ? undefined : this.#schedule(everyMs)))
    }, delayMs)
  }
}

/** For photos that staff adds. Throws `photo.left-out`, `image.invalid`, `photo.unavailable`, `ingest.overloaded`. */
async function coveredOrThrow(shield: PhotoShield, bytes: Buffer): Promise<Buffer> {
  const photo = await shield.cover(bytes)
  if (photo.kind === 'left-out') throw leftOutError(photo.reason)
  return photo.jpeg
}

/** e.g. 道路の破損 #12: 穴があいています */
function titleOf({ kind, number, text }: CitizenReport, lamp: string | undefined): LocalizedText {
  const said = [lamp, text.replaceAll('\n', ' ')].filter((part) => part !== undefined && part !== '').join(' ')
  const about = said === '' ? '' : `: ${Array.from(said).slice(0, titleLength).join('')}`
  const { ja, en } = kindTitles[kind]
  return { ja: `${ja} #${number}${about}`, en: `${en} #${number}${about}` }
}

function metricsOf(book: ReportBook): Registry {
  const registry = new Registry()
  const registers = [registry]
  const taken = new Counter({
    name: 'musubi_citizen_reports_total',
    help: "Citizens' reports that were taken",
    registers,
    collect() {
      taken.reset()
      taken.inc(book.taken)
    },
  })
  const refused = new Counter({
    name: 'musubi_citizen_reports_refused_total',
    help: "Citizens' reports that were not taken",
    labelNames: ['reason'],
    registers,
    collect() {
      refused.reset()
      for (const [reason, count] of Object.entries(book.refused)) refused.inc({ reason }, count)
    },
  })
  const expired = new Counter({
    name: 'musubi_citizen_reports_expired_total',
    help: 'Reports that were deleted for their age, and before that what would reach the person',
    labelNames: ['what'],
    registers,
    collect() {
      expired.reset()
      for (const [what, count] of Object.entries(book.expired)) expired.inc({ what }, count)
    },
  })
  return registry
}
