// Entities of NGSI-LD as this hub makes them, and the forms in which they are answered.

interface Geometry {
  readonly type: 'Point'
  /** Longitude, latitude. */
  readonly coordinates: readonly [number, number]
}

export type Attribute =
  | { readonly type: 'Property'; readonly value: unknown; readonly observedAt?: string; readonly unitCode?: string }
  | { readonly type: 'GeoProperty'; readonly value: Geometry }
  | { readonly type: 'Relationship'; readonly object: string | readonly string[] }

export interface Entity {
  /** `urn:ngsi-ld:{type}:…` */
  readonly id: string
  readonly type: string
  readonly attributes: Readonly<Record<string, Attribute>>
}

export type Representation = 'normalized' | 'concise' | 'keyValues'

export function represented({ id, type, attributes }: Entity, how: Representation): Readonly<Record<string, unknown>> {
  const shown = Object.entries(attributes).map(([name, attribute]) => [name, representedAttribute(attribute, how)])
  return { id, type, ...Object.fromEntries(shown) }
}

function representedAttribute(attribute: Attribute, how: Representation): unknown {
  if (how === 'normalized') return attribute
  const value = attribute.type === 'Relationship' ? attribute.object : attribute.value
  if (how === 'keyValues') return value
  const { type, ...rest } = attribute
  if (type === 'Relationship') return rest
  return Object.keys(rest).length === 1 ? value : rest
}

/** A Feature with the attributes in their simplified form; the geometry is that of `location`. */
export function entityFeature(entity: Entity): object {
  const { id, type, ...values } = represented(entity, 'keyValues')
  const { location } = entity.attributes
  const geometry = location?.type === 'GeoProperty' ? location.value : null
  return { type: 'Feature', id, geometry, properties: { type, ...values } }
}

/** Only these attributes; undefined where the entity has none of them. */
export function withOnly(entity: Entity, names: readonly string[] | undefined): Entity | undefined {
  if (names === undefined) return entity
  const kept = Object.entries(entity.attributes).filter(([name]) => names.includes(name))
  return kept.length === 0 ? undefined : { ...entity, attributes: Object.fromEntries(kept) }
}
