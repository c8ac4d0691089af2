// Which field a place lies in: the areas that gateways describe with their sites.
import type { Site } from '../../broker/contract/documents.ts'
import { polygonHolds, type Point, type Ring } from '../../broker/contract/plane-geometry.ts'

/** The part of the gateway registry that knows sites. */
export interface SiteSource {
  all(): readonly { readonly id: string; readonly sites: ReadonlyMap<string, Site> }[]
}

interface Field {
  readonly site: string
  readonly tenant: string
  readonly rings: readonly Ring[]
  readonly west: number
  readonly east: number
  readonly south: number
  readonly north: number
}

export class FieldMap {
  readonly #source: SiteSource
  #fields: readonly Field[] | undefined

  constructor(source: SiteSource) {
    this.#source = source
  }

  /** Descriptions have changed: the map is drawn again at the next question. */
  forget(): void {
    this.#fields = undefined
  }

  /** `{tenant}/{gateway}/{site}` of the first area of the tenant that holds the point. */
  siteAt(tenant: string, point: Point): string | undefined {
    this.#fields ??= this.#source
      .all()
      .flatMap(({ id, sites }) => [...sites.values()].flatMap((site) => fieldOf(id, site)))
    const [x, y] = point
    return this.#fields.find(
      (field) =>
        field.tenant === tenant &&
        x >= field.west &&
        x <= field.east &&
        y >= field.south &&
        y <= field.north &&
        polygonHolds(field.rings, point),
    )?.site
  }
}

function fieldOf(gateway: string, { id, area }: Site): readonly Field[] {
  const rings = area?.coordinates as readonly Ring[] | undefined
  const [outer] = rings ?? []
  if (rings === undefined || outer === undefined) return []
  const lons = outer.map(([lon]) => lon)
  const lats = outer.map(([, lat]) => lat)
  return [
    {
      site: `${gateway}/${id}`,
      tenant: gateway.slice(0, gateway.indexOf('/')),
      rings,
      west: Math.min(...lons),
      east: Math.max(...lons),
      south: Math.min(...lats),
      north: Math.max(...lats),
    },
  ]
}
