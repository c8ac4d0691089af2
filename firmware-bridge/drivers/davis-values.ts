// From a LOOP packet to the measurements of a profile's channels.
import { measure, unusable } from '../channel-measurement.ts'
import type { Measurement } from '../driver.ts'
import { loopFields, type LoopPacket } from './davis-loop.ts'
import type { DavisChannel, DavisProfile } from './davis-schemas.ts'

/** One measurement a channel. A field that the console has no reading for is a sensor fault. */
export function measureLoop(profile: DavisProfile, packet: LoopPacket): readonly Measurement[] {
  return profile.channels.map((channel) => measureField(channel, packet, profile.davis.rainClickMm))
}

function measureField(channel: DavisChannel, packet: LoopPacket, rainClickMm: number): Measurement {
  const field = loopFields.get(channel.source.field)
  const raw = field === undefined ? undefined : packet(field)
  const unit = channel.unit ?? travelling(field?.unit)
  const context = unit === undefined ? {} : { unit }
  if (field === undefined || raw === undefined) return unusable(channel, 'sensor-fault', context)
  const value = raw * (field.scale ?? 1) + (field.offset ?? 0)
  if (channel.codes !== undefined) {
    const coded = channel.codes[String(raw)]
    return coded === undefined ? unusable(channel, 'sensor-fault', context) : measure(channel, coded, context)
  }
  if (field.unit === 'click' || field.unit === 'click/h') return measure(channel, value * rainClickMm, context)
  if (field.unit === 'hhmm') return measureTime(channel, raw, context)
  return measure(channel, value, context)
}

function measureTime(channel: DavisChannel, raw: number, context: { readonly unit?: string }): Measurement {
  const [hours, minutes] = [Math.floor(raw / 100), raw % 100]
  if (hours > 23 || minutes > 59) return unusable(channel, 'sensor-fault', context)
  return measure(channel, hours * 3600 + minutes * 60, context)
}

/** The unit of the value that comes out: clicks become millimetres, times of the day seconds. */
function travelling(unit: string | undefined): string | undefined {
  if (unit === 'click') return 'mm'
  if (unit === 'click/h') return 'mm/h'
  return unit === 'hhmm' ? 's' : unit
}
