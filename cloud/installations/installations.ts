// Installations as engineers signed them off: taken once each, only with the signature of their gateway, and never changed but for a photo that is taken away.
import { createHash } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { CommissioningRecord, SignedRecord } from '../../broker/contract/commissioning-record.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { seenOr404, type TenantScope } from '../people/principal.ts'
import { keyWithin } from '../people/tenant-filter.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import { PhotoBook, type PhotoLimits } from '../images/photo-book.ts'
import type { InstallationBody, InstallationDetail, InstallationItem } from './installation-schemas.ts'
import type { InstallationRow } from './installation-tables.ts'
import { type Trust, verifiedRecord } from './verified-record.ts'

export interface InstallationSettings {
  /** Where photos are kept. */
  readonly folder: string
  readonly trust: () => Promise<Trust>
}

interface Dependencies {
  readonly database: HubDatabase
  readonly limits?: PhotoLimits | undefined
  readonly clock: Clock
  readonly log: Log
}

/** Bound: bodies of up to 2 MB that wait. Overflow: answered 503, and the phone tries again. Owner: these installations. */
const mostWaiting = 16

export class Installations {
  readonly photos: PhotoBook
  readonly #trust: InstallationSettings['trust']
  readonly #dependencies: Dependencies
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor({ folder, trust }: InstallationSettings, dependencies: Dependencies) {
    this.photos = new PhotoBook({ folder, kinds: ['installation'], ...dependencies })
    this.photos.start()
    this.#trust = trust
    this.#dependencies = dependencies
  }

  /**
   * Takes one, durable before it resolves; the same again changes nothing (`isNew` false). One at a time. Throws
   * `installation.conflict`, `identity.invalid`, `payload.schema`, `image.invalid`, `ingest.overloaded`.
   */
  async take(
    body: InstallationBody,
    scope: TenantScope,
  ): Promise<{ readonly item: InstallationItem; readonly isNew: boolean }> {
    if (this.#waiting >= mostWaiting) throw new AppError('ingest.overloaded', 'too many installations arrive at once')
    this.#waiting += 1
    const taken = this.#last.then(async () => await this.#take(body, scope))
    this.#last = taken.catch(() => undefined).finally(() => (this.#waiting -= 1))
    return await taken
  }

  /** Newest first. */
  async list(query: {
    readonly gateway?: string
    readonly scope: TenantScope
    readonly limit: number
  }): Promise<readonly InstallationItem[]> {
    const rowsOfAll = this.#dependencies.database.selectFrom('installations').selectAll()
    const all = rowsOfAll.where(keyWithin('gateway', query.scope))
    const wanted = query.gateway === undefined ? all : all.where('gateway', '=', query.gateway)
    const rows = await wanted.orderBy('signed_off_ms', 'desc').limit(query.limit).execute()
    return rows.map(itemOf)
  }

  /** Throws `not-found`. */
  async detail(id: string, scope: TenantScope): Promise<InstallationDetail> {
    const row = await this.#row(id, scope)
    return { ...itemOf(row), checks: checksOf(row), record: JSON.parse(row.record) as SignedRecord }
  }

  /** JPEG. Throws `not-found`. */
  async photo(id: string, scope: TenantScope): Promise<Buffer> {
    const { photo } = await this.#row(id, scope)
    const bytes = photo === null ? undefined : await this.photos.find({ kind: 'installation', id }, photo)
    if (bytes === undefined) throw new AppError('not-found', `the installation ${id} has no photo`)
    return bytes
  }

  /** Its file goes too, and what is sent again does not bring it back. Throws `not-found`. */
  async removePhoto(id: string, scope: TenantScope): Promise<{ readonly gateway: string }> {
    const { photo, gateway } = await this.#row(id, scope)
    if (photo === null) throw new AppError('not-found', `the installation ${id} has no photo`)
    const { database, log } = this.#dependencies
    await durably(database, (transaction) =>
      transaction.updateTable('installations').set({ photo: null }).where('id', '=', id).execute(),
    )
    await this.photos.remove({ kind: 'installation', id }, photo)
    log.info({ installation: id, gateway }, 'the photo of an installation is taken away')
    return { gateway }
  }

  /** Waits for what is being taken. */
  async stop(): Promise<void> {
    await this.#last
    await this.photos.stop()
  }

  async #take(
    body: InstallationBody,
    scope: TenantScope,
  ): Promise<{ readonly item: InstallationItem; readonly isNew: boolean }> {
    const { clock, database, log } = this.#dependencies
    const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex')
    const known = await this.#find(body.id)
    if (known?.body_hash === hash && scope.allowsKey(known.gateway)) return { item: itemOf(known), isNew: false }
    const conflict = `the installation ${body.id} is known with other contents`
    if (known !== undefined && scope.allowsKey(known.gateway)) throw new AppError('installation.conflict', conflict)
    const { record, serialNumber } = verifiedRecord(body.record, await this.#trust(), clock.now())
    if (!scope.allowsKey(record.gateway)) throw new AppError('not-found', `there is no gateway ${record.gateway}`)
    if (known !== undefined) throw new AppError('installation.conflict', conflict)
    requireSense(body, record)
    await this.#requireFresh(record)
    const owner = { kind: 'installation', id: body.id } as const
    const { photo: given, engineer: by } = body
    const photo = given === undefined ? null : await this.photos.keep(owner, Buffer.from(given, 'base64'), by)
    const row = rowOf(body, { record, serialNumber, photo, hash, receivedMs: clock.now() })
    await durably(database, (transaction) => transaction.insertInto('installations').values(row).execute())
    const { gateway, kind, engineer } = row
    log.info({ installation: row.id, gateway, kind, engineer, passed: record.passed }, 'an installation is signed off')
    return { item: itemOf(row), isNew: true }
  }

  async #requireFresh({ id }: CommissioningRecord): Promise<void> {
    const { database } = this.#dependencies
    const used = await database.selectFrom('installations').select('id').where('record_id', '=', id).executeTakeFirst()
    if (used === undefined) return
    throw new AppError('installation.conflict', `these checks belong to the installation ${used.id} already`)
  }

  async #find(id: string): Promise<InstallationRow | undefined> {
    const { database } = this.#dependencies
    return await database.selectFrom('installations').selectAll().where('id', '=', id).executeTakeFirst()
  }

  async #row(id: string, scope: TenantScope): Promise<InstallationRow> {
    return seenOr404(await this.#find(id), ({ gateway }) => gateway, scope, `installation ${id}`)
  }
}

/** A replaced device must be one whose new unit passed through the checks. */
function requireSense({ kind, replaced }: InstallationBody, { devices }: CommissioningRecord): void {
  const isDevice = replaced?.device !== undefined
  if (isDevice !== (kind === 'replaced-device')) {
    throw new AppError('payload.schema', 'replaced.device belongs to the kind replaced-device, and to it alone')
  }
  if (isDevice && !devices.some(({ id }) => id === replaced.device)) {
    throw new AppError('payload.schema', `${replaced.device} is no device of this gateway`)
  }
}

function rowOf(
  body: InstallationBody,
  given: {
    readonly record: CommissioningRecord
    readonly serialNumber: string
    readonly photo: string | null
    readonly hash: string
    readonly receivedMs: number
  },
): InstallationRow {
  const { record, serialNumber, photo, hash, receivedMs } = given
  return {
    id: body.id,
    gateway: record.gateway,
    kind: body.kind,
    signed_off_ms: body.signedOff,
    received_ms: receivedMs,
    engineer: body.engineer,
    note: body.note ?? null,
    place: JSON.stringify(body.place),
    replaced: body.replaced === undefined ? null : JSON.stringify(body.replaced),
    photo,
    record_id: record.id,
    record: JSON.stringify(body.record),
    serial_number: serialNumber,
    body_hash: hash,
  }
}

function checksOf(row: InstallationRow): CommissioningRecord {
  const { record } = JSON.parse(row.record) as SignedRecord
  return JSON.parse(Buffer.from(record, 'base64url').toString('utf8')) as CommissioningRecord
}

function resultsOf({ passed, clock, uplink, devices }: CommissioningRecord): InstallationItem['results'] {
  return {
    passed,
    clock: clock.passed,
    uplink: uplink.passed,
    devices: devices.map(({ id, profile, label, answered, confirmed }) => ({
      id,
      profile,
      label,
      passed: answered && confirmed !== 'no',
    })),
  }
}

function itemOf(row: InstallationRow): InstallationItem {
  return {
    id: row.id,
    gateway: row.gateway,
    kind: row.kind as InstallationItem['kind'],
    signedOff: row.signed_off_ms,
    received: row.received_ms,
    engineer: row.engineer,
    note: row.note,
    place: JSON.parse(row.place) as InstallationItem['place'],
    replaced: row.replaced === null ? null : (JSON.parse(row.replaced) as NonNullable<InstallationItem['replaced']>),
    photo: row.photo === null ? null : `/api/v1/installations/${row.id}/photo`,
    certificate: row.serial_number,
    results: resultsOf(checksOf(row)),
  }
}
