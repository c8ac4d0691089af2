// The languages that a line driver understands: how to ask, whose line it is, and what it measures.
import { AppError } from '../../broker/contract/app-error.ts'
import { measure, unusable } from '../channel-measurement.ts'
import type { Measurement } from '../driver.ts'
import type { LineChannel, LineProfile } from '../profile-schema.ts'
import { parseNmeaSentence, xdrReadings } from './nmea-xdr.ts'
import { parseVaisalaLine } from './vaisala-line.ts'

export interface LineAddress {
  /** Vaisala: the transmitter's address character. */
  readonly char?: string
  /** NMEA: only sentences of this talker. */
  readonly talker?: string
  /** In place of the profile's mode. */
  readonly mode?: 'polled' | 'automatic'
}

export interface LineProtocol {
  /** What asks for all measurements; undefined where the device cannot be asked. */
  query(address: LineAddress): string | undefined
  /** A harmless command and the line that answers it and nothing else, to know that nothing older is on its way. */
  probe(address: LineAddress): { readonly query: string; readonly answer: string } | undefined
  /** The measurements of a line; undefined when it is another device's. Throws AppError `driver.frame | driver.crc | driver.exception`. */
  parse(
    line: string,
    address: LineAddress,
    profile: LineProfile,
    timeMs: number | undefined,
  ): readonly Measurement[] | undefined
}

const vaisala: LineProtocol = {
  query: ({ char = '0' }) => `${char}R0\r\n`,
  // "aborts nothing and answers a<cr><lf>": the acknowledge-active command of the WXT530 user guide.
  probe: ({ char = '0' }) => ({ query: `${char}\r\n`, answer: char }),
  parse(line, { char = '0' }, profile, timeMs) {
    const parsed = parseVaisalaLine(line)
    if (parsed.address !== char) return undefined
    const fields = new Map(parsed.fields.map((field) => [field.key, field]))
    return profile.channels.flatMap((channel) => {
      if (!('key' in channel.source)) return []
      const field = fields.get(channel.source.key)
      return field === undefined ? [] : [measureLettered(channel, field.value, field.letter, timeMs)]
    })
  },
}

const nmea: LineProtocol = {
  query: () => undefined,
  probe: () => undefined,
  parse(line, { talker }, profile, timeMs) {
    const sentence = parseNmeaSentence(line)
    if (sentence.formatter !== 'XDR' || (talker !== undefined && sentence.talker !== talker)) return undefined
    return xdrReadings(sentence).flatMap((reading) => {
      const channel = profile.channels.find(
        ({ source }) => 'type' in source && source.type === reading.type && source.transducer === reading.transducer,
      )
      return channel === undefined ? [] : [measureLettered(channel, reading.value, reading.unit, timeMs)]
    })
  },
}

export const lineProtocols = { 'vaisala-ascii': vaisala, 'nmea-xdr': nmea } as const satisfies Record<
  LineProfile['line']['protocol'],
  LineProtocol
>

/** `#` and an absent value are sensor faults; a letter that the profile does not know is a malformed field. */
function measureLettered(
  channel: LineChannel,
  value: number | undefined,
  letter: string,
  timeMs: number | undefined,
): Measurement {
  const time = timeMs === undefined ? {} : { timeMs }
  if (value === undefined || letter === '#') return unusable(channel, 'sensor-fault', time)
  const { source } = channel
  const state = 'letters' in source ? source.letters?.[letter] : undefined
  if (state !== undefined) return measure(channel, state, time)
  const unit = source.units?.[letter]
  return unit === undefined ? unusable(channel, 'frame', time) : measure(channel, value, { ...time, unit })
}

/** The query of a polled device. Throws AppError `config.invalid` for a protocol without one. */
export function queryOf(protocol: LineProtocol, address: LineAddress): string {
  const query = protocol.query(address)
  if (query === undefined)
    throw new AppError('config.invalid', 'this line protocol cannot be polled: use mode automatic')
  return query
}
