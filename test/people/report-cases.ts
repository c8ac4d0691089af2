// How each route of citizens' reports is asked for something of Kimitsu.
import type { Case } from './isolation-cases.ts'
import type { KimitsuIds } from './two-tenants.ts'

export function ofReports({ report, looseReport, photo, picture }: KimitsuIds): Readonly<Record<string, Case>> {
  const beside = (id: string) => [id, id.slice(0, -1) + (id.at(-1) === '0' ? '1' : '0')] as const
  const thing = { thing: beside(report) }
  const path = `/api/v1/citizen-reports/{id}/photos/${photo}`
  return {
    'GET /api/v1/citizen-reports/form': { public: true },
    'POST /api/v1/citizen-reports': { public: true, body: {} },
    'POST /api/v1/citizen-reports/status': { public: true, body: {} },
    'POST /api/v1/citizen-reports/photo': { public: true, body: {} },
    'POST /api/v1/citizen-reports/withdraw': { public: true, body: {} },
    'GET /api/v1/citizen-reports': { path: '/api/v1/citizen-reports?state=all' },
    'GET /api/v1/citizen-reports/{id}': thing,
    'PATCH /api/v1/citizen-reports/{id}': { ...thing, body: { state: 'looked-at' } },
    'POST /api/v1/citizen-reports/{id}/work-order': { ...thing, body: {}, turn: 1 },
    'POST /api/v1/citizen-reports/{id}/photos': { ...thing, body: { photo: picture } },
    'GET /api/v1/citizen-reports/{id}/photos': thing,
    'GET /api/v1/citizen-reports/{id}/photos/{hash}': { ...thing, path },
    'DELETE /api/v1/citizen-reports/{id}/photos/{hash}': { ...thing, path },
    'DELETE /api/v1/citizen-reports/{id}': { thing: beside(looseReport) },
  }
}
