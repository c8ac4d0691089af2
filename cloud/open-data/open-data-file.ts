// Reads the configuration of open data (YAML): who publishes, under which licence, and the lists; every fault at once.
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { AppError } from '../../broker/contract/app-error.ts'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { ListDefinition, listFaults } from '../places/list-definition.ts'
import { ReportSettings } from '../reports/report-settings.ts'
import { isOrganisationCode } from '../places/organisation-code.ts'

const strict = { additionalProperties: false } as const

const OpenDataSettings = Type.Object(
  {
    publisher: Type.Object({ code: Type.String(), name: LocalizedText }, strict),
    licence: Type.Enum(['PDL1.0', 'CC-BY-4.0']),
    /** Where people reach the hub, without a slash at its end; without it what they asked for. */
    url: Type.Optional(Type.String({ pattern: '^https?://[^\\s]+[^/\\s]$' })),
    lists: Type.Array(ListDefinition, { maxItems: 20 }),
    /** Absent: citizens report nothing to this hub. */
    reports: Type.Optional(ReportSettings),
  },
  strict,
)
export type OpenDataSettings = Static<typeof OpenDataSettings>

export const licenceAddresses: Readonly<Record<OpenDataSettings['licence'], string>> = {
  'PDL1.0': 'https://www.digital.go.jp/resources/open_data/public_data_license_v1.0',
  'CC-BY-4.0': 'https://creativecommons.org/licenses/by/4.0/',
}

/** Throws `config.invalid` with every fault. `source` names the file in messages. */
export function parseOpenData(text: string, source: string): OpenDataSettings {
  const document = parsedYaml(text, source)
  if (!Value.Check(OpenDataSettings, document)) {
    const faults = [...Value.Errors(OpenDataSettings, document)].map(
      ({ instancePath, message }) => `${instancePath} ${message}`,
    )
    throw new AppError('config.invalid', `${source} has faults:\n  ${faults.slice(0, 20).join('\n  ')}`)
  }
  const faults = document.lists.flatMap(listFaults)
  const { code } = document.publisher
  if (!isOrganisationCode(code)) faults.push(`publisher: ${code} is no 全国地方公共団体コード; right: 122254`)
  const { bounds } = document.reports ?? {}
  if (bounds !== undefined && (bounds.south >= bounds.north || bounds.west >= bounds.east)) {
    faults.push('reports: bounds: south is below north, and west below east; right: { south: 35.1, west: 139.8, … }')
  }
  const kinds = document.lists.map(({ kind }) => kind)
  if (new Set(kinds).size < kinds.length) faults.push('lists: a kind stands twice')
  if (faults.length > 0) throw new AppError('config.invalid', `${source} has faults:\n  ${faults.join('\n  ')}`)
  return document
}

function parsedYaml(text: string, source: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('config.invalid', `${source} is no YAML: ${reason}`, { cause })
  }
}
