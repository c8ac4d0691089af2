// The devices of one gateway as whoever repairs it must see them: which are silent, since when, with which faults, by which bus.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import { gatewayDevice } from '../../../../broker/contract/gateway-device.ts'
import type { GatewayItem, LatestItem } from '../api/shapes.ts'

type Condition = NonNullable<GatewayItem['condition']>
type Fault = Condition['devices'][number]

/** silent: nothing but faults came last. partly: some series did not, or are doubtful. waiting: nothing was measured yet. */
export type DeviceAnswer = 'silent' | 'partly' | 'waiting' | 'well'

export interface DeviceSamples {
  readonly id: string
  readonly label: LocalizedText
  readonly answer: DeviceAnswer
  /** In the order in which the gateway describes them. */
  readonly items: readonly LatestItem[]
  /** Why the newest of its readings is bad, as a reason of a reading; undefined: it is not. */
  readonly reason: string | undefined
  /** What the gateway says of it; undefined: nothing ever failed, or it does not tell. */
  readonly fault: Fault | undefined
}

const ranks: Readonly<Record<DeviceAnswer, number>> = { silent: 0, partly: 1, waiting: 2, well: 3 }

/** Those that need somebody first; `series`: all of the gateway. Its own health and what the hub works out are no devices. */
export function deviceSamples(
  { condition }: Pick<GatewayItem, 'condition'>,
  series: readonly LatestItem[],
): readonly DeviceSamples[] {
  const faults = new Map(condition?.devices.map((fault) => [fault.id, fault]))
  const measured = series.filter(({ device }) => device !== gatewayDevice && !device.startsWith('~'))
  return [...Map.groupBy(measured, ({ device }) => device)]
    .map(([id, items]): DeviceSamples => {
      const fault = faults.get(id)
      const newest = items.reduce((last, item) => ((item.time ?? 0) > (last.time ?? 0) ? item : last))
      const reason = newest.quality === 'bad' ? (newest.reason ?? undefined) : undefined
      return { id, label: newest.deviceLabel, answer: answerOf(items, fault), items, reason, fault }
    })
    .toSorted((a, b) => ranks[a.answer] - ranks[b.answer])
}

/** Readings are newer than what the gateway says of the device, which counts only where none came. */
function answerOf(items: readonly LatestItem[], fault: Fault | undefined): DeviceAnswer {
  const arrived = items.filter(({ time }) => time !== null)
  if (arrived.length === 0) return fault?.state === 'offline' ? 'silent' : 'waiting'
  if (arrived.every(({ quality }) => quality === 'bad')) return 'silent'
  return arrived.every(({ quality }) => quality === 'good') ? 'well' : 'partly'
}

/** A bus of which nothing answers is broken itself: its cable, its supply or its converter. Of one device nobody can tell. */
export function silentBuses(
  { condition }: Pick<GatewayItem, 'condition'>,
  devices: readonly DeviceSamples[],
): readonly string[] {
  const silent = devices.filter(({ answer }) => answer === 'silent')
  const onBus = Map.groupBy(silent, ({ fault }) => fault?.connection)
  return (condition?.connections ?? [])
    .filter(({ id, devices: all }) => all > 1 && onBus.get(id)?.length === all)
    .map(({ id }) => id)
}

export interface BusErrors {
  /** Undefined: the gateway does not say by what it reaches the device. */
  readonly connection: string | undefined
  readonly devices: readonly { readonly id: string; readonly label: LocalizedText; readonly fault: Fault }[]
}

/** Devices with failed attempts, by the connection that they share. */
export function errorsByBus(devices: readonly DeviceSamples[]): readonly BusErrors[] {
  const failed = devices.flatMap(({ id, label, fault }) =>
    fault === undefined || fault.errors.length === 0 ? [] : [{ id, label, fault }],
  )
  return [...Map.groupBy(failed, ({ fault }) => fault.connection)].map(([connection, own]) => ({
    connection,
    devices: own,
  }))
}
