// The one function of topojson-client that is used here; the package brings no types.
declare module 'topojson-client' {
  interface FeatureCollection {
    readonly features: readonly { readonly geometry: Geometry }[]
  }
  export type Geometry =
    | { readonly type: 'Polygon'; readonly coordinates: number[][][] }
    | { readonly type: 'MultiPolygon'; readonly coordinates: number[][][][] }
  export function feature(topology: unknown, object: unknown): FeatureCollection
}
