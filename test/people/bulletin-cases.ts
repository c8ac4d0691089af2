// How each route of bulletins is asked for something of Kimitsu, none of which is public.
import type { Case } from './isolation-cases.ts'

export const ownSource = 'kimitsu-feed'
export const ownBulletin = { tenant: 'kimitsu', texts: { ja: { title: 'x', text: 'x' } }, public: false }

/** `bulletin`: without its tenant, and one, as long, that nothing has. */
export function ofBulletins(bulletin: readonly [string, string]): Readonly<Record<string, Case>> {
  return {
    'GET /api/v1/bulletins': { path: '/api/v1/bulletins?state=all' },
    'GET /api/v1/bulletins/{tenant}/{id}': { thing: bulletin, path: '/api/v1/bulletins/kimitsu/{id}' },
    'POST /api/v1/bulletins': { thing: ['kimitsu', 'kimitsx'], body: { ...ownBulletin, tenant: '{id}', push: false } },
    'GET /api/v1/bulletin-sources': { holds: ownSource },
    'POST /api/v1/bulletin-sources/{id}/poll': { thing: [ownSource, 'kimitsu-feex'] },
    'GET /open-data/bulletins': { public: true },
    'GET /open-data/bulletins/{tenant}/{id}': {
      thing: bulletin,
      public: true,
      path: '/open-data/bulletins/kimitsu/{id}',
    },
  }
}
