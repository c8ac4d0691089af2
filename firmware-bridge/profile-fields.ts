// What profiles of every driver have in common: the fields of a profile and of a channel.
import { Type, type TSchema } from 'typebox'
import { LocalizedText } from '../broker/contract/documents.ts'

export const strict = { additionalProperties: false } as const

const ChannelId = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,47}$',
  description: 'lower case letters, digits and hyphens, e.g. "air-temperature"',
})

/** What every channel has, whatever its driver. */
export const channelFields = {
  id: ChannelId,
  label: LocalizedText,
  /** Device unit (device-units.ts) or SenML unit; what travels is its SenML primary unit. Absent: no unit, or given by the source. */
  unit: Type.Optional(Type.String({ maxLength: 16 })),
  /** device value = raw × scale + offset, in `unit`. */
  scale: Type.Optional(Type.Number()),
  offset: Type.Optional(Type.Number()),
  /** Plausible values in `unit` (or in the primary unit where the source gives the unit); outside is quality `outside`, reason `range`. */
  range: Type.Optional(Type.Object({ min: Type.Number(), max: Type.Number() }, strict)),
  outside: Type.Optional(Type.Enum(['uncertain', 'bad'])),
}

const profileFields = {
  id: ChannelId,
  label: LocalizedText,
  /** Where the map comes from, and what varies by maker. */
  notes: Type.Optional(Type.String()),
}

export function profileOf<Driver extends string, Fields extends Record<string, TSchema>, Channel extends TSchema>(
  driver: Driver,
  fields: Fields,
  channel: Channel,
  minChannels = 1,
) {
  return Type.Object(
    {
      ...profileFields,
      driver: Type.Literal(driver),
      ...fields,
      channels: Type.Array(channel, { minItems: minChannels, maxItems: 500 }),
    },
    strict,
  )
}
