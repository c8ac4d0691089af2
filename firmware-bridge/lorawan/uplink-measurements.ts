// From an uplink or a status of a LoRaWAN device to measurements, by the decoder and the channels of its profile.
import { unusable } from '../channel-measurement.ts'
import type { Measurement } from '../driver.ts'
import { derivedChannel, measureValue } from '../mqtt/channel-values.ts'
import { valueAt } from '../mqtt/json-path.ts'
import type { LorawanChannel, LorawanProfile, RadioFact } from '../mqtt/profile-schemas.ts'
import { readByteLayout } from './byte-layout.ts'
import { type LppValue, readCayenneLpp } from './cayenne-lpp.ts'
import type { DeviceStatus, Uplink } from './uplink.ts'

export interface UplinkMeasurements {
  readonly measurements: readonly Measurement[]
  /** Values that no channel lists and that were left out. */
  readonly unlisted: number
}

/** The event's time is that of the network server. `lostUplinks`: since the start. Throws `payload.schema`. */
export function measureUplink(uplink: Uplink, lostUplinks: number, profile: LorawanProfile): UplinkMeasurements {
  const context = uplink.timeMs === undefined ? {} : { timeMs: uplink.timeMs }
  const facts: Partial<Record<RadioFact, number | undefined>> = {
    rssi: uplink.radio.rssi,
    snr: uplink.radio.snr,
    gateways: uplink.radio.gateways,
    'spreading-factor': uplink.radio.spreadingFactor,
    'f-cnt': uplink.fCnt,
    'lost-uplinks': lostUplinks,
    battery: uplink.battery,
  }
  const radio = measureFacts(facts, context, profile)
  if (!hasMeasurements(uplink, profile)) return { measurements: radio, unlisted: 0 }
  const sensors = decoders[profile.lorawan.decoder](uplink, context, profile)
  return { measurements: [...sensors.measurements, ...radio], unlisted: sensors.unlisted }
}

export function measureStatus(
  { timeMs, battery, margin }: DeviceStatus,
  profile: LorawanProfile,
): readonly Measurement[] {
  return measureFacts({ battery, margin }, timeMs === undefined ? {} : { timeMs }, profile)
}

/** Port 0 carries commands of the network alone. */
function hasMeasurements({ fPort, payload }: Uplink, { lorawan: { fPorts } }: LorawanProfile): boolean {
  return fPort !== 0 && payload.length > 0 && (fPorts === undefined || fPorts.includes(fPort))
}

interface Context {
  readonly timeMs?: number
}

function measureFacts(
  facts: Partial<Record<RadioFact, number | undefined>>,
  context: Context,
  { channels }: LorawanProfile,
): readonly Measurement[] {
  return channels.flatMap((channel) => {
    const value = 'radio' in channel.source ? facts[channel.source.radio] : undefined
    return value === undefined ? [] : [measureValue(channel, value, context)]
  })
}

type Decode = (uplink: Uplink, context: Context, profile: LorawanProfile) => UplinkMeasurements

const decoders: Readonly<Record<LorawanProfile['lorawan']['decoder'], Decode>> = {
  bytes: ({ payload, fPort }, context, { channels }) => ({
    unlisted: 0,
    measurements: channels.flatMap((channel) => {
      if (!('offset' in channel.source)) return []
      const raw = readByteLayout(channel.source, payload, fPort)
      if (raw === 'absent') return []
      return [raw === 'short' ? unusable(channel, 'frame', context) : measureValue(channel, raw, context)]
    }),
  }),
  object: ({ object, fPort }, context, { channels }) => ({
    unlisted: 0,
    measurements: channels.flatMap((channel) => {
      if (!('path' in channel.source)) return []
      if (channel.source.fPort !== undefined && channel.source.fPort !== fPort) return []
      const raw = valueAt(object, channel.source.path)
      return raw === undefined ? [] : [measureValue(channel, raw, context)]
    }),
  }),
  'cayenne-lpp': ({ payload }, context, profile) => {
    let unlisted = 0
    const measurements = readCayenneLpp(payload).flatMap((value) => {
      const measured = measureLpp(value, context, profile)
      if (measured === undefined) unlisted += 1
      return measured ?? []
    })
    return { measurements, unlisted }
  },
}

/** The unit of the type takes the place of the channel's, which is for types that have none. */
function measureLpp(value: LppValue, context: Context, profile: LorawanProfile): Measurement | undefined {
  const listed = profile.channels.find((channel) => isLppChannel(channel, value))
  const id = listed?.id ?? (profile.lorawan.unlisted === 'pass' ? unlistedLpp(value) : undefined)
  if (id === undefined) return undefined
  const unit = value.unit === undefined ? {} : { unit: value.unit }
  return measureValue(listed ?? { id }, value.value, { ...context, ...unit })
}

function isLppChannel({ source }: LorawanChannel, { channel, type, axis }: LppValue): boolean {
  return 'lpp' in source && source.lpp === channel && source.type === type && source.axis === axis
}

/** As the network servers' own decoders call it: `temperature-3`. */
function unlistedLpp({ channel, type, axis }: LppValue): string | undefined {
  return derivedChannel(`${type}-${channel}${axis === undefined ? '' : `-${axis}`}`)
}
