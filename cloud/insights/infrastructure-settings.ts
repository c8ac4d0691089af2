// What a city tells of its street lighting and its access points: the tariff, what a lamp draws, how many an access point carries.
import { Type, type Static } from 'typebox'

/**
 * Tariffs of public street lighting differ by utility, contract and month, and no reference of the project holds one: without
 * a tariff no cost is told. `verified`: somebody has compared it with a bill or the published table that `source` names.
 */
const Tariff = Type.Object(
  {
    yenPerKwh: Type.Number({
      minimum: 0,
      maximum: 1000,
      description: 'All of it that goes by the kWh, levies included',
    }),
    yenPerLampMonth: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 100_000,
        description: 'What is paid for each lamp a month, whatever it burns',
      }),
    ),
    source: Type.String({ minLength: 1, maxLength: 300, description: 'Where the price is written down' }),
    verified: Type.Boolean({ description: 'Compared with a bill or the published table' }),
  },
  { additionalProperties: false },
)

/** Of a tenant, or of one of its places: what is set of a place goes before what is set of its tenant. */
export const InfrastructureSettings = Type.Object(
  {
    tariff: Type.Optional(Tariff),
    litFromW: Type.Optional(
      Type.Number({ minimum: 0.5, maximum: 1000, description: 'A lamp that draws so much burns; without it 5 W' }),
    ),
    capacityClients: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: 'Clients that an access point of this place carries well',
      }),
    ),
  },
  { additionalProperties: false },
)
export type InfrastructureSettings = Static<typeof InfrastructureSettings>
