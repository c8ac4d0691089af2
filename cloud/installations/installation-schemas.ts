// What the field page sends when a gateway or a device is in place, and what the API says of it.
import { Type, type Static } from 'typebox'
import { CommissioningRecord, SignedRecord } from '../../broker/contract/commissioning-record.ts'
import { LocalizedText } from '../../broker/contract/documents.ts'

const strict = { additionalProperties: false } as const
const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' })

/** A new gateway; a new box in the place of an old one; a new sensor in the place of an old one. Series keep their names. */
const InstallationKind = Type.Enum(['new', 'replaced-gateway', 'replaced-device'])

const Place = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 80 }),
    lat: Type.Number({ minimum: -90, maximum: 90 }),
    lon: Type.Number({ minimum: -180, maximum: 180 }),
    source: Type.Enum(['gps', 'map', 'photo'], { description: 'How the position was found' }),
    accuracyM: Type.Optional(Type.Number({ minimum: 0, maximum: 1e6 })),
  },
  strict,
)

const Replaced = Type.Object(
  {
    device: Type.Optional(Type.String({ maxLength: 64, description: 'Device id; absent: the gateway itself' })),
    reason: Type.Optional(Type.String({ maxLength: 200 })),
    oldSerial: Type.Optional(Type.String({ maxLength: 64 })),
    newSerial: Type.Optional(Type.String({ maxLength: 64 })),
  },
  strict,
)

const facts = {
  id: Uuid,
  kind: InstallationKind,
  engineer: Type.String({ minLength: 1, maxLength: 80 }),
  place: Place,
}

export const InstallationBody = Type.Object(
  {
    ...facts,
    signedOff: Type.Number({ minimum: 0, maximum: 8.64e15, description: 'By the clock of the phone, Unix ms' }),
    note: Type.Optional(Type.String({ maxLength: 1000 })),
    replaced: Type.Optional(Replaced),
    photo: Type.Optional(
      Type.String({ maxLength: 1_400_000, pattern: '^[A-Za-z0-9+/]+={0,2}$', description: 'JPEG, base64' }),
    ),
    record: SignedRecord,
  },
  strict,
)
export type InstallationBody = Static<typeof InstallationBody>

const nullable = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()])

/** What passed, without the readings that prove it: a list has many of these. */
const CheckResults = Type.Object({
  passed: Type.Boolean(),
  clock: Type.Boolean(),
  uplink: Type.Boolean(),
  devices: Type.Array(
    Type.Object({ id: Type.String(), profile: Type.String(), label: LocalizedText, passed: Type.Boolean() }),
  ),
})

export const InstallationItem = Type.Object({
  ...facts,
  gateway: Type.String({ description: 'Gateway id: {tenant}/{gateway}' }),
  signedOff: Type.Number(),
  received: Type.Number(),
  note: nullable(Type.String()),
  replaced: nullable(Replaced),
  photo: nullable(Type.String({ description: 'Path of the picture' })),
  certificate: Type.String({ description: 'Serial number of the certificate that the checks are signed with' }),
  results: CheckResults,
})
export type InstallationItem = Static<typeof InstallationItem>

/** `checks`: with the readings that passed them. `record`: as the gateway signed it, for whoever wants to verify it again. */
export const InstallationDetail = Type.Object({
  ...InstallationItem.properties,
  checks: CommissioningRecord,
  record: SignedRecord,
})
export type InstallationDetail = Static<typeof InstallationDetail>

export const InstallationsQuery = Type.Object({
  gateway: Type.Optional(Type.String({ maxLength: 65 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
})
export type InstallationsQuery = Static<typeof InstallationsQuery>

export const InstallationParams = Type.Object({ id: Uuid })
export type InstallationParams = Static<typeof InstallationParams>
