// Decides why people are not told of an alarm now; evaluation and clearing go on.
import { suppressions, type Alarm, type Suppression } from './alarm.ts'

/** What is known of the surroundings of an alarm. */
export interface Surroundings {
  isShelved(alarm: Alarm): boolean
  inMaintenance(alarm: Alarm): boolean
  /** The gateway is not connected. */
  isGatewayOffline(gateway: string): boolean
  /** All series of the device are silent, which is an alarm of its own. */
  isDeviceSilent(gateway: string, device: string): boolean
  isFlapping(alarm: Alarm): boolean
  /** Another alarm that lasts says the same of its series. */
  isSaidBetter(alarm: Alarm): boolean
}

/** In the order of `suppressions`; empty where people may be told. */
export function suppressionsOf(alarm: Alarm, surroundings: Surroundings): readonly Suppression[] {
  return suppressions.filter((cause) => holds(cause, alarm, surroundings))
}

function holds(cause: Suppression, alarm: Alarm, surroundings: Surroundings): boolean {
  const { gateway, device, kind } = alarm
  switch (cause) {
    case 'shelved':
      return surroundings.isShelved(alarm)
    case 'maintenance':
      return surroundings.inMaintenance(alarm)
    case 'gateway-offline':
      return kind !== 'gateway-offline' && surroundings.isGatewayOffline(gateway)
    case 'device-silent':
      return device !== undefined && !isDeviceAlarm(alarm) && surroundings.isDeviceSilent(gateway, device)
    case 'flapping':
      return surroundings.isFlapping(alarm)
    case 'same-fault':
      return surroundings.isSaidBetter(alarm)
    default:
      return cause satisfies never
  }
}

/** It says that a whole device is silent. */
export function isDeviceAlarm({ kind, device, series }: Alarm): boolean {
  return kind === 'dead-man' && device !== undefined && series === undefined
}

/** The rules whose alarms hide those of an alarm's rule at the same series. */
export type HidingRules = (alarm: Alarm) => readonly string[]

/** What lasts at a series, as `{rule} {series}`. */
export function lastingAtSeries(alarms: Iterable<Alarm>): ReadonlySet<string> {
  const lasting = new Set<string>()
  for (const { rule, series, clearedMs } of alarms) {
    if (series !== undefined && clearedMs === undefined) lasting.add(`${rule} ${series}`)
  }
  return lasting
}

/** A score or verdict of a model, `{series}.{what}`, is about the series that it judges too. */
export function seriesAbout({ series }: Pick<Alarm, 'series'>): readonly string[] {
  if (series === undefined) return []
  const judged = /^(.+:.+)\.[^.:/]+$/.exec(series)?.[1]
  return judged === undefined ? [series] : [series, judged]
}

export function sameSuppressions(one: readonly Suppression[], other: readonly Suppression[]): boolean {
  return one.length === other.length && one.every((cause, place) => cause === other[place])
}
