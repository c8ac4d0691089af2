// What a farmer must know of each paddy before anything else: what to do about it, and which one first.
import type { AdviceItem, AlarmItem, LatestItem, SiteItem } from '../api/shapes.ts'
import type { FieldSettings } from '../api/farm-api.ts'
import { needsAction } from './merge.ts'
import { naturalOrder } from '../format/natural-order.ts'

/** A level that is older says nothing of the water now: the hub's own advice looks back as far (water-depth.ts). */
const freshMs = 2 * 3_600_000
/** Depth is not told more exactly than waves and probe allow; as the hub's tolerance. */
const toleranceCm = 1

/** What the hub knows of one paddy. `settings` undefined: not loaded yet. */
export interface PaddyFacts {
  readonly site: SiteItem
  readonly series: readonly LatestItem[]
  readonly advice: readonly AdviceItem[]
  readonly alarms: readonly AlarmItem[]
  readonly settings: FieldSettings | undefined
  readonly nowMs: number
}

/** Why nothing can be said of the water. */
export type Unknown = 'no-probe' | 'no-reading' | 'old-reading' | 'bad-reading' | 'offline' | 'advice'

/** The water as it is against what it should be, centimetres above the soil. */
export interface Water {
  readonly depthCm: number | undefined
  readonly lowCm: number | undefined
  readonly highCm: number | undefined
  /** The probe's own reading. */
  readonly level: LatestItem | undefined
  readonly temperature: LatestItem | undefined
}

/** `cm`: how much water, at least 1. */
export type Act =
  | { readonly kind: 'fill' | 'drain'; readonly cm: number; readonly advice: AdviceItem }
  | { readonly kind: 'stop'; readonly advice: AdviceItem }
  | { readonly kind: 'other'; readonly advice: AdviceItem }
  | { readonly kind: 'alarm'; readonly alarm: AlarmItem }
  | { readonly kind: 'unknown'; readonly why: Unknown; readonly advice: AdviceItem | undefined }
  | { readonly kind: 'nothing'; readonly advice: AdviceItem | undefined }
  /** The hub says nothing of this paddy at this time of the year. */
  | { readonly kind: 'silent' }

/** now: this morning. today: in a day or so. look: nobody knows until somebody looks. watch: may become something. */
const needs = ['now', 'today', 'look', 'watch', 'fine'] as const
export type Need = (typeof needs)[number]

export interface Paddy {
  readonly site: SiteItem
  readonly need: Need
  readonly act: Act
  readonly water: Water
  /** Of the advice about water or heading; undefined: not told. */
  readonly stage: string | undefined
  /** Open alarms that need somebody. */
  readonly alarms: readonly AlarmItem[]
  /** What else is advised beside the act, most urgent first; nothing that can't be told. */
  readonly besides: readonly AdviceItem[]
}

export function isMeasured({ device }: Pick<LatestItem, 'device'>): boolean {
  return !device.startsWith('~')
}

function measured(series: readonly LatestItem[], channel: string): LatestItem | undefined {
  return series.find((item) => item.channel === channel && isMeasured(item))
}

/** The newest result of the insight about water, metres as centimetres. */
function resultCm({ site, series }: Pick<PaddyFacts, 'site' | 'series'>, output: string): number | undefined {
  const name = `~${site.id.slice(site.id.lastIndexOf('/') + 1)}.water-depth`
  const value = series.find(({ device, channel }) => device === name && channel === output)?.value
  return value === undefined || value === null ? undefined : value * 100
}

function waterOf({ site, series, settings }: Omit<PaddyFacts, 'advice' | 'alarms' | 'nowMs'>): Water {
  const level = measured(series, 'water-level')
  const zeroM = settings?.depthZeroM
  const depthM = level === undefined || level.value === null || zeroM === undefined ? undefined : level.value - zeroM
  return {
    depthCm: depthM === undefined ? undefined : depthM * 100,
    lowCm: resultCm({ site, series }, 'target-low'),
    highCm: resultCm({ site, series }, 'target-high'),
    level,
    temperature: measured(series, 'water-temperature'),
  }
}

/** Undefined: the level is there, fresh and usable. */
function levelFault({ level }: Water, { site, nowMs }: PaddyFacts): Unknown | undefined {
  if (level === undefined) return 'no-probe'
  if (level.time === null) return 'no-reading'
  if (nowMs - level.time > freshMs) return site.state === 'offline' ? 'offline' : 'old-reading'
  return level.quality === 'bad' || level.value === null ? 'bad-reading' : undefined
}

const levelRank: Readonly<Record<AdviceItem['level'], number>> = { urgent: 0, act: 1, watch: 2, fine: 3, unknown: 4 }

/** Most urgent first; of the same urgency water before all else: that is what can be done at once. */
function sorted(advice: readonly AdviceItem[]): readonly AdviceItem[] {
  return advice.toSorted(
    (a, b) =>
      levelRank[a.level] - levelRank[b.level] ||
      Number(b.insight === 'water-depth') - Number(a.insight === 'water-depth'),
  )
}

/** The act of an advice about water, by the level as it is now: within the hour of the advice the water goes on rising. */
function waterAct(advice: AdviceItem, { depthCm, lowCm, highCm }: Water): Act {
  const [what = ''] = advice.code.split(/[-:]/)
  const depth = depthCm ?? advice.number?.value
  if (what === 'deep') return { kind: 'stop', advice }
  if (what === 'drain') return { kind: 'drain', cm: Math.max(1, Math.round((depth ?? 0) - (highCm ?? 0))), advice }
  if (what !== 'fill') return { kind: 'nothing', advice }
  if (depth === undefined || lowCm === undefined || highCm === undefined) return { kind: 'other', advice }
  // Intermittent irrigation has no least depth: it is filled to the highest.
  const wanted = lowCm > 0 ? lowCm : highCm
  const lackCm = wanted - depth
  return lackCm <= 0 ? { kind: 'stop', advice } : { kind: 'fill', cm: Math.max(1, Math.round(lackCm)), advice }
}

function isPressing({ level }: AdviceItem): boolean {
  return level === 'urgent' || level === 'act'
}

function actOf(facts: PaddyFacts, water: Water): Act {
  const advice = sorted(facts.advice)
  const about = advice.find(({ insight }) => insight === 'water-depth')
  const fault = levelFault(water, facts)
  const elsewhere = advice.find((item) => isPressing(item) && item !== about)
  const pressing = fault === undefined ? advice.find(isPressing) : elsewhere
  const alarm = facts.alarms.find(({ severity }) => severity === 'critical' || severity === 'major')
  if (pressing !== undefined) {
    return pressing === about ? waterAct(pressing, water) : { kind: 'other', advice: pressing }
  }
  // An alarm about the probe is the reason why nothing can be told, not something to do about the water.
  if (alarm !== undefined && fault === undefined) return { kind: 'alarm', alarm }
  if (fault !== undefined) return { kind: 'unknown', why: fault, advice: about }
  if (about === undefined) return advice.length === 0 ? { kind: 'silent' } : { kind: 'nothing', advice: undefined }
  if (about.level === 'unknown') return { kind: 'unknown', why: 'advice', advice: about }
  return waterAct(about, water)
}

function needOf(act: Act, facts: PaddyFacts): Need {
  if (act.kind === 'alarm') return 'now'
  if (act.kind === 'unknown') return act.why === 'advice' ? 'watch' : 'look'
  // The inlet is perhaps still open, and the water goes on rising.
  if (act.kind === 'stop' && act.advice.level === 'act') return 'now'
  const level = act.kind === 'silent' ? undefined : act.advice?.level
  if (level === 'urgent') return 'now'
  if (level === 'act') return 'today'
  const isWatched = facts.alarms.length > 0 || facts.advice.some((advice) => advice.level === 'watch')
  return isWatched ? 'watch' : 'fine'
}

/** The part of a code that names a stage: `fill:booting`, `expected:tillering`, `fine:heading-cold`. */
function stageOf(advice: readonly AdviceItem[]): string | undefined {
  const about = (insight: string) =>
    advice
      .find((item) => item.insight === insight && item.level !== 'unknown')
      ?.code.split(':')[1]
      ?.replace(/-cold$/, '')
  return about('water-depth') ?? about('heading')
}

export function paddyOf(facts: PaddyFacts): Paddy {
  const water = waterOf(facts)
  const alarms = facts.alarms.filter(needsAction)
  const own = { ...facts, alarms }
  const act = actOf(own, water)
  const said = 'advice' in act ? act.advice : undefined
  return {
    site: facts.site,
    need: needOf(act, own),
    act,
    water,
    stage: stageOf(facts.advice),
    alarms,
    besides: sorted(facts.advice).filter(
      (item) => item !== said && item.level !== 'unknown' && item.level !== 'fine' && item.insight !== said?.insight,
    ),
  }
}

/** How far the water is from its target, cm; 0 within it, or where either is not known. */
function distanceCm({ depthCm, lowCm, highCm }: Water): number {
  if (depthCm === undefined || lowCm === undefined || highCm === undefined) return 0
  const off = Math.max(lowCm - depthCm, depthCm - highCm, 0)
  return off < toleranceCm ? 0 : off
}

/** The paddy that needs a person first comes first; of the same need the one that is furthest from its target. */
export function byNeed(paddies: readonly Paddy[]): readonly Paddy[] {
  return paddies.toSorted(
    (a, b) =>
      needs.indexOf(a.need) - needs.indexOf(b.need) ||
      distanceCm(b.water) - distanceCm(a.water) ||
      naturalOrder(a.site.id, b.site.id),
  )
}
