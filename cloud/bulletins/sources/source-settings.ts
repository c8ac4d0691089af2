// Which feeds a hub reads: a file of the operator (YAML), every fault of which is told at once.
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { AppError } from '../../../broker/contract/app-error.ts'
import { LocalizedText } from '../../../broker/contract/documents.ts'
import { networksOf } from '../../notifications/channels/address-guard.ts'
import { apiSource } from '../bulletin-rows.ts'

const strict = { additionalProperties: false } as const

const Source = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    tenant: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
    name: Type.Optional(LocalizedText),
    url: Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2000 }),
    everyS: Type.Optional(Type.Integer({ minimum: 30, maximum: 86_400, default: 60 })),
    /** How long an entry holds that does not say so. */
    hours: Type.Optional(Type.Number({ minimum: 0.1, maximum: 720, default: 24 })),
    /** Of texts, where the feed does not say. */
    language: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$', default: 'ja' })),
    /** Only what has one of these words in its texts or areas: a feed of the whole country has much for others. */
    contains: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 50 })),
    public: Type.Optional(Type.Boolean({ default: true })),
    push: Type.Optional(Type.Boolean({ default: true })),
  },
  strict,
)

const SettingsFile = Type.Object(
  {
    sources: Type.Array(Source, { maxItems: 50 }),
    /** Networks that may be reached although they are not public. */
    allowAddresses: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
    allowHttp: Type.Optional(Type.Boolean()),
    /** PEM of a further certificate authority. */
    ca: Type.Optional(Type.Object({ file: Type.String({ minLength: 1 }) }, strict)),
  },
  strict,
)
type SettingsFile = Static<typeof SettingsFile>

export interface SourceSettings {
  readonly id: string
  readonly tenant: string
  readonly name: LocalizedText
  readonly url: string
  readonly everyS: number
  readonly holdsMs: number
  readonly language: string
  /** Empty: everything. */
  readonly contains: readonly string[]
  readonly isPublic: boolean
  readonly isTold: boolean
}

export interface BulletinSettings {
  readonly sources: readonly SourceSettings[]
  readonly allowAddresses: readonly string[]
  readonly allowHttp: boolean
  readonly ca: string | undefined
}

/** Without a file: bulletins come by the API alone. */
export const noSources: BulletinSettings = { sources: [], allowAddresses: [], allowHttp: false, ca: undefined }

/** Throws `config.invalid`; `source` names the file in messages. */
export async function parseBulletinSettings(
  text: string,
  source: string,
  readFile: (path: string) => Promise<string>,
): Promise<BulletinSettings> {
  const file = checkedFile(text, source)
  const faults = [...faultsOf(file)]
  const { ca } = file
  const pem = ca === undefined ? undefined : await readFile(ca.file).catch(() => undefined)
  if (ca !== undefined && pem === undefined) faults.push(`/ca: ${ca.file} cannot be read`)
  if (faults.length > 0) throw new AppError('config.invalid', `${source} has faults:\n  ${faults.join('\n  ')}`)
  return {
    sources: file.sources.map(settingsOf),
    allowAddresses: file.allowAddresses ?? [],
    allowHttp: file.allowHttp ?? false,
    ca: pem,
  }
}

function settingsOf(given: SettingsFile['sources'][number]): SourceSettings {
  const { id, tenant, url, name = { ja: id, en: id }, everyS = 60, hours = 24, language = 'ja' } = given
  const { contains = [], public: isPublic = true, push = true } = given
  return { id, tenant, url, name, everyS, holdsMs: hours * 3_600_000, language, contains, isPublic, isTold: push }
}

function* faultsOf({ sources, allowAddresses = [], allowHttp }: SettingsFile) {
  const ids = sources.map(({ id }) => id)
  for (const id of new Set(ids)) if (ids.indexOf(id) !== ids.lastIndexOf(id)) yield `/sources: "${id}" stands twice`
  for (const { id, url } of sources) {
    if (id === apiSource) yield `/sources: "${apiSource}" is what comes by the API; choose another id`
    if (!URL.canParse(url)) yield `/sources "${id}": "${url}" is no URL`
    else if (url.startsWith('http:') && allowHttp !== true) yield `/sources "${id}": plain HTTP needs allowHttp: true`
  }
  for (const network of allowAddresses) {
    try {
      networksOf([network])
    } catch {
      yield `/allowAddresses: "${network}" is no network, for example 192.168.10.0/24`
    }
  }
}

function checkedFile(text: string, source: string): SettingsFile {
  let document: unknown
  try {
    document = parse(text) ?? {}
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('config.invalid', `${source} is no YAML: ${reason}`, { cause })
  }
  if (Value.Check(SettingsFile, document)) return document
  const faults = [...Value.Errors(SettingsFile, document)].map((fault) => `${fault.instancePath}: ${fault.message}`)
  throw new AppError('config.invalid', `${source} has faults:\n  ${faults.slice(0, 20).join('\n  ')}`)
}
