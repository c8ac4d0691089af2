// The lamps of a streetlight cabinet, read out of its channels and alarms: which burn, which are faulty, whom to see first.
import type { AlarmItem, LatestItem } from '../api/shapes.ts'
import { severityRank } from './merge.ts'
import { naturalOrder } from '../format/natural-order.ts'

/**
 * alarm: the hub has an open alarm about it. unknown: no usable power. checking: fed but dark, and no alarm yet.
 * lit, off: as it should be.
 */
export type LampState = 'alarm' | 'unknown' | 'checking' | 'lit' | 'off'

export interface Lamp {
  /** Its device, and its number within it. */
  readonly device: string
  readonly number: number
  readonly state: LampState
  /** The worst open alarm about it. */
  readonly alarm: AlarmItem | undefined
  readonly power: LatestItem
}

const channelOfLamp = /^lamp-(\d+)-/
const channelOfPower = /^lamp-(\d+)-power$/
/** W. A lamp that burns draws tens of watts, one that does not less than its driver's standby. */
const litFromW = 5

/** Is this series about one lamp of a cabinet? */
export function isOfLamp({ siteKind, channel }: LatestItem): boolean {
  return siteKind === 'streetlight' && channelOfLamp.test(channel)
}

/** Every lamp of a site whose power is metered; what needs somebody first, then by device and number. */
export function lampsOf(series: readonly LatestItem[], alarms: readonly AlarmItem[]): readonly Lamp[] {
  return series.flatMap((power) => lampOf(power, series, alarms) ?? []).toSorted(byNeed)
}

function lampOf(power: LatestItem, series: readonly LatestItem[], alarms: readonly AlarmItem[]): Lamp | undefined {
  const number = isOfLamp(power) ? channelOfPower.exec(power.channel)?.[1] : undefined
  if (number === undefined) return undefined
  const own = series.filter(
    ({ gateway, device, channel }) =>
      gateway === power.gateway && device === power.device && channelOfLamp.exec(channel)?.[1] === number,
  )
  const ids = new Set(own.map((item) => item.series))
  const alarm = alarms
    .filter(({ series: about, state }) => state === 'open' && about !== null && ids.has(about))
    .toSorted((a, b) => severityRank[a.severity] - severityRank[b.severity])[0]
  const relay = own.find(({ channel }) => channel.endsWith('-relay'))
  return {
    device: power.device,
    number: Number(number),
    state: alarm === undefined ? stateOf(power, relay) : 'alarm',
    alarm,
    power,
  }
}

function stateOf(power: LatestItem, relay: LatestItem | undefined): LampState {
  if (power.value === null || power.quality === 'bad' || power.time === null) return 'unknown'
  if (power.value >= litFromW) return 'lit'
  return relay?.quality === 'good' && relay.value === 1 ? 'checking' : 'off'
}

const needRank: Readonly<Record<LampState, number>> = { alarm: 0, unknown: 5, checking: 6, lit: 7, off: 8 }

function byNeed(a: Lamp, b: Lamp): number {
  const rank = ({ state, alarm }: Lamp): number =>
    needRank[state] + (alarm === undefined ? 0 : severityRank[alarm.severity])
  return rank(a) - rank(b) || naturalOrder(a.device, b.device) || a.number - b.number
}

export interface LampCount {
  readonly all: number
  readonly lit: number
  readonly off: number
  /** Of which an alarm is open. */
  readonly faulty: number
  readonly unknown: number
  readonly checking: number
}

/** A faulty lamp is counted as that alone, whether it burns or not. */
export function countLamps(lamps: readonly Lamp[]): LampCount {
  const count = (state: LampState): number => lamps.filter((lamp) => lamp.state === state).length
  return {
    all: lamps.length,
    lit: count('lit'),
    off: count('off'),
    faulty: count('alarm'),
    unknown: count('unknown'),
    checking: count('checking'),
  }
}
