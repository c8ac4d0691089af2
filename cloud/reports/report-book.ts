// Keeps citizens' reports: taken once however often they are sent, answered by staff or by the order that mends them, forgotten in time.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { PhotoBook } from '../images/photo-book.ts'
import type { Position } from '../places/place.ts'
import { hashOf } from '../people/secrets.ts'
import type { TenantScope } from '../people/principal.ts'
import { tenantWithin } from '../people/tenant-filter.ts'
import type { LeftOutReason } from '../photo-privacy/photo-counts.ts'
import { leftOutError, type PhotoShield } from '../photo-privacy/photo-shield.ts'
import { durably, type HubDatabase, type HubTransaction } from '../registry/hub-database.ts'
import {
  type CitizenReport,
  closedStates,
  distanceM,
  isClosed,
  mayBecome,
  plainText,
  type ReportKind,
  type ReportState,
} from './report.ts'
import { append, fromRow, type ReportLogEntry, toRow, entryFromRow } from './report-rows.ts'
import type { ReportSettings } from './report-settings.ts'

export interface ReportBookDependencies {
  readonly settings: ReportSettings
  readonly database: HubDatabase
  readonly photos: Pick<PhotoBook, 'keepClean' | 'list' | 'remove'>
  readonly shield: Pick<PhotoShield, 'cover'>
  readonly clock: Clock
}

export interface GivenReport {
  readonly secret: string
  readonly kind: ReportKind
  readonly text: string
  readonly position: Position
  readonly lamp?: string | undefined
  readonly contact?: string | undefined
  readonly photos: readonly Buffer[]
}

interface TakenReport {
  readonly report: CitizenReport
  /** False: it was taken before, or is being taken for somebody who asked first. */
  readonly isNew: boolean
}

/** A report whose photos are covered; those that could not be are left out. */
interface CoveredReport extends Omit<GivenReport, 'photos'> {
  readonly photos: readonly Buffer[]
  readonly leftOut: readonly LeftOutReason[]
}

/** What staff or an order makes of a report. */
export interface ReportChange {
  readonly state: ReportState
  readonly answer?: string | undefined
  readonly mergedInto?: string | undefined
  readonly workOrder?: string | undefined
  readonly by: string | undefined
}

const hourMs = 3_600_000
const dayMs = 86_400_000
const nearM = 60
const nearMs = 30 * dayMs
const mostNear = 20
/** Some 60 m of latitude, and of longitude as far north as 60 degrees. */
const nearLatDeg = 0.0006
const nearLonDeg = 0.0012
/** Reports whose pictures wait to be covered, a few megabytes each; above it the phone is asked to send again. Owner: this book. */
const mostWaiting = 8
const stepRows = 100

/**
 * Each change is on the medium when it resolves, with a line of the log. One at a time: each builds upon the one before,
 * and one report's pictures are in memory.
 */
export class ReportBook {
  readonly #dependencies: ReportBookDependencies
  readonly refused = { rate: 0, overloaded: 0, outside: 0 }
  readonly expired = { personal: 0, report: 0 }
  taken = 0
  #waiting = 0
  /** By the hash of the secret: who asks again meanwhile joins what is under way. */
  readonly #underWay = new Map<string, Promise<TakenReport>>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(dependencies: ReportBookDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * Takes a report, or finds the one that came with the same secret before. A photo that cannot be kept is left out of it. Throws
   * `report.outside`, `payload.schema`, `request.rate`, `ingest.overloaded`, `image.disk-full`; nothing of it is kept then.
   */
  async take(given: GivenReport): Promise<TakenReport> {
    const secret = hashOf(given.secret)
    const underWay = this.#underWay.get(secret)
    if (underWay !== undefined) return { ...(await underWay), isNew: false }
    const taking = this.#takeOnce(given).finally(() => this.#underWay.delete(secret))
    this.#underWay.set(secret, taking)
    return await taking
  }

  async #takeOnce(given: GivenReport): Promise<TakenReport> {
    const known = await this.ofSecret(given.secret)
    if (known !== undefined) return { report: known, isNew: false }
    if (this.#waiting >= mostWaiting) {
      this.refused.overloaded += 1
      throw new AppError('ingest.overloaded', 'many reports come at once; send it again in a moment')
    }
    this.#waiting += 1
    try {
      await this.#refuseUnlessTakable(given)
      // Before its turn: what staff does need not wait for it.
      const coveredReport = await this.#covered(given)
      return await this.#inTurn(() => this.#take(coveredReport))
    } finally {
      this.#waiting -= 1
    }
  }

  async ofSecret(secret: string): Promise<CitizenReport | undefined> {
    const row = await this.#rows().where('secret_hash', '=', hashOf(secret)).executeTakeFirst()
    return row && fromRow(row)
  }

  /** Throws `not-found`. */
  async find(id: string): Promise<CitizenReport> {
    const row = await this.#rows().where('id', '=', id).executeTakeFirst()
    if (row === undefined) throw new AppError('not-found', `there is no report ${id}`)
    return fromRow(row)
  }

  /** Newest first; `beforeNumber`: only older ones. */
  async list(query: {
    readonly state: 'open' | 'closed' | 'all'
    readonly kind: ReportKind | undefined
    readonly limit: number
    readonly beforeNumber: number | undefined
    readonly scope: TenantScope
  }): Promise<readonly CitizenReport[]> {
    let rows = this.#rows().where(tenantWithin('tenant', query.scope)).orderBy('number', 'desc').limit(query.limit)
    if (query.state !== 'all') rows = rows.where('state', query.state === 'open' ? 'not in' : 'in', [...closedStates])
    if (query.kind !== undefined) rows = rows.where('kind', '=', query.kind)
    if (query.beforeNumber !== undefined) rows = rows.where('number', '<', query.beforeNumber)
    return (await rows.execute()).map(fromRow)
  }

  /** Of the same kind, near in place and time, and neither declined nor withdrawn; the nearest first. */
  async near({ id, tenant, kind, position, receivedMs }: CitizenReport) {
    const { lat, lon } = position
    const rows = await this.#rows()
      .where('tenant', '=', tenant)
      .where('kind', '=', kind)
      .where('id', '!=', id)
      .where('state', 'not in', ['declined', 'withdrawn', 'merged'])
      .where('lat', '>', lat - nearLatDeg)
      .where('lat', '<', lat + nearLatDeg)
      .where('lon', '>', lon - nearLonDeg)
      .where('lon', '<', lon + nearLonDeg)
      .where('received_ms', '>', receivedMs - nearMs)
      .where('received_ms', '<', receivedMs + nearMs)
      .limit(stepRows)
      .execute()
    return rows
      .map((row) => ({ report: fromRow(row), distanceM: distanceM(position, row) }))
      .filter((one) => one.distanceM <= nearM)
      .toSorted((a, b) => a.distanceM - b.distanceM)
      .slice(0, mostNear)
  }

  /** Received from then on (hub time, Unix ms) and not looked at yet, oldest first. */
  async untouchedSince(fromMs: number): Promise<readonly CitizenReport[]> {
    const rows = this.#rows().where('state', '=', 'received').where('received_ms', '>=', fromMs)
    return (await rows.orderBy('number').limit(stepRows).execute()).map(fromRow)
  }

  /** What happened to it, oldest first. */
  async log(id: string): Promise<readonly ReportLogEntry[]> {
    const lines = this.#dependencies.database.selectFrom('citizen_report_log').selectAll().where('report', '=', id)
    return (await lines.orderBy('id').limit(500).execute()).map(entryFromRow)
  }

  /**
   * Throws `not-found`, and `report.state` where the state cannot follow, or where a report is to be merged into one of
   * another tenant, into itself, or into one that is itself merged.
   */
  change(id: string, wanted: ReportChange): Promise<CitizenReport> {
    return this.#inTurn(async () => {
      const before = await this.find(id)
      if (!mayBecome(before.state, wanted.state)) {
        throw new AppError(
          'report.state',
          `report ${before.number} is ${before.state} and cannot become ${wanted.state}`,
        )
      }
      if (wanted.state === 'merged') await this.#refuseMerge(before, wanted.mergedInto)
      return await this.#write(before, wanted)
    })
  }

  /** The order that mends them has come into another state. */
  followOrder(workOrder: string, state: ReportState, by: string | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const rows = await this.#rows().where('work_order', '=', workOrder).where('state', '!=', 'withdrawn').execute()
      for (const report of rows.map(fromRow)) {
        if (report.state !== state) await this.#write(report, { state, by })
      }
    })
  }

  /** Ids of the orders that reports wait for. */
  async awaitedOrders(): Promise<readonly string[]> {
    const rows = this.#rows().where('state', '=', 'ordered').where('work_order', 'is not', null)
    return [...new Set((await rows.execute()).flatMap(({ work_order: order }) => (order === null ? [] : [order])))]
  }

  /** Who reported it wants it back: what they wrote, how to reach them and their photos go at once. Throws `not-found`. */
  async withdraw(id: string): Promise<CitizenReport> {
    const report = await this.find(id)
    if (report.state === 'withdrawn') return report
    const withdrawn = await this.change(id, { state: 'withdrawn', by: undefined })
    return await this.#forgetPerson({ ...withdrawn, text: '' })
  }

  /** For good, with its log and photos; those that were merged into it are looked at again. */
  remove(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const report = await this.find(id)
      await this.#removePhotos(id)
      const merged = await this.#rows().where('merged_into', '=', id).execute()
      for (const other of merged.map(fromRow)) await this.#write(other, { state: 'looked-at', by: undefined })
      await this.#delete([report.id])
    })
  }

  /**
   * Another photo in place of one that was left out. Throws `not-found`, `report.state` where none was or somebody works on it already,
   * `photo.left-out`, `image.invalid`, `photo.unavailable`, `ingest.overloaded`, `image.disk-full`.
   */
  async replacePhoto(id: string, photo: Buffer): Promise<CitizenReport> {
    refuseUnlessReplaceable(await this.find(id))
    const shielded = await this.#dependencies.shield.cover(photo)
    if (shielded.kind === 'left-out') throw leftOutError(shielded.reason)
    return await this.#inTurn(async () => {
      const report = await this.find(id)
      refuseUnlessReplaceable(report)
      const { photos: book, database, clock } = this.#dependencies
      await book.keepClean({ kind: 'report', id }, shielded.jpeg, undefined)
      const photos = (await book.list({ kind: 'report', id })).length
      const replaced: CitizenReport = { ...report, photos, leftOut: report.leftOut.slice(1) }
      await durably(database, async (transaction) => {
        const { id: _id, ...row } = toRow(replaced)
        await transaction.updateTable('citizen_reports').set(row).where('id', '=', id).execute()
        await append(transaction, id, { timeMs: clock.now(), action: 'attached', by: undefined, detail: undefined })
      })
      return replaced
    })
  }

  async note(id: string, action: string, said: { readonly by: string | undefined; readonly detail: string }) {
    const { database, clock } = this.#dependencies
    const photos = (await this.#dependencies.photos.list({ kind: 'report', id })).length
    await durably(database, async (transaction) => {
      await transaction.updateTable('citizen_reports').set({ photos }).where('id', '=', id).execute()
      await append(transaction, id, { timeMs: clock.now(), action, ...said })
    })
  }

  /** What is old goes: first photos and what would reach the person, later the report. */
  async tidy(): Promise<void> {
    const { settings, clock } = this.#dependencies
    const nowMs = clock.now()
    const closed = (days: number) =>
      this.#rows()
        .where('closed_ms', '<', nowMs - days * dayMs)
        .limit(stepRows)
    const personal = () =>
      closed(settings.personalDays)
        .where((where) => where.or([where('contact', 'is not', null), where('photos', '>', 0)]))
        .execute()
    for (let rows = await personal(); rows.length > 0; rows = await personal()) {
      for (const row of rows) await this.#inTurn(() => this.#forgetPerson(fromRow(row)))
      this.expired.personal += rows.length
    }
    const old = () => closed(settings.days).execute()
    for (let rows = await old(); rows.length > 0; rows = await old()) {
      for (const { id } of rows) await this.#removePhotos(id)
      await this.#delete(rows.map(({ id }) => id))
      this.expired.report += rows.length
    }
  }

  async #covered(given: GivenReport): Promise<CoveredReport> {
    const shielded = []
    for (const photo of given.photos) shielded.push(await this.#dependencies.shield.cover(photo))
    return {
      ...given,
      photos: shielded.flatMap((photo) => (photo.kind === 'covered' ? [photo.jpeg] : [])),
      leftOut: shielded.flatMap((photo) => (photo.kind === 'left-out' ? [photo.reason] : [])),
    }
  }

  async #take(given: CoveredReport): Promise<TakenReport> {
    const known = await this.ofSecret(given.secret)
    if (known !== undefined) return { report: known, isNew: false }
    const { photos, database, clock, settings } = this.#dependencies
    await this.#refuseBeyondRate()
    const id = randomUUID()
    const nowMs = clock.now()
    const kept = new Set<string>()
    try {
      for (const photo of given.photos) kept.add(await photos.keepClean({ kind: 'report', id }, photo, undefined))
      const contact = plainText(given.contact ?? '')
      const report = await durably(database, async (transaction) => {
        const fresh: CitizenReport = {
          id,
          number: await nextNumber(transaction),
          tenant: settings.tenant,
          kind: given.kind,
          text: plainText(given.text),
          position: given.position,
          lamp: given.lamp,
          contact: contact === '' ? undefined : contact,
          photos: kept.size,
          leftOut: given.leftOut,
          state: 'received',
          answer: undefined,
          mergedInto: undefined,
          workOrder: undefined,
          receivedMs: nowMs,
          changedMs: nowMs,
          closedMs: undefined,
        }
        const row = { ...toRow(fresh), secret_hash: hashOf(given.secret) }
        await transaction.insertInto('citizen_reports').values(row).execute()
        await append(transaction, id, { timeMs: nowMs, action: 'received', by: undefined, detail: undefined })
        return fresh
      })
      this.taken += 1
      return { report, isNew: true }
    } catch (thrown) {
      for (const hash of kept) await photos.remove({ kind: 'report', id }, hash)
      throw thrown
    }
  }

  async #refuseUnlessTakable({ position: { lat, lon }, text, photos }: GivenReport): Promise<void> {
    const { settings } = this.#dependencies
    const { south, west, north, east } = settings.bounds
    if (lat < south || lat > north || lon < west || lon > east) {
      this.refused.outside += 1
      throw new AppError('report.outside', 'this place is not in the city; tell those who look after it')
    }
    if (plainText(text) === '' && photos.length === 0) {
      throw new AppError('payload.schema', 'a report has a text or a photo')
    }
    await this.#refuseBeyondRate()
  }

  async #refuseBeyondRate(): Promise<void> {
    const { settings, clock } = this.#dependencies
    const lately = this.#dependencies.database
      .selectFrom('citizen_reports')
      .select(({ fn }) => fn.countAll<number>().as('reports'))
      .where('received_ms', '>', clock.now() - hourMs)
    if ((await lately.executeTakeFirstOrThrow()).reports >= settings.mostPerHour) {
      this.refused.rate += 1
      throw new AppError(
        'request.rate',
        `the city takes at most ${settings.mostPerHour} reports an hour; send it later`,
      )
    }
  }

  async #refuseMerge(report: CitizenReport, into: string | undefined): Promise<void> {
    if (into === undefined) throw new AppError('payload.schema', 'a report is merged into another: tell its id')
    const other = await this.find(into)
    if (other.tenant !== report.tenant) throw new AppError('not-found', `there is no report ${into}`)
    if (other.id !== report.id && other.state !== 'merged' && other.state !== 'withdrawn') return
    throw new AppError('report.state', `report ${report.number} cannot be merged into ${other.number}, ${other.state}`)
  }

  /** Those that were merged into a report that is now merged itself go along. */
  async #write(before: CitizenReport, { state, by, ...change }: ReportChange): Promise<CitizenReport> {
    const { database, clock } = this.#dependencies
    const nowMs = clock.now()
    const answer = change.answer === undefined ? undefined : plainText(change.answer)
    const isAnswered = state === 'declined' || state === 'mended'
    const report: CitizenReport = {
      ...before,
      state,
      answer: answer ?? (isAnswered ? before.answer : undefined),
      mergedInto: state === 'merged' ? change.mergedInto : undefined,
      workOrder: change.workOrder ?? (state === 'looked-at' ? undefined : before.workOrder),
      changedMs: nowMs,
      closedMs: isClosed(state) ? nowMs : undefined,
    }
    await durably(database, async (transaction) => {
      const { id: _id, ...rest } = toRow(report)
      await transaction.updateTable('citizen_reports').set(rest).where('id', '=', report.id).execute()
      if (report.mergedInto !== undefined) {
        const along = transaction.updateTable('citizen_reports').set({ merged_into: report.mergedInto })
        await along.where('merged_into', '=', report.id).execute()
      }
      const detail = report.mergedInto ?? change.workOrder ?? answer
      await append(transaction, report.id, { timeMs: nowMs, action: state, by, detail })
    })
    return report
  }

  async #forgetPerson(report: CitizenReport): Promise<CitizenReport> {
    await this.#removePhotos(report.id)
    const { text } = report
    const rows = this.#dependencies.database.updateTable('citizen_reports')
    await rows.set({ contact: null, photos: 0, text }).where('id', '=', report.id).execute()
    return { ...report, contact: undefined, photos: 0 }
  }

  async #removePhotos(id: string): Promise<void> {
    const owner = { kind: 'report', id } as const
    for (const { hash } of await this.#dependencies.photos.list(owner)) {
      await this.#dependencies.photos.remove(owner, hash)
    }
  }

  async #delete(ids: readonly string[]): Promise<void> {
    await durably(this.#dependencies.database, async (transaction) => {
      await transaction.deleteFrom('citizen_report_log').where('report', 'in', ids).execute()
      await transaction.deleteFrom('citizen_reports').where('id', 'in', ids).execute()
    })
  }

  #rows() {
    return this.#dependencies.database.selectFrom('citizen_reports').selectAll()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

function refuseUnlessReplaceable({ number, state, leftOut }: CitizenReport): void {
  if (leftOut.length > 0 && !isClosed(state)) return
  throw new AppError('report.state', `report ${number} takes no other photo`)
}

async function nextNumber(transaction: HubTransaction): Promise<number> {
  const newest = transaction.selectFrom('citizen_reports').select('number').orderBy('number', 'desc').limit(1)
  return ((await newest.executeTakeFirst())?.number ?? 0) + 1
}
