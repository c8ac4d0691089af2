// The checks before a gateway is signed off. Each passes by a real reading made after the checks began, never by a tick of a box.
import { randomUUID } from 'node:crypto'
import type { CommissioningRecord } from '../../broker/contract/commissioning-record.ts'
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { deviceUnits } from '../../firmware-bridge/device-units.ts'

export interface CheckedDeviceConfig {
  readonly id: string
  readonly label: LocalizedText
  readonly profile: {
    readonly id: string
    readonly channels: readonly CheckedChannel[]
  }
}

interface CheckedChannel {
  readonly id: string
  readonly unit?: string
  /** Plausible values in `unit`; without it in the SenML primary unit that the reading has. */
  readonly range?: { readonly min: number; readonly max: number }
}

/** How far the outbox of an epoch has come: given to the uplink, and acknowledged by the hub. */
export interface UplinkMark {
  readonly epoch: string
  readonly acked: number
  readonly takenThrough: number
}

interface Seen {
  newest: Sample
  min: number
  max: number
}

interface DeviceChecks {
  readonly channels: Map<string, Seen>
  isConfirmed: boolean
}

interface Begun {
  readonly id: string
  readonly startedMs: number
  readonly offsetMs: number
  readonly mark: UplinkMark | undefined
  readonly devices: ReadonlyMap<string, DeviceChecks>
  isAcknowledged: boolean
}

/** A phone takes its time from its network; logs of a gateway that is further off cannot be compared. */
const tolerableOffsetMs = 10_000
/** A value that moved by this part of the plausible range was moved by somebody, not by noise. */
const movedPart = 0.02
/** Bound: channels of a device that are followed. Overflow: further ones are not judged. Owner: these checks. */
const mostChannels = 1000
const mostReadings = 32
/** In the whole record: what the hub takes, and an address can carry back. */
const mostReadingsOfRecord = 1000

export interface CheckStates {
  readonly id: string
  readonly startedMs: number
  readonly clock: CommissioningRecord['clock']
  readonly uplink: CommissioningRecord['uplink']
  readonly devices: readonly DeviceState[]
  readonly passed: boolean
}

interface DeviceState extends Pick<CommissioningRecord['devices'][number], 'id' | 'answered' | 'confirmed'> {
  /** Channels whose newest reading is not good. */
  readonly faulty: readonly string[]
}

export class Commissioning {
  readonly #devices: readonly CheckedDeviceConfig[]
  #begun: Begun | undefined

  constructor(devices: readonly CheckedDeviceConfig[]) {
    this.#devices = devices
  }

  /** Begins anew; what an earlier beginning had seen no longer counts. */
  begin(given: { readonly nowMs: number; readonly phoneMs: number; readonly mark: UplinkMark | undefined }): void {
    this.#begun = {
      id: randomUUID(),
      startedMs: given.nowMs,
      offsetMs: given.nowMs - given.phoneMs,
      mark: given.mark,
      devices: new Map(this.#devices.map(({ id }) => [id, { channels: new Map<string, Seen>(), isConfirmed: false }])),
      isAcknowledged: false,
    }
  }

  take(samples: readonly Sample[]): void {
    if (this.#begun === undefined) return
    for (const sample of samples) {
      const cut = sample.name.lastIndexOf(':')
      const channels = this.#begun.devices.get(sample.name.slice(0, cut))?.channels
      if (channels !== undefined) see(channels, sample.name.slice(cut + 1), sample)
    }
  }

  /** The engineer has compared the values of a device with what is there. False: there is no such device, or it has no good value. */
  confirm(device: string): boolean {
    const checks = this.#begun?.devices.get(device)
    if (checks === undefined || !answered(checks)) return false
    checks.isConfirmed = true
    return true
  }

  /** Undefined: the checks have not begun. */
  states(mark: UplinkMark | undefined): CheckStates | undefined {
    const begun = this.#begun
    if (begun === undefined) return undefined
    begun.isAcknowledged ||= hasAcknowledged(begun.mark, mark)
    const devices = this.#devices.map((device) => deviceState(device, begun.devices.get(device.id)))
    const clock = { passed: Math.abs(begun.offsetMs) <= tolerableOffsetMs, offsetMs: begun.offsetMs }
    const uplink = { passed: begun.isAcknowledged }
    const well = devices.every((device) => device.answered && device.confirmed !== 'no')
    const { id, startedMs } = begun
    return {
      id,
      startedMs,
      clock,
      uplink,
      devices,
      passed: clock.passed && uplink.passed && well && devices.length > 0,
    }
  }

  /** What has come out so far. Undefined: the checks have not begun. */
  record(given: {
    readonly gateway: string
    readonly agent: string
    readonly nowMs: number
    readonly mark: UplinkMark | undefined
  }): CommissioningRecord | undefined {
    const states = this.states(given.mark)
    if (states === undefined || this.#begun === undefined) return undefined
    const { id, startedMs, clock, uplink, passed } = states
    const seen = this.#begun.devices
    const most = Math.max(1, Math.min(mostReadings, Math.floor(mostReadingsOfRecord / this.#devices.length)))
    const devices = this.#devices.map(({ label, profile }, index) => {
      const { id: device, answered: isAnswered, confirmed } = states.devices[index] as DeviceState
      const readings = readingsOf(seen.get(device), most)
      return { id: device, profile: profile.id, label, answered: isAnswered, confirmed, readings }
    })
    const { gateway, agent, nowMs } = given
    return { v: 1, id, gateway, agent, startedMs, finishedMs: nowMs, clock, uplink, devices, passed }
  }
}

function see(channels: Map<string, Seen>, channel: string, sample: Sample): void {
  const known = channels.get(channel)
  const value = typeof sample.value === 'number' && sample.quality === 'good' ? sample.value : Number.NaN
  if (known === undefined) {
    if (channels.size < mostChannels) channels.set(channel, { newest: sample, min: value, max: value })
    return
  }
  if (sample.timeMs >= known.newest.timeMs) known.newest = sample
  if (Number.isNaN(value)) return
  known.min = Number.isNaN(known.min) ? value : Math.min(known.min, value)
  known.max = Number.isNaN(known.max) ? value : Math.max(known.max, value)
}

/** Good includes plausible: a value outside its profile's range is not of good quality. */
function answered({ channels }: DeviceChecks): boolean {
  return channels.size > 0 && faultyChannels(channels).length === 0
}

function faultyChannels(channels: ReadonlyMap<string, Seen>): readonly string[] {
  return [...channels].filter(([, { newest }]) => newest.quality !== 'good').map(([id]) => id)
}

function deviceState({ id, profile }: CheckedDeviceConfig, checks: DeviceChecks | undefined): DeviceState {
  if (checks === undefined) return { id, answered: false, confirmed: 'no', faulty: [] }
  const isAnswered = answered(checks)
  const hasMoved = profile.channels.some((channel) => moved(checks.channels.get(channel.id), channel))
  const confirmed = isAnswered && hasMoved ? 'change' : isAnswered && checks.isConfirmed ? 'engineer' : 'no'
  return { id, answered: isAnswered, confirmed, faulty: faultyChannels(checks.channels) }
}

function moved(seen: Seen | undefined, { unit, range }: CheckedChannel): boolean {
  if (seen === undefined || range === undefined) return false
  const primary = (value: number): number =>
    unit === undefined ? value : (deviceUnits.toPrimary(value, unit)?.value ?? Number.NaN)
  return seen.max - seen.min >= movedPart * Math.abs(primary(range.max) - primary(range.min))
}

function readingsOf(
  checks: DeviceChecks | undefined,
  most: number,
): CommissioningRecord['devices'][number]['readings'] {
  return [...(checks?.channels ?? [])].slice(0, most).map(([channel, { newest }]) => ({
    channel,
    value: typeof newest.value === 'string' ? newest.value.slice(0, 64) : newest.value,
    ...(newest.unit === undefined ? {} : { unit: newest.unit }),
    timeMs: newest.timeMs,
  }))
}

/** A message that the uplink took after the beginning has been acknowledged. */
function hasAcknowledged(before: UplinkMark | undefined, now: UplinkMark | undefined): boolean {
  if (now === undefined) return false
  if (before === undefined || before.epoch !== now.epoch) return now.acked > 0
  return now.acked > before.takenThrough
}
