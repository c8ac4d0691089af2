// A public place as the registry keeps it: the columns of its list, as text in the form of the definition.
import type { PlaceKind } from './list-definition.ts'

export interface Position {
  readonly lat: number
  readonly lon: number
}

export interface Place {
  readonly tenant: string
  readonly kind: PlaceKind
  /** The ID of the list; unique for a tenant and kind. */
  readonly id: string
  readonly name: string
  /** WGS84 degrees. */
  readonly position: Position | undefined
  /** By the name of the column; empty ones are left out. */
  readonly columns: Readonly<Record<string, string>>
}

export function placeKey({ tenant, kind, id }: Pick<Place, 'tenant' | 'kind' | 'id'>): string {
  return `${tenant}/${kind}/${id}`
}
