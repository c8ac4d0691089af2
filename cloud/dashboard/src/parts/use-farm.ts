// What the farmer's screens ask the hub for beside the lists of the city: the advice, and what is set of the fields. Two requests for all paddies.
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { FieldSettingsItem } from '../api/farm-api.ts'
import type { HubApi } from '../api/hub-api.ts'
import type { AdviceItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { paddyOf, type Paddy } from '../city/paddies.ts'
import { nowMs } from './now.ts'

const againMs = 60_000
/** Ages are judged by the minute: the cards are not drawn anew each second. */
const minuteMs = computed(() => Math.floor(nowMs.value / 60_000) * 60_000)

interface FarmNews {
  readonly advice: readonly AdviceItem[]
  readonly fields: ReadonlyMap<string, FieldSettingsItem>
}

export interface Farm {
  /** `failed` only while nothing was ever loaded; later answers that fail leave what is shown, which the page head calls old. */
  readonly news: ReadonlySignal<FarmNews | 'loading' | 'failed'>
  reload(): Promise<void>
  /** What a person has just saved, before the hub's next answer. */
  note(saved: FieldSettingsItem): void
}

/** One for the page, so that the way from the list to a paddy and back shows at once what is known. */
const farms = new WeakMap<HubApi, ReturnType<typeof openFarm>>()

function openFarm(api: HubApi) {
  const news: Signal<FarmNews | 'loading' | 'failed'> = signal('loading')
  let isNew = true
  async function reload(): Promise<void> {
    try {
      const [advice, fields] = await Promise.all([api.farm.advice(), api.farm.fields()])
      news.value = { advice, fields: new Map(fields.map((field) => [field.site, field])) }
    } catch {
      if (typeof news.value === 'string') news.value = 'failed'
    }
  }
  // Not after the first paint, as an effect would: the page asked for the answers before this script ran.
  const begun = reload()
  return {
    /** Resolves when the first answers are here, or failed. */
    begun,
    news,
    reload,
    /** A screen of it is shown. */
    visit: (): void => {
      if (!isNew) void reload()
      isNew = false
    },
    note(saved: FieldSettingsItem): void {
      if (typeof news.value === 'string') return
      news.value = { ...news.value, fields: new Map(news.value.fields).set(saved.site, saved) }
    },
  }
}

function farmOf(api: HubApi): ReturnType<typeof openFarm> {
  let farm = farms.get(api)
  if (farm === undefined) {
    farm = openFarm(api)
    farms.set(api, farm)
  }
  return farm
}

/** Asks for what the farmer's screens show first. Never rejects. */
export async function beginFarm({ api }: City): Promise<void> {
  await farmOf(api).begun
}

export function useFarm({ api }: City): Farm {
  const farm = farmOf(api)
  const { reload, visit } = farm
  useEffect(() => {
    visit()
    const timer = setInterval(() => {
      if (!document.hidden) void reload()
    }, againMs)
    return () => clearInterval(timer)
  }, [reload, visit])
  return farm
}

/** Every paddy of the city, in the order of its list. Undefined: the lists are not there yet. */
export function paddiesOf(city: City, news: FarmNews | undefined): readonly Paddy[] | undefined {
  if (!city.loaded.value) return undefined
  return city.sites.value
    .filter(({ kind }) => kind === 'paddy')
    .map((site) =>
      paddyOf({
        site,
        series: city.seriesBySite.value.get(site.id) ?? [],
        advice: news?.advice.filter((item) => item.site === site.id) ?? [],
        alarms: city.openAlarms.value.filter((alarm) => alarm.site === site.id),
        settings: news?.fields.get(site.id)?.settings,
        nowMs: minuteMs.value,
      }),
    )
}
