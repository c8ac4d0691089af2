// What the factory's screens ask the hub for: lines, yield, parts, what is set of a site, and teaching.
import type * as factory from '../../../factory/factory-schemas.ts'
import type { FactorySettings as Settings } from '../../../factory/factory-settings.ts'
import type { TeachAnswer, TeachBody, TeachingItem as Teaching } from '../../../factory/teaching-schemas.ts'
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'
import type { EventItem } from './shapes.ts'

export type FactoryItem = factory.FactoryItem
export type LineItem = factory.LineItem
export type YieldReport = factory.YieldReport
export type PartCorrection = factory.CorrectionItem
export type PartItem = EventItem & { readonly correction: PartCorrection | null }
export type FactorySettings = Settings
export type FactorySettingsItem = factory.FactorySettingsItem
export type TeachingItem = Teaching
export type TeachStep = TeachBody
export type Grouping = YieldReport['by']
export type PictureChoice = factory.PicturesBody['pictures']

export interface PartsFilter {
  readonly verdict?: 'pass' | 'reject'
  readonly class?: string
  readonly corrected?: 'yes' | 'no' | 'wrong'
  readonly fromMs: number
  readonly minScore?: number
  readonly maxScore?: number
  readonly limit: number
  readonly cursor?: string
}

/** Every method rejects with HubError. */
export interface FactoryApi {
  list(): Promise<readonly FactoryItem[]>
  yield(site: string, by: Grouping, fromMs: number): Promise<YieldReport>
  /** Newest first; `next` is the cursor of what comes after. */
  parts(
    site: string,
    filter: PartsFilter,
  ): Promise<{ readonly items: readonly PartItem[]; readonly next: string | null }>
  settings(site: string): Promise<FactorySettingsItem>
  setSettings(site: string, settings: FactorySettings): Promise<FactorySettingsItem>
  /** Which pictures of verdicts leave the factory; waits for the gateway. */
  setPictures(line: string, pictures: PictureChoice): Promise<void>
  teaching(line: string): Promise<TeachingItem>
  /** One step of teaching; waits for the gateway. */
  teach(line: string, step: TeachStep): Promise<TeachAnswer>
}

const zone = 'Asia/Tokyo'
const gatewayTimeoutMs = 25_000
/** A frame is taken, or a model loaded and checked. */
const stepTimeoutMs = 95_000

export function createFactoryApi(within: Within): FactoryApi {
  return {
    list: async () => (await hub.getFactories(within())).items,
    yield: (site, by, fromMs) => hub.getFactoriesBySiteYield(site, { by, zone, $from: String(fromMs) }, within()),
    parts(site, { fromMs, class: name, ...filter }) {
      const query = { ...filter, $from: String(fromMs), ...(name === undefined ? {} : { $class: name }) }
      return hub.getFactoriesBySiteParts(site, query, within())
    },
    settings: (site) => hub.getFactoriesBySiteSettings(site, within()),
    setSettings: (site, settings) => hub.putFactoriesBySiteSettings(site, settings, within()),
    async setPictures(line, pictures) {
      await hub.putLinesByLinePictures(line, { pictures }, within(gatewayTimeoutMs))
    },
    teaching: (line) => hub.getLinesByLineTeaching(line, within()),
    teach: (line, step) => hub.postLinesByLineTeaching(line, step, within(stepTimeoutMs)),
  }
}
