// Which of a site's many values stand for it in lists, on the map and in the first charts.
import type { LatestItem, SiteKind } from '../api/shapes.ts'
import type { TextKey } from '../text/dictionary.ts'

/** One value that stands for a site. `labelKey` where it is made of several series, else the series' own label. */
export interface Headline {
  readonly item: LatestItem
  readonly labelKey: TextKey | undefined
}

interface Choice {
  readonly channel: RegExp
  /** Adds up every channel that matches, under this name. */
  readonly sumAs?: TextKey
}

const choices: Readonly<Record<SiteKind, readonly Choice[]>> = {
  paddy: [{ channel: /^water-level$/ }, { channel: /^water-temperature$/ }, { channel: /^soil-moisture$/ }],
  weather: [{ channel: /^air-temperature$/ }, { channel: /^rain-intensity$/ }, { channel: /^wind-speed$/ }],
  streetlight: [{ channel: /^lamp-\d+-power$/, sumAs: 'headline.power' }, { channel: /^(power|supply-voltage)$/ }],
  wifi: [{ channel: /^clients$/ }, { channel: /^uplink-up$/ }, { channel: /^rx-rate$/ }],
  factory: [{ channel: /^pass$/ }, { channel: /^parts$/ }],
  gateway: [],
  other: [],
}

const fewest = 1
const most = 2

/** The one or two values that answer first for a site of this kind; its first series where the kind says nothing. */
export function headlinesOf(kind: SiteKind, series: readonly LatestItem[]): readonly Headline[] {
  const chosen = choices[kind].map((choice) => pick(choice, series)).filter((headline) => headline !== undefined)
  const rest = chosen.length >= fewest ? [] : series.slice(0, fewest)
  return [...chosen, ...rest.map((item) => ({ item, labelKey: undefined }))].slice(0, most)
}

function pick({ channel, sumAs }: Choice, series: readonly LatestItem[]): Headline | undefined {
  const matching = series.filter((item) => channel.test(item.channel))
  const [first] = matching
  if (first === undefined) return undefined
  if (sumAs === undefined) return { item: first, labelKey: undefined }
  const measured = matching.filter(({ value }) => value !== null)
  if (measured.length === 0) return { item: first, labelKey: sumAs }
  const value = measured.reduce((sum, item) => sum + (item.value ?? 0), 0)
  return { item: { ...first, value }, labelKey: sumAs }
}

const trendChannels: Readonly<Partial<Record<SiteKind, RegExp>>> = {
  paddy: /^water-level$/,
  weather: /^(air-temperature|rain-intensity)$/,
  streetlight: /^(supply-voltage|power)$/,
  wifi: /^clients$/,
}

/** The series whose last day is drawn on the overview for a site of this kind. */
export function trendsOf(kind: SiteKind, series: readonly LatestItem[]): readonly LatestItem[] {
  const channel = trendChannels[kind]
  return channel === undefined ? [] : series.filter((item) => channel.test(item.channel))
}
