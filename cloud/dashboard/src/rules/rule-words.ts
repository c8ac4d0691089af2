// A rule in words: when it raises, where it looks, and what happened to it.
import type { RuleItem } from '../api/rule-api.ts'
import type { LatestItem } from '../api/shapes.ts'
import { sharedName } from '../chart/chart-kinds.ts'
import type { City } from '../city/city.ts'
import { type DisplayUnit, displayUnit, quantityText } from '../format/units.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { flatOf, type RuleKind } from './rule-draft.ts'

type Rule = RuleItem['rule']

const kindKeys: Readonly<Record<RuleKind, TextKey>> = {
  threshold: 'rule.kind.threshold',
  rate: 'rule.kind.rate',
  'dead-man': 'rule.kind.dead-man',
  event: 'rule.kind.event',
  composite: 'rule.kind.composite',
  expression: 'rule.kind.expression',
  'gateway-offline': 'rule.kind.gateway-offline',
}

export function kindText(kind: RuleKind): string {
  return t(kindKeys[kind])
}

export function secondsText(seconds: number): string {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return t('rule.hours', { n: seconds / 3_600 })
  if (seconds >= 60 && seconds % 60 === 0) return t('rule.minutes', { n: seconds / 60 })
  return t('rule.seconds', { n: seconds })
}

/** In which unit people read what a rule compares, by the first series that its channel fits. */
export function unitOfChannel(channel: string | undefined, city: City): DisplayUnit {
  const [series] = seriesOf(channel ?? '', city)
  return displayUnit({ unit: series?.unit ?? null, channel: series?.channel ?? channel ?? '', magnitude: 0 })
}

/** The series whose channel fits; `*` stands for any characters. */
function seriesOf(channel: string, city: City): readonly LatestItem[] {
  const pattern = new RegExp(`^${channel.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
  return [...city.latest.value.values()].filter((item) => pattern.test(item.channel))
}

/** `Power` of `lamp-*-power`; what a name is like where the series that fit share no word. */
function channelText(channel: string | undefined, city: City): string {
  if (channel === undefined) return t('rule.anyChannel')
  const name = sharedName(seriesOf(channel, city))
  if (name !== undefined) return localized(name)
  return channel.includes('*') ? t('rule.channelLike', { pattern: channel }) : channel
}

/** When it raises, in one sentence. */
export function conditionText(rule: Rule, city: City): string {
  switch (rule.kind) {
    case 'threshold':
      return t('rule.says.threshold', {
        channel: channelText(rule.match.channel, city),
        limits: limitsText(rule, unitOfChannel(rule.match.channel, city)),
        delay: secondsText(rule.onDelayS),
      })
    case 'rate':
      return t('rule.says.rate', {
        channel: channelText(rule.match.channel, city),
        per: secondsText(rule.perS),
        limits: limitsText(rule, { ...unitOfChannel(rule.match.channel, city), offset: 0 }),
      })
    case 'dead-man':
      return t('rule.says.dead-man', { n: rule.intervals, least: secondsText(rule.atLeastS) })
    case 'gateway-offline':
      return t(rule.reason === 'lost' ? 'rule.says.lost' : 'rule.says.shutdown', { delay: secondsText(rule.onDelayS) })
    case 'event':
      return rule.count === undefined
        ? t('rule.says.event', { event: eventText(rule.event) })
        : t('rule.says.count', { event: eventText(rule.event), n: rule.count.of, k: rule.count.atLeast })
    case 'composite':
      return combinationText(rule.of)
    case 'expression':
      return t('rule.says.expression', { when: rule.when })
    default:
      return rule satisfies never
  }
}

const eventKeys: Readonly<Record<string, TextKey>> = {
  inspection: 'rule.event.inspection',
  anomaly: 'rule.event.anomaly',
  'lamp-fault': 'rule.event.lamp-fault',
  canopy: 'rule.event.canopy',
  'road-damage': 'rule.event.road-damage',
  display: 'rule.event.display',
  teaching: 'rule.event.teaching',
}

export function eventText(event: string): string {
  const key = eventKeys[event]
  return key === undefined ? event : t(key)
}

export const eventNames = Object.keys(eventKeys)

function limitsText(
  { below, above }: { readonly below?: number | undefined; readonly above?: number | undefined },
  unit: DisplayUnit,
): string {
  const parts = [
    ...(below === undefined ? [] : [t('rule.below', { value: quantityText(below, unit) })]),
    ...(above === undefined ? [] : [t('rule.above', { value: quantityText(above, unit) })]),
  ]
  return parts.length === 0 ? t('rule.byTime') : parts.join(t('rule.or'))
}

function combinationText(of: unknown): string {
  const flat = flatOf(of)
  if (flat === undefined) return t('rule.says.nested')
  const parts = flat.parts.map(({ rule, not }) => (not ? t('rule.not', { rule }) : rule))
  return parts.join(t(flat.join === 'all' ? 'rule.and' : 'rule.or'))
}

/** Where it looks. */
export function placeText(rule: Rule, city: City): string {
  if (!('match' in rule)) return t('rule.everywhere')
  const { site, siteKind, gateway, profile } = rule.match
  const named = city.sites.value.find(({ id }) => id === site)
  const parts = [
    ...(site === undefined ? [] : [named === undefined ? site : localized(named.name)]),
    ...(siteKind === undefined ? [] : [t(`kind.${siteKind}` as TextKey)]),
    ...(gateway === undefined ? [] : [gateway]),
    ...(profile === undefined ? [] : [t('rule.profile', { profile })]),
  ]
  return parts.length === 0 ? t('rule.everywhere') : parts.join(t('alarm.listComma'))
}
