// What people call the series that hold results: of which place, which insight, and what it is of.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { AnyInsight } from './insight.ts'
import { insightList } from './insight-list.ts'

interface ResultLabel {
  /** As its gateway names it. */
  readonly site: string
  readonly title: LocalizedText
  readonly label: LocalizedText
}

/** Of a series by device and channel; undefined for one that holds no result of an insight of this hub. */
export function resultLabel(
  device: string,
  channel: string,
  insights: readonly AnyInsight[] = insightList,
): ResultLabel | undefined {
  const cut = device.lastIndexOf('.')
  if (!device.startsWith('~') || cut < 0) return undefined
  const insight = insights.find(({ id }) => id === device.slice(cut + 1))
  if (insight === undefined) return undefined
  const dot = channel.indexOf('.')
  const [output, part] = dot < 0 ? [channel, undefined] : [channel.slice(0, dot), channel.slice(dot + 1)]
  const label = insight.outputs[output]?.label
  if (label === undefined) return undefined
  return {
    site: device.slice(1, cut),
    title: insight.title,
    label: part === undefined ? label : labelOfPart(insight.partName?.(part) ?? { ja: part, en: part }, label),
  }
}

function labelOfPart(part: LocalizedText, label: LocalizedText): LocalizedText {
  return { ja: `${part.ja} ${label.ja}`, en: `${part.en} ${label.en}` }
}
