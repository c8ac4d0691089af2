// The shapes of crowding in the HTTP API.
import { Type, type Static, type TSchema } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { crowdSources } from './crowd-sources.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const State = Type.Enum(['open', 'closed', 'full'])

export const SpotSettings = Type.Object(
  {
    name: LocalizedText,
    kind: Type.Enum(['shelter', 'spot']),
    position: Type.Optional(
      Type.Object(
        { lat: Type.Number({ minimum: -90, maximum: 90 }), lon: Type.Number({ minimum: -180, maximum: 180 }) },
        strict,
      ),
    ),
    /** Series of connected devices, of the same tenant; their sum is taken. */
    clients: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 50 })),
    /** Series of people that cameras see, of the same tenant; their sum is taken. */
    cameras: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 50 })),
    capacity: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'People' })),
    public: Type.Boolean({ description: 'Everybody may see how full it is' }),
  },
  strict,
)
export type SpotSettings = Static<typeof SpotSettings>

export const SpotParams = Type.Object({
  tenant: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }),
  id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
})
export type SpotParams = Static<typeof SpotParams>

export const CountBody = Type.Object(
  {
    people: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'How many are there' })),
    change: Type.Optional(
      Type.Integer({
        minimum: -1_000,
        maximum: 1_000,
        description: 'How many came, or left if below 0, since the last count',
      }),
    ),
  },
  strict,
)
export type CountBody = Static<typeof CountBody>

export const StateBody = Type.Object({ state: State }, strict)
export type StateBody = Static<typeof StateBody>

/** What everybody may see of a public one. */
export const CrowdingItem = Type.Object({
  id: Type.String({ description: '{tenant}/{id}' }),
  name: LocalizedText,
  kind: Type.Enum(['shelter', 'spot']),
  position: nullable(Type.Object({ lat: Type.Number(), lon: Type.Number() })),
  state: nullable(State),
  stateAgeS: nullable(Type.Integer({ description: 'Since staff said so' })),
  people: nullable(Type.Integer()),
  error: nullable(
    Type.Integer({ description: 'Root mean square error of the estimate, people; null: they were counted' }),
  ),
  source: nullable(Type.Enum(['count', ...crowdSources])),
  ageS: nullable(Type.Integer({ description: 'Since it was counted or measured' })),
  capacity: nullable(Type.Integer()),
  level: nullable(
    Type.Enum(['free', 'filling', 'crowded', 'full'], { description: 'Below 50, 80 and 100 % of the capacity' }),
  ),
  cannotTell: nullable(LocalizedText),
})
export type CrowdingItem = Static<typeof CrowdingItem>

/** Where both tell something of the people, the one with the smaller error is taken. */
const fitted = { base: Type.Number(), error: Type.Number(), counts: Type.Integer() }

export const CrowdingDetail = Type.Object({
  ...CrowdingItem.properties,
  settings: SpotSettings,
  calibration: nullable(Type.Object({ ...fitted, perClient: Type.Number() }, { description: 'Of access points' })),
  cameraCalibration: nullable(Type.Object({ ...fitted, perSeen: Type.Number() }, { description: 'Of cameras' })),
})
export type CrowdingDetail = Static<typeof CrowdingDetail>
