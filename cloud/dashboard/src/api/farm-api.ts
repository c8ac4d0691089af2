// What the farmer's screens ask the hub for: advice, what is set of fields, flights and the canopy that they saw.
import type { FieldSettings as Settings } from '../../../insights/field-settings.ts'
import type { AdviceLogItem as HubLog, FieldSettingsItem as HubSettings } from '../../../insights/insight-schemas.ts'
import type { FlightItem as HubFlight, ImageItem as HubImage } from '../../../images/image-schemas.ts'
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'
import type { AdviceItem, EventItem } from './shapes.ts'

export type FieldSettings = Settings
export type FieldSettingsItem = HubSettings
export type FlightItem = HubFlight
export type ImageItem = HubImage
export type AdviceLogItem = HubLog

/** Every method rejects with HubError. */
export interface FarmApi {
  /** Of all places, most urgent first. */
  advice(): Promise<readonly AdviceItem[]>
  /** What was said before, newest first. */
  adviceLog(site: string, limit: number): Promise<readonly AdviceLogItem[]>
  /** What is set of all fields. */
  fields(): Promise<readonly FieldSettingsItem[]>
  /** What is left out is not set any more. `revision`: that the writer has seen; rejects with `settings.stale` where it is not the newest. */
  setField(site: string, settings: FieldSettings, revision: number): Promise<FieldSettingsItem>
  /** Newest first. */
  flights(site: string): Promise<readonly FlightItem[]>
  /** Images of a flight that stood above the field, newest first. */
  images(flight: string, site: string): Promise<readonly ImageItem[]>
  /** What flights told of the canopy of a gateway's fields since then, newest first. */
  canopies(gateway: string, fromMs: number): Promise<readonly EventItem[]>
}

const mostFlights = 60
const mostImages = 12
const mostCanopies = 500

export function createFarmApi(within: Within): FarmApi {
  return {
    advice: async () => (await hub.getAdvice({}, within())).items,
    adviceLog: async (site, limit) => (await hub.getAdviceLog(site, { limit }, within())).items,
    fields: async () => (await hub.getFieldSettings(within())).items,
    setField: (site, settings, revision) =>
      hub.putFieldSettingsBySite(site, settings, { ifMatch: `"${revision}"` }, within()),
    flights: async (site) => (await hub.getFlights({ site, limit: mostFlights }, within())).items,
    images: async (flight, site) => (await hub.getImages({ flight, site, limit: mostImages }, within())).items,
    canopies: async (gateway, fromMs) =>
      (await hub.getEvents({ gateway, kind: 'canopy', $from: String(fromMs), limit: mostCanopies }, within())).items,
  }
}
