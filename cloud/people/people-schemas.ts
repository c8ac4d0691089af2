// The shapes of people in the API: sign-in, persons, tenants, tokens, audit.
import { Type, type Static, type TSchema } from 'typebox'
import { tenantKinds } from './person.ts'
import { type Right, rights, roles } from './rights.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const PersonId = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,31}$', description: 'What they sign in with' })
const TenantId = Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'As in topics' })
const TenantOrAll = Type.String({ pattern: '^([a-z0-9-]{1,32}|\\*)$', description: 'A tenant, or * for all of them' })
const Name = Type.String({ minLength: 1, maxLength: 80 })
const Email = Type.String({ maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' })
const Language = Type.Enum(['ja', 'en'])
const Password = Type.String({ minLength: 1, maxLength: 256 })
const Code = Type.String({ minLength: 6, maxLength: 40, description: 'Of the authenticator, or a recovery code' })
const RoleName = Type.Enum([...roles])
const RightName = Type.Enum([...rights])

const MembershipBody = Type.Object({ tenant: TenantOrAll, role: RoleName }, strict)

export const SignInBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 254, description: 'Id or e-mail' }),
    password: Password,
    code: Type.Optional(Code),
  },
  strict,
)
export const LinkBody = Type.Object(
  { link: Type.String({ minLength: 20, maxLength: 100 }), password: Password },
  strict,
)
export const PasswordBody = Type.Object({ now: Password, next: Password }, strict)
const Again = Type.Optional(
  Type.String({
    ...Password,
    description: "One's password; not needed within ten minutes of a sign-in by passkey or identity provider",
  }),
)
export const ConfirmBody = Type.Object({ password: Again }, strict)
export const CodeBody = Type.Object({ password: Again, code: Code }, strict)
export const OwnChange = Type.Object({ name: Type.Optional(Name), language: Type.Optional(Language) }, strict)
export type OwnChange = Static<typeof OwnChange>

const Path = Type.String({ maxLength: 500, description: 'A path of this hub, to go on to' })
export const ProviderBody = Type.Object(
  { next: Type.Optional(Path), link: Type.Optional(Type.String({ minLength: 20, maxLength: 100 })) },
  strict,
)
export type ProviderBody = Static<typeof ProviderBody>
export const ProviderLinkBody = Type.Object({ password: Again, next: Type.Optional(Path) }, strict)
export type ProviderLinkBody = Static<typeof ProviderLinkBody>
export const ProviderPlace = Type.Object({ location: Type.String() })
export const LinkedAccount = Type.Object({ issuer: Type.String(), linkedAt: Type.Number() })
export type LinkedAccount = Static<typeof LinkedAccount>

const Ticket = Type.String({ minLength: 1, maxLength: 4096, description: 'From the options' })
/** As @simplewebauthn/browser and the JSON methods of WebAuthn Level 3 make it; checked field by field when it is verified. */
const Credential = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 2048 }),
  rawId: Type.String({ minLength: 1, maxLength: 2048 }),
  type: Type.String({ maxLength: 32 }),
  response: Type.Record(Type.String(), Type.Unknown()),
})
export const PasskeyOffer = Type.Object({
  ticket: Type.String(),
  options: Type.Record(Type.String(), Type.Unknown(), { description: 'For the browser, as WebAuthn Level 3 has it' }),
})
export const PasskeyAnswer = Type.Object({ ticket: Ticket, response: Credential }, strict)
export type PasskeyAnswer = Static<typeof PasskeyAnswer>
export const PasskeyBody = Type.Object({ ticket: Ticket, name: Name, response: Credential }, strict)
export type PasskeyBody = Static<typeof PasskeyBody>
export const PasskeyChange = Type.Object({ name: Name }, strict)
export type PasskeyChange = Static<typeof PasskeyChange>
export const PasskeyItem = Type.Object({
  id: Type.String(),
  name: Type.String(),
  site: Type.String({ description: 'The name of the hub for which it was made' }),
  createdAt: Type.Number(),
  usedAt: nullable(Type.Number()),
})
export type PasskeyItem = Static<typeof PasskeyItem>
export const NewPasskey = Type.Object({ item: PasskeyItem, recoveryCodes: nullable(Type.Array(Type.String())) })
export const TotpOffer = Type.Object({
  secret: Type.String(),
  uri: Type.String({ description: 'otpauth://, for a QR code' }),
})
export const RecoveryCodes = Type.Object({ codes: Type.Array(Type.String()) })

/** `tenant` * : in every tenant. */
const TenantRights = Type.Object({ tenant: Type.String(), rights: Type.Array(Type.String()) })
export const Me = Type.Object({
  kind: Type.Enum(['person', 'token', 'open']),
  person: Type.String(),
  name: Type.String(),
  language: Language,
  memberships: Type.Array(Type.Object({ tenant: Type.String(), role: Type.String() })),
  rights: Type.Array(TenantRights),
  hasPassword: Type.Boolean(),
  secondFactor: Type.Boolean({ description: 'An authenticator or a passkey is set up' }),
  authenticator: Type.Boolean(),
  signOutAt: nullable(Type.String({ description: 'Where the identity provider ends its own session' })),
  needsSecondFactor: Type.Boolean({
    description:
      'Nothing is allowed before a second factor is set up, or the person signs in again with the one there is',
  }),
})
export type Me = Static<typeof Me>

export const SessionItem = Type.Object({
  id: Type.String(),
  method: Type.String(),
  remote: Type.String(),
  agent: Type.String(),
  createdAt: Type.Number(),
  seenAt: Type.Number(),
  isThis: Type.Boolean(),
})
export type SessionItem = Static<typeof SessionItem>

export const TenantBody = Type.Object(
  { id: TenantId, name: Type.Object({ ja: Name, en: Name }, strict), kind: Type.Enum([...tenantKinds]) },
  strict,
)
export const TenantChange = Type.Object(
  { name: Type.Object({ ja: Name, en: Name }, strict), kind: Type.Enum([...tenantKinds]) },
  strict,
)
export const TenantItem = Type.Object({
  id: Type.String(),
  name: Type.Object({ ja: Type.String(), en: Type.String() }),
  kind: Type.String(),
  createdAt: Type.Number(),
})
export type TenantItem = Static<typeof TenantItem>

export const PersonBody = Type.Object(
  {
    id: PersonId,
    name: Name,
    language: Type.Optional(Language),
    email: Type.Optional(Email),
    memberships: Type.Array(MembershipBody, { maxItems: 100 }),
  },
  strict,
)
export const PersonChange = Type.Object(
  {
    name: Type.Optional(Name),
    language: Type.Optional(Language),
    email: Type.Optional(nullable(Email)),
    suspended: Type.Optional(Type.Boolean()),
    memberships: Type.Optional(Type.Array(MembershipBody, { maxItems: 100 })),
  },
  strict,
)
export const PersonItem = Type.Object({
  id: Type.String(),
  name: Type.String(),
  language: Language,
  email: nullable(Type.String()),
  memberships: Type.Array(Type.Object({ tenant: Type.String(), role: Type.String() }), {
    description: 'Those in tenants that the asker may see',
  }),
  createdAt: Type.Number(),
  suspendedAt: nullable(Type.Number()),
  hasPassword: Type.Boolean(),
  secondFactor: Type.Boolean(),
})
export type PersonItem = Static<typeof PersonItem>
export const OneTimeLink = Type.Object({
  link: Type.String({ description: 'A secret, good once until `expiresAt`: /sign-in#link=…' }),
  expiresAt: Type.Number(),
})
export const NewPerson = Type.Object({ person: PersonItem, ...OneTimeLink.properties })

export const TokenBody = Type.Object(
  {
    name: Name,
    tenant: TenantOrAll,
    rights: Type.Array(RightName, { minItems: 1, uniqueItems: true }),
    expires: Type.Number({ description: 'Unix ms, at most 400 days from now' }),
    person: Type.Optional(
      Type.String({
        ...PersonId,
        description: 'Whose it is: on the command line alone; otherwise of the one who asks',
      }),
    ),
  },
  strict,
)
export const TokenItem = Type.Object({
  id: Type.String(),
  person: Type.String(),
  name: Type.String(),
  tenant: Type.String(),
  rights: Type.Array(Type.String()),
  createdAt: Type.Number(),
  expiresAt: Type.Number(),
  usedAt: nullable(Type.Number()),
})
export type TokenItem = Static<typeof TokenItem>
export const NewTokenItem = Type.Object({ token: Type.String({ description: 'Shown this once' }), item: TokenItem })

export const AuditQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  before: Type.Optional(Type.Integer({ minimum: 1 })),
  person: Type.Optional(Type.String({ minLength: 1, maxLength: 80, description: 'An id, or a part of the name' })),
  about: Type.Optional(
    Type.String({ minLength: 1, maxLength: 160, description: 'A part of the subject or the action' }),
  ),
  from: Type.Optional(Type.Number({ description: 'Unix ms' })),
  to: Type.Optional(Type.Number({ description: 'Unix ms, exclusive' })),
})
export type AuditQuery = Static<typeof AuditQuery>
const AuditItem = Type.Object({
  sequence: Type.Integer(),
  time: Type.Number(),
  who: Type.String(),
  action: Type.String(),
  subject: Type.String(),
  tenant: nullable(Type.String()),
  remote: nullable(Type.String()),
  detail: Type.Record(Type.String(), Type.Unknown()),
  hash: Type.String(),
})
export const AuditCheck = Type.Object({
  ok: Type.Boolean({ description: 'Each row of the whole log follows from the one before' }),
  checkedAt: Type.Number(),
  rows: Type.Integer({ description: 'So many rows hold, from the first on' }),
  head: nullable(
    Type.String({ description: 'Hash of the last row: keep it elsewhere, and nothing can be cut off unseen' }),
  ),
})
export type AuditCheck = Static<typeof AuditCheck>
export const AuditPage = Type.Object({ items: Type.Array(AuditItem), next: nullable(Type.Integer()) })

export const PersonParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
export type PersonParams = Static<typeof PersonParams>
export type SignInBody = Static<typeof SignInBody>
export type LinkBody = Static<typeof LinkBody>
export type PasswordBody = Static<typeof PasswordBody>
export type ConfirmBody = Static<typeof ConfirmBody>
export type CodeBody = Static<typeof CodeBody>
export type TenantBody = Static<typeof TenantBody>
export type TenantChange = Static<typeof TenantChange>
export type PersonBody = Static<typeof PersonBody>
export type PersonChange = Static<typeof PersonChange>
export type TokenBody = Static<typeof TokenBody> & { readonly rights: readonly Right[] }
