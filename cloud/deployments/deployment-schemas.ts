// The shapes of roll-outs in the HTTP API.
import { Type, type Static } from 'typebox'
import { ReportedState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { type GatewayProgress, gatewayProgresses, type RolloutState, rolloutStates } from './waves.ts'

const nullable = Type.Union([Type.String(), Type.Null()])
const State = Type.Unsafe<RolloutState>(Type.Union(rolloutStates.map((state) => Type.Literal(state))))
const Progress = Type.Unsafe<GatewayProgress>(Type.Union(gatewayProgresses.map((state) => Type.Literal(state))))
const By = Type.String({ minLength: 1, maxLength: 64, description: 'Who asks, for the audit' })

const RolloutGateway = Type.Object({
  gateway: Type.String({ description: '{tenant}/{gateway}' }),
  wave: Type.Integer(),
  revision: Type.Integer(),
  state: Progress,
  code: nullable,
  message: nullable,
  updated: Type.Number({ description: 'Unix ms' }),
})
type RolloutGateway = Static<typeof RolloutGateway>

export const RolloutItem = Type.Object({
  id: Type.String(),
  name: Type.String(),
  state: State,
  reason: nullable,
  createdBy: Type.String(),
  created: Type.Number({ description: 'Unix ms' }),
  wave: Type.Integer({ description: 'The wave under way, from 0' }),
  waves: Type.Integer(),
  maxFailures: Type.Integer(),
  gateways: Type.Array(RolloutGateway),
})
export type RolloutItem = Static<typeof RolloutItem>

const Wave = Type.Union([
  Type.Object({ percent: Type.Number({ exclusiveMinimum: 0, maximum: 100 }) }, { additionalProperties: false }),
  Type.Object({ site: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
  Type.Object({ gateways: Type.Array(Type.String(), { minItems: 1 }) }, { additionalProperties: false }),
])

export const NewRolloutBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    by: By,
    documents: Type.Array(SignedDesiredState, { minItems: 1, maxItems: 10_000 }),
    waves: Type.Optional(Type.Array(Wave, { maxItems: 100 })),
    maxFailures: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
    patienceS: Type.Optional(Type.Number({ minimum: 1, maximum: 31_536_000 })),
  },
  { additionalProperties: false },
)
export type NewRolloutBody = Static<typeof NewRolloutBody>

export const ActorBody = Type.Object({ by: By }, { additionalProperties: false })
export type ActorBody = Static<typeof ActorBody>

export const IdParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
export type IdParams = Static<typeof IdParams>

export const HashParams = Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) })
export type HashParams = Static<typeof HashParams>

export const GatewaySets = Type.Object({
  gateway: Type.String(),
  received: Type.Number({ description: 'When the report came, Unix ms' }),
  reported: ReportedState,
})
export type GatewaySets = Static<typeof GatewaySets>

export const GatewaySetsQuery = Type.Object({ gateway: Type.Optional(Type.String()) })
export type GatewaySetsQuery = Static<typeof GatewaySetsQuery>

export const NextRevisionQuery = Type.Object({ gateways: Type.String({ description: 'Ids, separated by commas' }) })
export type NextRevisionQuery = Static<typeof NextRevisionQuery>

export const AuditItem = Type.Object({
  time: Type.Number(),
  by: Type.String(),
  remote: Type.String(),
  action: Type.String(),
  rollout: Type.String(),
  detail: Type.String(),
})
