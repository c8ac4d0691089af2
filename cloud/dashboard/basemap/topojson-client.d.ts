// The one function of topojson-client that is used here; the package brings no types.
declare module 'topojson-client' {
  import type { FeatureCollection } from 'geojson'
  export function feature(topology: unknown, object: unknown): FeatureCollection
}
