// What images there are: the rows behind the API, each added once and together with its flight.
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'
import type { TenantScope } from '../people/principal.ts'
import { tenantWithin } from '../people/tenant-filter.ts'
import { durably, type HubDatabase, type HubTransaction } from '../registry/hub-database.ts'
import type { FlightRow, ImageRow, UploadRow } from '../registry/image-tables.ts'
import type { FieldMap } from './field-map.ts'
import { groundFootprint } from '../../broker/contract/ground-footprint.ts'
import { convexHull, type Point, type Ring } from '../../broker/contract/plane-geometry.ts'

/** An image whose bytes are stored and verified. */
export interface VerifiedImage {
  readonly tenant: string
  /** `{tenant}/{gateway}` */
  readonly gateway: string
  readonly sha256: string
  readonly name: string
  readonly bytes: number
  readonly mediaType: string
  readonly receivedMs: number
  readonly facts: ImageFacts
}

export interface ImageQuery {
  readonly tenant?: string | undefined
  readonly gateway?: string | undefined
  readonly flight?: string | undefined
  readonly site?: string | undefined
  readonly scope: TenantScope
  readonly limit: number
}

/** Images of one field, among those of a flight. */
export interface FlightSite {
  readonly site: string
  readonly images: number
}

export class ImageRegistry {
  readonly #database: HubDatabase
  readonly #fields: FieldMap

  constructor({ database, fields }: { readonly database: HubDatabase; readonly fields: FieldMap }) {
    this.#database = database
    this.#fields = fields
  }

  async image(tenant: string, sha256: string): Promise<ImageRow | undefined> {
    return await this.#database
      .selectFrom('images')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('sha256', '=', sha256)
      .executeTakeFirst()
  }

  /** Newest first. */
  async images({ tenant, gateway, flight, site, scope, limit }: ImageQuery): Promise<readonly ImageRow[]> {
    const seen = this.#database.selectFrom('images').selectAll().where(tenantWithin('tenant', scope))
    let query = seen.orderBy('time_ms', 'desc').limit(limit)
    if (tenant !== undefined) query = query.where('tenant', '=', tenant)
    if (gateway !== undefined) query = query.where('gateway', '=', gateway)
    if (flight !== undefined) query = query.where('flight', '=', flight)
    if (site !== undefined) query = query.where('site', '=', site)
    return await query.execute()
  }

  /** Newest first. */
  async flights({ gateway, site, scope, limit }: Omit<ImageQuery, 'flight' | 'tenant'>): Promise<readonly FlightRow[]> {
    const seen = this.#database.selectFrom('flights').selectAll().where(tenantWithin('tenant', scope))
    let query = seen.orderBy('first_ms', 'desc').limit(limit)
    if (gateway !== undefined) query = query.where('gateway', '=', gateway)
    if (site !== undefined) {
      query = query.where((where) =>
        where.exists(
          where
            .selectFrom('images')
            .select('sha256')
            .whereRef('images.tenant', '=', 'flights.tenant')
            .whereRef('images.flight', '=', 'flights.id')
            .where('images.site', '=', site),
        ),
      )
    }
    return await query.execute()
  }

  async flight(tenant: string, id: string): Promise<FlightRow | undefined> {
    return await this.#database
      .selectFrom('flights')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst()
  }

  /** The fields that a flight saw, the one with most images first. */
  async sitesOf({ tenant, id }: Pick<FlightRow, 'tenant' | 'id'>): Promise<readonly FlightSite[]> {
    const rows = await this.#database
      .selectFrom('images')
      .select(({ fn }) => ['site', fn.countAll<number>().as('images')])
      .where('tenant', '=', tenant)
      .where('flight', '=', id)
      .where('site', 'is not', null)
      .groupBy('site')
      .orderBy('images', 'desc')
      .execute()
    return rows.flatMap(({ site, images }) => (site === null ? [] : [{ site, images }]))
  }

  /** Bytes that a gateway's images and begun uploads take. */
  async usedBytes(gateway: string): Promise<number> {
    const sumOf = async (table: 'images' | 'uploads'): Promise<number> => {
      const query = this.#database.selectFrom(table).select(({ fn }) => fn.sum<number | null>('bytes').as('sum'))
      return (await query.where('gateway', '=', gateway).executeTakeFirst())?.sum ?? 0
    }
    return (await sumOf('images')) + (await sumOf('uploads'))
  }

  /** Durable when it resolves. The upload that brought the image is over; an image that is known already stays as it is. */
  async add(image: VerifiedImage, uploadId: string): Promise<void> {
    const row = this.#rowOf(image)
    await durably(this.#database, async (transaction) => {
      await transaction.deleteFrom('uploads').where('id', '=', uploadId).execute()
      const known = await transaction
        .insertInto('images')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      if (known.numInsertedOrUpdatedRows !== 0n) await addToFlight(transaction, row, image.facts)
    })
  }

  /** Finds the field of every image of a tenant again, after its gateways described their fields anew. */
  async matchFields(tenant: string): Promise<void> {
    const rows = await this.#database
      .selectFrom('images')
      .select(['sha256', 'lat', 'lon', 'site'])
      .where('tenant', '=', tenant)
      .where('lat', 'is not', null)
      .execute()
    for (const { sha256, lat, lon, site } of rows) {
      const found = this.#siteAt(tenant, lat, lon)
      if (found === site) continue
      const update = this.#database.updateTable('images').set({ site: found })
      await update.where('tenant', '=', tenant).where('sha256', '=', sha256).execute()
    }
  }

  async begin(upload: UploadRow): Promise<void> {
    await this.#database.insertInto('uploads').values(upload).execute()
  }

  async upload(id: string): Promise<UploadRow | undefined> {
    return await this.#database.selectFrom('uploads').selectAll().where('id', '=', id).executeTakeFirst()
  }

  /** Begun uploads of this content by this gateway, or all. */
  async uploads(of?: { readonly gateway: string; readonly sha256: string }): Promise<readonly UploadRow[]> {
    const query = this.#database.selectFrom('uploads').selectAll()
    if (of === undefined) return await query.execute()
    return await query.where('gateway', '=', of.gateway).where('sha256', '=', of.sha256).execute()
  }

  async forgetUpload(id: string): Promise<void> {
    await this.#database.deleteFrom('uploads').where('id', '=', id).execute()
  }

  #rowOf({ tenant, gateway, sha256, name, bytes, mediaType, receivedMs, facts }: VerifiedImage): ImageRow {
    const footprint = groundFootprint(facts)
    const { lat = null, lon = null } = facts.position ?? {}
    return {
      tenant,
      sha256,
      gateway,
      name,
      bytes,
      media_type: mediaType,
      time_ms: facts.timeMs,
      received_ms: receivedMs,
      flight: facts.flight ?? null,
      site: this.#siteAt(tenant, lat, lon),
      lat,
      lon,
      facts: JSON.stringify(facts),
      footprint: footprint === undefined ? null : JSON.stringify(footprint),
    }
  }

  #siteAt(tenant: string, lat: number | null, lon: number | null): string | null {
    return lat === null || lon === null ? null : (this.#fields.siteAt(tenant, [lon, lat]) ?? null)
  }
}

/** A flight's hull takes footprints; without one, the place of the camera. */
async function addToFlight(transaction: HubTransaction, image: ImageRow, facts: ImageFacts): Promise<void> {
  if (image.flight === null) return
  const known = await transaction
    .selectFrom('flights')
    .selectAll()
    .where('tenant', '=', image.tenant)
    .where('id', '=', image.flight)
    .executeTakeFirst()
  const flight: FlightRow = {
    tenant: image.tenant,
    id: image.flight,
    gateway: known?.gateway ?? image.gateway,
    camera: known?.camera ?? cameraOf(facts),
    first_ms: Math.min(known?.first_ms ?? image.time_ms, image.time_ms),
    last_ms: Math.max(known?.last_ms ?? image.time_ms, image.time_ms),
    images: (known?.images ?? 0) + 1,
    bytes: (known?.bytes ?? 0) + image.bytes,
    footprint: grownHull(known?.footprint ?? null, image),
  }
  await transaction
    .insertInto('flights')
    .values(flight)
    .onConflict((conflict) => conflict.columns(['tenant', 'id']).doUpdateSet(flight))
    .execute()
}

function grownHull(known: string | null, { footprint, lat, lon }: ImageRow): string | null {
  const here: readonly Point[] = lat === null || lon === null ? [] : [[lon, lat]]
  const seen = footprint === null ? here : ringOf(footprint)
  const hull = convexHull([...(known === null ? [] : ringOf(known)), ...seen])
  return hull.length === 0 ? null : JSON.stringify(hull)
}

/** A ring as the tables keep it. */
export function ringOf(json: string): Ring {
  return JSON.parse(json) as Ring
}

function cameraOf({ camera }: ImageFacts): string | null {
  const words = [camera?.make, camera?.model, camera?.serial].filter((word) => word !== undefined)
  return words.length === 0 ? null : words.join(' ')
}
