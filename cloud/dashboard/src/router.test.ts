import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRoute, routeHash } from './router.ts'

describe('routes', () => {
  it('survive the address bar, whatever the site is called', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (site) => {
        const route = { view: 'site', site } as const
        expect(parseRoute(routeHash(route))).toEqual(route)
        const other = { view: 'gateway', gateway: site } as const
        expect(parseRoute(routeHash(other))).toEqual(other)
      }),
    )
  })

  it.each(['', '#', '#/', '#/nonsense', '#/site/', '#/gateway/', '#/site/%E0%A4%A'])(
    'fall back to the overview for %s',
    (hash) => {
      expect(parseRoute(hash)).toEqual({ view: 'overview' })
    },
  )

  it('keep the slashes of a site id readable', () => {
    expect(routeHash({ view: 'site', site: 'kimitsu/paddy-koito/p1' })).toBe('#/site/kimitsu/paddy-koito/p1')
  })
})
