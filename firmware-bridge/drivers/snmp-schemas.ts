// What configuration may say of SNMP agents: credentials, addresses and profiles.
import { type Static, Type } from 'typebox'
import { SnmpProfile } from '../profile-schema.ts'

const strict = { additionalProperties: false } as const
const Secret = Type.String({ minLength: 8, maxLength: 255, description: 'at least 8 characters (RFC 3414, 11.2)' })

/** Credentials for many agents; an address says where each one is. */
const SnmpConnection = Type.Union([
  Type.Object({ version: Type.Literal('2c'), community: Type.String({ minLength: 1, maxLength: 255 }) }, strict),
  Type.Object(
    {
      version: Type.Literal('3'),
      user: Type.String({ minLength: 1, maxLength: 32 }),
      auth: Type.Optional(
        Type.Object(
          { protocol: Type.Enum(['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512']), password: Secret },
          strict,
        ),
      ),
      priv: Type.Optional(
        Type.Object({ protocol: Type.Enum(['des', 'aes', 'aes256b', 'aes256r']), password: Secret }, strict),
      ),
    },
    strict,
  ),
])
export type SnmpConnection = Static<typeof SnmpConnection>

const SnmpAddress = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 255, description: 'e.g. "192.168.10.21"' }),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: '161 (default)' })),
  },
  strict,
)
export type SnmpAddress = Static<typeof SnmpAddress>

export const snmpSchemas = { connection: SnmpConnection, address: SnmpAddress, profile: SnmpProfile } as const
