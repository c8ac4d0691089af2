// Reads a device profile from YAML and refuses it with every fault at once, so that one edit can mend it.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import { parseDocument } from 'yaml'
import { AppError } from '../broker/contract/app-error.ts'
import { deviceUnits } from './device-units.ts'
import { type ModbusChannel, type ModbusSource, profileSchemas, type Profile } from './profile-schema.ts'
import { schemaErrors } from './schema-errors.ts'

const profileFolder = join(import.meta.dirname, 'profiles')
const idPattern = /^[a-z0-9][a-z0-9-]*$/
const maxProfileBytes = 1_000_000
/** More faults than this are not listed: the file is then something else than a profile. */
const maxFaults = 400

/** The ids of the profiles that come with the project. */
export async function listProfiles(): Promise<readonly string[]> {
  const names = await readdir(profileFolder)
  return names
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort()
}

/**
 * A profile by its id (one of `listProfiles()`) or by the path of a YAML file. Throws AppError `not-found` when there is
 * none, `config.invalid` with one line a fault otherwise.
 */
export async function loadProfile(idOrPath: string): Promise<Profile> {
  const path = idPattern.test(idOrPath) ? join(profileFolder, `${idOrPath}.yaml`) : idOrPath
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const known = (await listProfiles()).join(', ')
    throw new AppError('not-found', `no profile "${idOrPath}" (${path}); known are ${known}, or give a path`, { cause })
  }
  return parseProfile(text, path)
}

/** A profile from YAML text; `source` names it in messages. Throws AppError `config.invalid`. */
export function parseProfile(text: string, source: string): Profile {
  if (text.length > maxProfileBytes) throw invalid(source, [`is larger than ${maxProfileBytes} characters`])
  const document = parseDocument(text, { prettyErrors: true })
  if (document.errors.length > 0)
    throw invalid(
      source,
      document.errors.map((error) => error.message),
    )
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw invalid(source, [String(cause)])
  }
  const driver = (value as { driver?: unknown } | null)?.driver
  if (typeof driver !== 'string' || !Object.hasOwn(profileSchemas, driver)) {
    throw invalid(source, [`/driver must be one of ${Object.keys(profileSchemas).join(', ')}, e.g. "modbus"`])
  }
  const faults = schemaFaults(profileSchemas[driver as keyof typeof profileSchemas], value)
  if (faults.length > 0) throw invalid(source, faults)
  const profile = value as Profile
  const meaningFaults = findMeaningFaults(profile)
  if (meaningFaults.length > 0) throw invalid(source, meaningFaults)
  return profile
}

/** Every fault of a value against a schema, one line each: path, what is wrong, what is meant where the schema says so. */
function schemaFaults(schema: TSchema, value: unknown): readonly string[] {
  const faults = schemaErrors(schema, value, maxFaults)
    .filter(({ message }) => message !== 'schema is false')
    .map(({ instancePath, message, params, keyword }) => {
      const detail =
        keyword === 'enum' || keyword === 'additionalProperties' ? ` (${Object.values(params).flat().join(', ')})` : ''
      return `${instancePath === '' ? '/' : instancePath} ${message}${detail}`
    })
  return [...new Set(faults)]
}

function invalid(source: string, faults: readonly string[]): AppError {
  return new AppError(
    'config.invalid',
    `profile ${source} has ${faults.length} fault(s):\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
  )
}

/** What a schema cannot say: ids are unique, units are known, ranges are the right way round, bits come from bit tables. */
function findMeaningFaults(profile: Profile): readonly string[] {
  const faults: string[] = []
  const seen = new Set<string>()
  for (const [index, channel] of profile.channels.entries()) {
    const at = `/channels/${index} (${channel.id})`
    if (seen.has(channel.id)) faults.push(`${at} has the id of an earlier channel`)
    seen.add(channel.id)
    if (channel.range !== undefined && channel.range.min >= channel.range.max) {
      faults.push(`${at} range.min must be below range.max, e.g. { min: 0, max: 100 }`)
    }
  }
  for (const { at, unit } of namedUnits(profile)) {
    if (!deviceUnits.isKnown(unit))
      faults.push(`${at} unit "${unit}" is not known, e.g. "m", "degC", "uS/cm" or "percent"`)
  }
  if (profile.driver === 'modbus') faults.push(...modbusFaults(profile))
  return faults
}

function namedUnits(profile: Profile): readonly { readonly at: string; readonly unit: string }[] {
  return profile.channels.flatMap((channel, index) => {
    const at = `/channels/${index} (${channel.id})`
    const units: string[] = channel.unit === undefined ? [] : [channel.unit]
    if ('unitFrom' in channel && channel.unitFrom !== undefined) {
      units.push(...Object.values(channel.unitFrom.codes).map((code) => code.unit))
    }
    if ('units' in channel.source && channel.source.units !== undefined)
      units.push(...Object.values(channel.source.units))
    return units.map((unit) => ({ at, unit }))
  })
}

function modbusFaults(profile: Extract<Profile, { driver: 'modbus' }>): readonly string[] {
  return profile.channels.flatMap((channel, index) => {
    const at = `/channels/${index} (${channel.id})`
    const sources = [channel.source, channel.decimalsFrom, channel.exponentFrom, channel.unitFrom?.source]
    return [...sources.flatMap((source) => tableFaults(source, at)), ...meaningFaults(channel, at)]
  })
}

function tableFaults(source: ModbusSource | undefined, at: string): readonly string[] {
  if (source === undefined) return []
  const isBitTable = source.table === 'coil' || source.table === 'discrete'
  if (isBitTable === (source.type === 'bit')) return []
  return [
    `${at} type ${source.type} does not fit table ${source.table}: coil and discrete are bit, input and holding are not`,
  ]
}

/** Faults of what a raw number means: a counter or a current loop, one of them, and with numbers that can be meant. */
function meaningFaults(
  { source, counter, currentLoop, decimalsFrom, unitFrom }: ModbusChannel,
  at: string,
): readonly string[] {
  const faults: string[] = []
  if (counter !== undefined && source.type !== 'uint16' && source.type !== 'uint32') {
    faults.push(`${at} counter needs a source of type uint16 or uint32, not ${source.type}`)
  }
  if (currentLoop !== undefined && currentLoop.rawAt4mA === currentLoop.rawAt20mA) {
    faults.push(`${at} currentLoop.rawAt4mA and rawAt20mA must differ, e.g. rawAt4mA: 4000, rawAt20mA: 20000`)
  }
  const others = [counter, currentLoop, decimalsFrom ?? unitFrom].filter((meaning) => meaning !== undefined)
  if ((counter !== undefined || currentLoop !== undefined) && others.length > 1) {
    faults.push(`${at} counter, currentLoop and decimalsFrom or unitFrom exclude each other: keep one`)
  }
  return faults
}
