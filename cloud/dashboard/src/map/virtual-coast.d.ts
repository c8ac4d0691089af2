// The module that basemap/coast-module.ts makes while building.
declare module 'virtual:coast' {
  import type { Feature, MultiPolygon } from 'geojson'
  export const coast: Feature<MultiPolygon>
}
