// What the city staff's screens ask of the hub: availability day by day, reports of months, public places, and what citizens told.
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'

export type AvailabilityReport = Awaited<ReturnType<typeof hub.getReportsAvailability>>
export type AvailabilityClass = AvailabilityReport['items'][number]['class']
export type LightsMonth = Awaited<ReturnType<typeof hub.getReportsStreetlights>>['items'][number]
export type AccessPointMonth = Awaited<ReturnType<typeof hub.getReportsAccessPoints>>['items'][number]
type PlaceItem = Awaited<ReturnType<typeof hub.getPlaces>>['items'][number]
export type SpotItem = Awaited<ReturnType<typeof hub.getCrowding>>['items'][number]
export type CitizenReportItem = Awaited<ReturnType<typeof hub.getCitizenReports>>['items'][number]
type CityAdvice = Awaited<ReturnType<typeof hub.getAdvice>>['items'][number]

export interface CityApi {
  /** Of `days` days, today the last; of one class, or of all. */
  availability(days: number, of?: AvailabilityClass): Promise<AvailabilityReport>
  /** `month`: `2026-11`. */
  lights(month: string): Promise<readonly LightsMonth[]>
  accessPoints(month: string): Promise<readonly AccessPointMonth[]>
  /** Every public place; 50,000 at most. */
  places(): Promise<readonly PlaceItem[]>
  spots(): Promise<readonly SpotItem[]>
  /** The open ones, newest first; 500 at most. Rejects for whoever may not handle them. */
  citizenReports(): Promise<readonly CitizenReportItem[]>
  /** What is advised for every place, most urgent first. */
  advice(): Promise<readonly CityAdvice[]>
}

const pagePlaces = 5_000
const mostPages = 10
/** A year of days of a whole city is summed up while one waits. */
const slowLimitMs = 30_000

export function createCityApi(within: Within): CityApi {
  return {
    availability: (days, of) =>
      hub.getReportsAvailability({ days, ...(of === undefined ? {} : { $class: of }) }, within(slowLimitMs)),
    lights: async (month) => (await hub.getReportsStreetlights({ month }, within(slowLimitMs))).items,
    accessPoints: async (month) => (await hub.getReportsAccessPoints({ month }, within(slowLimitMs))).items,
    async places() {
      const found: PlaceItem[] = []
      let cursor: string | null = null
      for (let page = 0; page < mostPages; page += 1) {
        const asked = { limit: pagePlaces, ...(cursor === null ? {} : { cursor }) }
        const { items, next }: Awaited<ReturnType<typeof hub.getPlaces>> = await hub.getPlaces(
          asked,
          within(slowLimitMs),
        )
        found.push(...items)
        cursor = next
        if (cursor === null) break
      }
      return found
    },
    spots: async () => (await hub.getCrowding({}, within())).items,
    citizenReports: async () => (await hub.getCitizenReports({ state: 'open', limit: 500 }, within())).items,
    advice: async () => (await hub.getAdvice({}, within())).items,
  }
}
