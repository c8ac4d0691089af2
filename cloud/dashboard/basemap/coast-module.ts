// Gives the bundler the module `virtual:coast`, made from Natural Earth while building.
import type { Plugin } from 'vite'
import { cutCoast } from './coast.ts'

const name = 'virtual:coast'
const resolved = `\0${name}`

/** JSON.parse of one string is read faster by browsers than the same object as a literal. */
export function coastModule(): Plugin {
  return {
    name: 'musubi-coast',
    resolveId: (id) => (id === name ? resolved : undefined),
    async load(id) {
      if (id !== resolved) return undefined
      return `export const coast = JSON.parse(${JSON.stringify(JSON.stringify(await cutCoast()))})`
    },
  }
}
