import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRoute as parse, routeHash } from './router.ts'
import { type Route, routes } from './routes.ts'

const parseRoute = (hash: string): Route => parse(routes, hash)

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

  it.each([
    ['#/rules', { view: 'rules' }],
    ['#/rules/kimitsu/new/rate', { view: 'rules', at: 'kimitsu/new/rate' }],
    ['#/alarms/more', { view: 'alarms' }],
    ['#/toString', { view: 'overview' }],
  ])('carry what their line of the table says: %s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route)
  })

  it('keep the slashes of a site id readable', () => {
    expect(routeHash({ view: 'site', site: 'kimitsu/paddy-koito/p1' })).toBe('#/site/kimitsu/paddy-koito/p1')
  })
})
