// What a chart says: values, spans of time, marks and limits in the language of the screen.
import type { LatestItem } from '../api/shapes.ts'
import type { SeriesMarks } from '../api/chart-api.ts'
import { clockTime, dateTime, hourMinute, monthDay } from '../format/time.ts'
import { numberText, toDisplay, type DisplayUnit } from '../format/units.ts'
import { localUnit, valueText } from '../format/value-text.ts'
import { reasonText } from '../parts/quality-text.tsx'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'
import type { Curve, Words } from './chart-model.ts'
import type { Extent } from './drawn-columns.ts'
import { jstDate } from './jst.ts'
import type { Mark } from './marks.ts'
import type { Shift } from './shifts.ts'
import { dayMs, type ChartLength, type TimeWindow } from './time-window.ts'

export const words: Words = {
  unit: localUnit,
  state: (item, value) => valueText({ ...item, value, text: null, quality: 'good' }),
}

export const lengthTexts: Readonly<Record<ChartLength, TextKey>> = {
  '1h': 'chart.range1h',
  '24h': 'chart.range24h',
  '7d': 'chart.range7d',
  '30d': 'chart.range30d',
  season: 'chart.rangeSeason',
  '1y': 'chart.range1y',
}

export const overTexts: Readonly<Record<Exclude<Shift, 'none'>, TextKey>> = {
  day: 'chart.over.day',
  week: 'chart.over.week',
  'year-1': 'chart.over.year-1',
  'year-2': 'chart.over.year-2',
  'year-3': 'chart.over.year-3',
}

type Said = Pick<Curve, 'display' | 'switchWords'>

/** A value that is in the display unit already. */
export function said(value: number, { display, switchWords }: Said): string {
  if (switchWords !== undefined) return switchWords[value] ?? shareText(value, switchWords)
  const number = numberText(value, display.digits)
  return display.unit === '' ? number : `${number}${display.tight ? '' : ' '}${display.unit}`
}

/** The mean of a switch is the share of the time for which it was on. */
function shareText(mean: number, switchWords: readonly string[]): string {
  const digits = Number.isInteger(mean) ? 0 : 1
  return t('chart.share', { word: switchWords[1] ?? '', share: numberText(100 * mean, digits) })
}

export function summaryText(extent: Extent | undefined, curve: Said): string {
  if (extent === undefined) return t('chart.empty')
  if (curve.switchWords !== undefined) return shareText(extent.mean, curve.switchWords)
  const { min, mean, max } = extent
  return t('chart.summary', { min: said(min, curve), mean: said(mean, curve), max: said(max, curve) })
}

/** Of one bucket: its value, or its mean with least and greatest where they differ. */
export function extentText({ min, mean, max }: Extent, curve: Said): string {
  const texts = { min: said(min, curve), mean: said(mean, curve), max: said(max, curve) }
  if (texts.min === texts.max || curve.switchWords !== undefined) return texts.mean
  return t('chart.envelope', texts)
}

/** A number of the value axis. */
export function tickText(
  value: number,
  step: number,
  { switchWords }: { readonly switchWords: readonly string[] | undefined },
): string {
  return switchWords?.[value] ?? numberText(value, decimalsOf(step))
}

/** How many decimals tell ticks of this distance apart: 2.5 needs one. */
function decimalsOf(step: number): number {
  return String(Number(step.toPrecision(6))).split('.')[1]?.length ?? 0
}

export function timeTick(timeMs: number, stepS: number): string {
  const clock = hourMinute(timeMs, 'ja')
  if (stepS >= 28 * 86_400) return monthText(timeMs)
  if (stepS >= 43_200 || clock === '00:00') return monthDay(timeMs, language.value)
  return stepS < 60 ? clockTime(timeMs, language.value) : hourMinute(timeMs, language.value)
}

function monthText(timeMs: number): string {
  const { year, month } = jstDate(timeMs)
  return `${year}/${String(month)}`
}

/** `11/22 15:45〜15:50`; days without clock, other years with theirs, less than a minute with seconds. */
export function bucketTime({ fromMs, toMs }: TimeWindow, nowMs: number): string {
  const day = dayText(fromMs, nowMs)
  if (toMs - fromMs >= dayMs) return day
  if (toMs - fromMs < 60_000) return `${day} ${clockTime(fromMs, language.value)}`
  if (toMs - fromMs < 120_000) return `${day} ${hourMinute(fromMs, language.value)}`
  const dash = language.value === 'ja' ? '〜' : ' – '
  return `${day} ${hourMinute(fromMs, language.value)}${dash}${hourMinute(toMs, language.value)}`
}

export function dayText(timeMs: number, nowMs: number): string {
  const isThisYear = jstDate(timeMs).year === jstDate(nowMs).year
  return isThisYear ? monthDay(timeMs, language.value) : dateTime(timeMs, language.value).replace(/,? [\d:]+$/, '')
}

export function spanText({ fromMs, toMs }: TimeWindow, nowMs: number): string {
  const from = dateTime(fromMs, language.value)
  return nowMs - toMs < 120_000
    ? t('chart.spanNow', { from })
    : t('chart.span', { from, to: dateTime(toMs, language.value) })
}

const eventTexts: Readonly<Partial<Record<string, TextKey>>> = {
  inspection: 'chart.event.inspection',
  anomaly: 'chart.event.anomaly',
  'lamp-fault': 'chart.event.lamp-fault',
  canopy: 'chart.event.canopy',
  'road-damage': 'chart.event.road-damage',
  display: 'chart.event.display',
  teaching: 'chart.event.teaching',
}

const markTexts: Readonly<Record<Mark['kind'], TextKey>> = {
  alarm: 'chart.mark.alarm',
  event: 'chart.mark.event',
  uncertain: 'chart.mark.uncertain',
  bad: 'chart.mark.bad',
  gap: 'chart.mark.gap',
}

export function markKindText(kind: Mark['kind']): string {
  return t(markTexts[kind])
}

export function markText(mark: Mark, nowMs: number): string {
  const kind = markKindText(mark.kind)
  const when = markTime(mark, nowMs)
  if (mark.kind === 'gap') return t('chart.markPlain', { kind, when })
  if (mark.kind === 'alarm') return t('chart.markAt', { kind, when, text: localized(mark.title) })
  if (mark.kind === 'event')
    return t('chart.markAt', { kind, when, text: t(eventTexts[mark.event] ?? 'chart.event.other') })
  const count = t('chart.markCount', { n: mark.count })
  return t('chart.markAt', { kind, when, text: mark.reason === null ? count : `${reasonText(mark.reason)} ${count}` })
}

function markTime(mark: Mark, nowMs: number): string {
  const { fromMs, toMs } = mark
  const at = (timeMs: number): string => `${dayText(timeMs, nowMs)} ${hourMinute(timeMs, language.value)}`
  if (mark.kind === 'alarm' && mark.lasts) return t('chart.markLasts', { from: at(fromMs) })
  if (at(fromMs) === at(toMs)) return at(fromMs)
  const isSameDay = dayText(fromMs, nowMs) === dayText(toMs, nowMs)
  return t('chart.span', { from: at(fromMs), to: isSameDay ? hourMinute(toMs, language.value) : at(toMs) })
}

export function limitText({ side, title, steps }: SeriesMarks['limits'][number], curve: Said): string {
  const values = steps.map(({ value }) => toDisplay(value, curve.display))
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const value =
    low === high ? said(low, curve) : t('chart.limitVaries', { low: said(low, curve), high: said(high, curve) })
  return t(side === 'above' ? 'chart.limitAbove' : 'chart.limitBelow', { value, title: localized(title) })
}

/** What tells a curve from the others: quantity, device and place as far as they differ, and the time that is laid over. */
export function curveName(
  item: LatestItem,
  shift: Shift,
  others: readonly LatestItem[],
  siteName: (site: string | null) => string,
): string {
  const differs = (of: (item: LatestItem) => string): boolean => others.some((other) => of(other) !== of(item))
  const label = localized(item.label)
  const site = differs((one) => one.site ?? '') ? siteName(item.site) : ''
  const device = differs((one) => `${one.gateway} ${one.device}`) && site === '' ? localized(item.deviceLabel) : ''
  const name = [site, device, label].filter((part) => part !== '').join(' ')
  return shift === 'none' ? name : t('chart.overName', { name, over: t(overTexts[shift]) })
}

export function axisUnitText({
  display,
  switchWords,
}: {
  readonly display: DisplayUnit
  readonly switchWords: readonly string[] | undefined
}): string {
  return switchWords === undefined ? display.unit : ''
}
