// The module that basemap/coast-module.ts makes while building.
declare module 'virtual:coast' {
  import type { Land } from './surface.ts'
  export const coast: Land
}
