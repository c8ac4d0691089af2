// What a hub is told about the identity provider of its city: who it is, how the hub proves itself, whom it may let in.
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { AppError } from '../../broker/contract/app-error.ts'
import { everyTenant } from './principal.ts'
import { roles } from './rights.ts'

const strict = { additionalProperties: false } as const
const TenantOrAll = Type.String({ pattern: '^([a-z0-9-]{1,32}|\\*)$' })
const Label = Type.String({ minLength: 1, maxLength: 40 })

const SettingsFile = Type.Object(
  {
    issuer: Type.String({ pattern: '^https?://[^\\s?#]+$', maxLength: 300 }),
    clientId: Type.String({ minLength: 1, maxLength: 200 }),
    /** A file, by its path from this one; absent: a client without a secret, by PKCE alone. */
    clientSecret: Type.Optional(Type.Object({ file: Type.String({ minLength: 1 }) }, strict)),
    /** On the button of the sign-in page. */
    label: Type.Object({ ja: Label, en: Label }, strict),
    scopes: Type.Optional(Type.Array(Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' }), { maxItems: 20 })),
    /** People of these tenants alone may come in by it; default: of all. */
    tenants: Type.Optional(Type.Array(TenantOrAll, { minItems: 1, maxItems: 100 })),
    /** `provider`: it always asks for two. `claim` (default): where its token says so (`amr` holds `mfa`, RFC 8176). */
    secondFactor: Type.Optional(Type.Union([Type.Literal('provider'), Type.Literal('claim')])),
    /** The roles in the tenants named here are then those that the claim gives, at each sign-in. */
    roles: Type.Optional(
      Type.Object(
        {
          claim: Type.String({ minLength: 1, maxLength: 100 }),
          map: Type.Array(
            Type.Object(
              {
                value: Type.String({ minLength: 1, maxLength: 200 }),
                tenant: TenantOrAll,
                role: Type.Enum([...roles]),
              },
              strict,
            ),
            { minItems: 1, maxItems: 1000 },
          ),
        },
        strict,
      ),
    ),
    /** By what address people reach the hub, where a proxy puts something before its paths. */
    publicUrl: Type.Optional(Type.String({ pattern: '^https?://[^\\s?#]+$', maxLength: 200 })),
  },
  strict,
)
type SettingsFile = Static<typeof SettingsFile>

export interface IdentityProviderSettings extends Omit<SettingsFile, 'clientSecret'> {
  readonly clientSecret: string | undefined
}

/** Throws `config.invalid` with every fault; the secret is in no message. */
export async function parseIdentityProvider(
  text: string,
  source: string,
  readSecret: (path: string) => Promise<string>,
): Promise<IdentityProviderSettings> {
  const { clientSecret, ...settings } = checkedFile(text, source)
  const faults = [...faultsOf(settings)]
  const secret = clientSecret && (await readSecret(clientSecret.file).catch(() => undefined))?.trim()
  if (clientSecret !== undefined && !secret)
    faults.push(`/clientSecret: ${clientSecret.file} cannot be read, or is empty`)
  if (faults.length > 0) throw new AppError('config.invalid', `${source} has faults:\n  ${faults.join('\n  ')}`)
  return { ...settings, clientSecret: secret }
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
  throw new AppError('config.invalid', `${source} has faults:\n  ${faults.join('\n  ')}`)
}

function* faultsOf({ issuer, scopes, tenants = [everyTenant], roles: mapped }: Omit<SettingsFile, 'clientSecret'>) {
  const url = URL.parse(issuer)
  if (url === null) yield `/issuer: "${issuer}" is no URL`
  else if (url.protocol === 'http:' && !isOwnMachine(url.hostname))
    yield '/issuer: who somebody is travels only over https'
  if (scopes !== undefined && !scopes.includes('openid')) yield '/scopes: openid is one of them'
  for (const { tenant, value } of mapped?.map ?? []) {
    if (!tenants.includes(everyTenant) && !tenants.includes(tenant))
      yield `/roles/map "${value}": ${tenant} is not among /tenants`
  }
}

/** Where plain HTTP goes nowhere. */
export function isOwnMachine(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
