// What the city's staff does with citizens' reports, public places, what is published, and counters, as requests to the hub.
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'

export type ReportItem = hub.ReportItem
export type ReportDetail = hub.ReportDetail
export type CrowdingDetail = hub.CrowdingDetail
export type ReportChange = hub.ReportChangeBody
export type Publications = hub.Publications
export type SeriesPublication = hub.SeriesPublication
export type ImportReport = hub.ImportReport
export type PlaceKind = 'wifi' | 'shelter' | 'facility' | 'streetlight'
export type SpotState = 'open' | 'closed' | 'full'

interface ReportsQuery {
  readonly state: 'open' | 'closed'
  readonly kind?: ReportItem['kind'] | undefined
  readonly cursor?: string | undefined
}

/** Every method rejects with HubError where the hub refuses. `by`: who; an empty name is left out. */
export interface DeskApi {
  /** Newest first. */
  reports(query: ReportsQuery): Promise<hub.ReportsPage>
  report(id: string): Promise<ReportDetail>
  changeReport(id: string, change: Omit<ReportChange, 'by'>, by: string): Promise<ReportDetail>
  orderReport(id: string, by: string): Promise<ReportDetail>
  removeReport(id: string): Promise<void>
  reportPhotos(id: string): Promise<readonly string[]>
  removeReportPhoto(id: string, hash: string): Promise<void>
  publications(): Promise<Publications>
  publishSeries(series: string, settings: SeriesPublication): Promise<void>
  publishList(tenant: string, kind: PlaceKind, isPublic: boolean): Promise<void>
  /** How many places each list has, by `{tenant}/{kind}`. */
  placeCounts(): Promise<ReadonlyMap<string, number>>
  importPlaces(
    list: { readonly tenant: string; readonly kind: PlaceKind },
    csv: string,
    how: { readonly check: boolean; readonly replace: boolean },
  ): Promise<ImportReport>
  spots(): Promise<readonly CrowdingDetail[]>
  setSpotState(spot: string, state: SpotState): Promise<CrowdingDetail>
  /** `key`: the same again is counted once. */
  countAt(spot: string, change: number, key: string): Promise<CrowdingDetail>
}

const pageReports = 50
const importTimeoutMs = 60_000
const pagePlaces = 1_000
const mostPages = 20

export function createDeskApi(within: Within): DeskApi {
  return {
    reports: ({ state, kind, cursor }) =>
      hub.getCitizenReports(
        {
          state,
          limit: pageReports,
          ...(kind === undefined ? {} : { kind }),
          ...(cursor === undefined ? {} : { cursor }),
        },
        within(),
      ),
    report: (id) => hub.getCitizenReportsById(id, within()),
    changeReport: (id, change, by) => hub.patchCitizenReportsById(id, { ...change, ...named(by) }, within()),
    orderReport: (id, by) => hub.postCitizenReportsByIdWorkOrder(id, named(by), within()),
    removeReport: async (id) => void (await hub.deleteCitizenReportsById(id, within())),
    reportPhotos: async (id) => (await hub.getCitizenReportsByIdPhotos(id, within())).items.map(({ hash }) => hash),
    removeReportPhoto: async (id, hash) => void (await hub.deleteCitizenReportsByIdPhotosByHash(id, hash, within())),
    publications: () => hub.getPublications(within()),
    publishSeries: async (series, settings) => void (await hub.putPublicationsSeriesById(series, settings, within())),
    publishList: async (tenant, kind, isPublic) =>
      void (await hub.putPublicationsListsByTenantByKind(tenant, kind, { public: isPublic }, within())),
    async placeCounts() {
      const counts = new Map<string, number>()
      let cursor: string | null = null
      for (let page = 0; page < mostPages; page += 1) {
        const { items, next }: Awaited<ReturnType<typeof hub.getPlaces>> = await hub.getPlaces(
          { limit: pagePlaces, ...(cursor === null ? {} : { cursor }) },
          within(),
        )
        for (const { tenant, kind } of items) {
          counts.set(`${tenant}/${kind}`, (counts.get(`${tenant}/${kind}`) ?? 0) + 1)
        }
        if (next === null) break
        cursor = next
      }
      return counts
    },
    importPlaces: ({ tenant, kind }, csv, how) =>
      hub.postPlacesImport(tenant, kind, { csv }, how, within(importTimeoutMs)),
    spots: async () => (await hub.getCrowding({}, within())).items,
    setSpotState: (spot, state) => hub.putCrowdingByTenantByIdState(...parts(spot), { state }, within()),
    countAt(spot, change, key) {
      return hub.postCrowdingByTenantByIdCounts(
        ...parts(spot),
        { change },
        { ...within(), headers: { 'idempotency-key': key } },
      )
    },
  }
}

function named(by: string): { readonly by?: string } {
  return by.trim() === '' ? {} : { by: by.trim() }
}

/** `{tenant}/{id}` */
function parts(spot: string): [tenant: string, id: string] {
  const slash = spot.indexOf('/')
  return [spot.slice(0, slash), spot.slice(slash + 1)]
}
