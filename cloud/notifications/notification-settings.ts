// What a hub is told about notification: which channels, with which accounts, within which limits.
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { AppError } from '../../broker/contract/app-error.ts'
import { Severity } from '../alarms/rules/rule.ts'
import { defaultRetries, type RetryLimits } from './backoff.ts'
import { networksOf } from './channels/address-guard.ts'
import { type EmailSettings, isLoopback, isMailbox } from './channels/email-channel.ts'
import type { LineSettings } from './channels/line-channel.ts'
import { isWebhookSecret, type WebhookTarget } from './channels/webhook-channel.ts'
import { defaultLogDays } from './delivery-retention.ts'
import type { SystemTarget } from './intents.ts'
import type { Recipient } from './notice.ts'
import { defaultRate, type RateLimit } from './rate-limit.ts'

const strict = { additionalProperties: false } as const

/** A secret never stands in the file itself. */
const SecretSource = Type.Union([
  Type.Object({ env: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' }) }, strict),
  Type.Object({ file: Type.String({ minLength: 1 }) }, strict),
])
type SecretSource = Static<typeof SecretSource>

const TenantNames = Type.Array(Type.String({ pattern: '^([a-z0-9-]{1,32}|\\*)$' }), { minItems: 1, maxItems: 1000 })

const SettingsFile = Type.Object(
  {
    publicUrl: Type.Optional(Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 200 })),
    email: Type.Optional(
      Type.Object(
        {
          host: Type.String({ minLength: 1, maxLength: 253 }),
          port: Type.Integer({ minimum: 1, maximum: 65_535 }),
          security: Type.Union([Type.Literal('tls'), Type.Literal('starttls'), Type.Literal('none')]),
          user: Type.Optional(Type.String({ minLength: 1 })),
          password: Type.Optional(SecretSource),
          from: Type.String({ minLength: 3, maxLength: 200 }),
          replyTo: Type.Optional(Type.String({ maxLength: 200 })),
          ca: Type.Optional(Type.Object({ file: Type.String({ minLength: 1 }) }, strict)),
        },
        strict,
      ),
    ),
    push: Type.Optional(Type.Object({ contact: Type.String({ pattern: '^(mailto:|https://)[^\\s]+$' }) }, strict)),
    line: Type.Optional(
      Type.Object(
        { token: SecretSource, baseUrl: Type.Optional(Type.String({ pattern: '^https?://[^\\s]+$' })) },
        strict,
      ),
    ),
    webhooks: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
            url: Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2000 }),
            secrets: Type.Array(SecretSource, { minItems: 1, maxItems: 2 }),
            tenants: TenantNames,
            severity: Severity,
            /** The least of bulletins; absent: none. */
            bulletins: Type.Optional(Severity),
          },
          strict,
        ),
        { maxItems: 100 },
      ),
    ),
    mqtt: Type.Optional(
      Type.Object({ tenants: TenantNames, severity: Severity, bulletins: Type.Optional(Severity) }, strict),
    ),
    /** Networks that may be reached although they are not public. */
    allowAddresses: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
    /** Webhooks and LINE over plain HTTP: for receivers beside the hub. */
    allowHttp: Type.Optional(Type.Boolean()),
    ca: Type.Optional(Type.Object({ file: Type.String({ minLength: 1 }) }, strict)),
    rate: Type.Optional(
      Type.Object(
        { burst: Type.Number({ minimum: 1, maximum: 1000 }), perMinute: Type.Number({ minimum: 0.01, maximum: 1000 }) },
        strict,
      ),
    ),
    retries: Type.Optional(
      Type.Object(
        {
          firstS: Type.Number({ minimum: 0.1, maximum: 600 }),
          maxS: Type.Number({ minimum: 1, maximum: 3600 }),
          tries: Type.Integer({ minimum: 1, maximum: 20 }),
        },
        strict,
      ),
    ),
    logDays: Type.Optional(Type.Number({ minimum: 1, maximum: 3650 })),
    /** People of a hub without sign-in. */
    contacts: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: Type.String({ minLength: 1, maxLength: 128 }),
            name: Type.String({ minLength: 1, maxLength: 80 }),
            language: Type.Union([Type.Literal('ja'), Type.Literal('en')]),
            email: Type.Optional(Type.String({ maxLength: 254 })),
            tenants: Type.Array(
              Type.Object({ tenant: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }), role: Type.String() }, strict),
              { minItems: 1, maxItems: 100 },
            ),
          },
          strict,
        ),
        { maxItems: 1000 },
      ),
    ),
  },
  strict,
)
type SettingsFile = Static<typeof SettingsFile>

export interface NotificationSettings {
  readonly publicUrl: string | undefined
  readonly email: EmailSettings | undefined
  readonly push: { readonly contact: string } | undefined
  readonly line: LineSettings | undefined
  readonly webhooks: readonly WebhookTarget[]
  readonly mqtt: boolean
  readonly systems: readonly SystemTarget[]
  readonly allowAddresses: readonly string[]
  readonly allowHttp: boolean
  readonly ca: string | undefined
  readonly rate: RateLimit
  readonly retries: RetryLimits
  readonly sendTimeoutMs: number
  readonly logDays: number
  readonly contacts: readonly Recipient[]
}

/** What the file's secrets and certificates are read with. */
export interface SettingsSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly readFile: (path: string) => Promise<string>
}

const sendTimeoutMs = 30_000

/** Without a file: notices are kept, and nobody is told. */
export const noNotifications: NotificationSettings = {
  publicUrl: undefined,
  email: undefined,
  push: undefined,
  line: undefined,
  webhooks: [],
  mqtt: false,
  systems: [],
  allowAddresses: [],
  allowHttp: false,
  ca: undefined,
  rate: defaultRate,
  retries: defaultRetries,
  sendTimeoutMs,
  logDays: defaultLogDays,
  contacts: [],
}

const lineUrl = 'https://api.line.me'

/** Throws `config.invalid` with every fault; `source` names the file in messages, and no secret is ever in one. */
export async function parseNotificationSettings(
  text: string,
  source: string,
  sources: SettingsSources,
): Promise<NotificationSettings> {
  const file = checkedFile(text, source)
  const faults = [...faultsOf(file)]
  const secret = async (given: SecretSource, path: string): Promise<string> => {
    const found = await readSecret(given, sources)
    if (found === undefined)
      faults.push(`${path}: ${'env' in given ? `$${given.env} is not set` : `${given.file} cannot be read`}`)
    return found ?? ''
  }
  const certificate = async (given: { readonly file: string } | undefined, path: string) =>
    given === undefined ? undefined : await secret(given, path)
  const { email, line, webhooks = [], mqtt, retries } = file
  const settings: NotificationSettings = {
    publicUrl: file.publicUrl,
    email: email && {
      ...email,
      password: email.password && (await secret(email.password, '/email/password')),
      ca: await certificate(email.ca, '/email/ca'),
      timeoutMs: sendTimeoutMs,
    },
    push: file.push,
    line: line && { baseUrl: line.baseUrl ?? lineUrl, token: await secret(line.token, '/line/token') },
    webhooks: await Promise.all(
      webhooks.map(async ({ id, url, secrets }, index) => ({
        id,
        url,
        secrets: await Promise.all(secrets.map((one) => secret(one, `/webhooks/${index}/secrets`))),
      })),
    ),
    mqtt: mqtt !== undefined,
    systems: systemsOf(file),
    allowAddresses: file.allowAddresses ?? [],
    allowHttp: file.allowHttp ?? false,
    ca: await certificate(file.ca, '/ca'),
    rate: file.rate ?? defaultRate,
    retries:
      retries === undefined
        ? defaultRetries
        : { firstMs: retries.firstS * 1000, maxMs: retries.maxS * 1000, tries: retries.tries },
    sendTimeoutMs,
    logDays: file.logDays ?? defaultLogDays,
    contacts: (file.contacts ?? []).map((contact) => ({ ...contact, email: contact.email })),
  }
  for (const { id, secrets } of settings.webhooks) {
    if (secrets.some((one) => one !== '' && !isWebhookSecret(one)))
      faults.push(`/webhooks "${id}": a secret is whsec_ and base64 of 24 to 64 bytes`)
  }
  if (faults.length > 0) throw new AppError('config.invalid', `${source} has faults:\n  ${faults.join('\n  ')}`)
  return settings
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

function* faultsOf({ email, webhooks = [], allowAddresses = [], contacts = [], allowHttp, line }: SettingsFile) {
  if (email?.security === 'none' && !isLoopback(email.host))
    yield '/email/security: e-mail leaves this machine only encrypted; use tls or starttls'
  if (email !== undefined && (email.user === undefined) !== (email.password === undefined))
    yield '/email: user and password come together'
  if (email !== undefined && !/^[^<>\r\n]*<?[^\s<>@]+@[A-Za-z0-9.-]+>?$/.test(email.from))
    yield "/email/from: for example 'Musubi <musubi@city.example.jp>'"
  const urls = [...webhooks.map(({ url }) => url), ...(line?.baseUrl === undefined ? [] : [line.baseUrl])]
  for (const url of urls) {
    if (!URL.canParse(url)) yield `"${url}" is no URL`
    else if (url.startsWith('http:') && allowHttp !== true) yield `"${url}": plain HTTP needs allowHttp: true`
  }
  const ids = webhooks.map(({ id }) => id)
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) yield `/webhooks: "${id}" is used twice`
  for (const network of allowAddresses) {
    try {
      networksOf([network])
    } catch {
      yield `/allowAddresses: "${network}" is no network, for example 192.168.10.0/24`
    }
  }
  for (const { id, email: address } of contacts)
    if (address !== undefined && !isMailbox(address)) yield `/contacts "${id}": "${address}" is no e-mail address`
}

async function readSecret(given: SecretSource, sources: SettingsSources): Promise<string | undefined> {
  if ('env' in given) return sources.environment[given.env] || undefined
  try {
    return (await sources.readFile(given.file)).trim()
  } catch {
    return undefined
  }
}

function systemsOf({ webhooks = [], mqtt }: SettingsFile): readonly SystemTarget[] {
  const hooks = webhooks.map(({ id, tenants, severity, bulletins }): SystemTarget => ({
    channel: 'webhook',
    target: id,
    tenants,
    severity,
    bulletins,
  }))
  return mqtt === undefined ? hooks : [...hooks, { channel: 'mqtt', target: '*', ...mqtt }]
}
