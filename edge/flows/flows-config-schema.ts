// The section `flows` of gateway.yaml: which flows run beside the agent, what they may send and what they may set. Absent: nothing is loaded.
import { Type, type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const Name = (example: string) => Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', examples: [example] })
const Label = Type.Object(
  { ja: Type.String({ examples: ['ポンプ運転'] }), en: Type.String({ examples: ['Pump runs'] }) },
  { ...strict, examples: ['{ ja: ポンプ運転, en: Pump runs }'] },
)

/** A series that flows send as `flow:{id}`. */
const FlowChannelFile = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,47}$', examples: ['pump-on'] }),
    /** SenML or device unit; what flows give is in this unit. */
    unit: Type.Optional(Type.String({ maxLength: 16, examples: ['/'] })),
    label: Type.Optional(Label),
    min: Type.Optional(Type.Number({ examples: [0] })),
    max: Type.Optional(Type.Number({ examples: [1] })),
  },
  { ...strict, examples: ['{ id: pump-on, unit: /, min: 0, max: 1 }'] },
)

/** Values are in the SenML primary unit of the channel, as its readings are. */
const FlowSetpointFile = Type.Object(
  {
    id: Name('pump'),
    device: Name('pump-station'),
    channel: Type.String({ minLength: 1, maxLength: 64, examples: ['pump-relay'] }),
    min: Type.Number({ examples: [0] }),
    max: Type.Number({ examples: [1] }),
    /** The fastest change; a faster one is refused, but for one to `failSafe`. */
    maxPerS: Type.Optional(Type.Number({ exclusiveMinimum: 0, examples: [0.1] })),
    /** Set before flows run, when they end for whatever reason, and when they do not renew. */
    failSafe: Type.Number({ examples: [0] }),
    /** Flows say the value again within this, or `failSafe` is set. */
    renewWithinS: Type.Optional(Type.Number({ minimum: 0.5, maximum: 86_400, examples: [30] })),
  },
  {
    ...strict,
    examples: [
      '{ id: pump, device: pump-station, channel: pump-relay, min: 0, max: 1, failSafe: 0, renewWithinS: 30 }',
    ],
  },
)

export const FlowsFile = Type.Object(
  {
    file: Type.String({ minLength: 1, maxLength: 4096, examples: ['flows.json'] }),
    maxMemoryMb: Type.Optional(Type.Integer({ minimum: 128, maximum: 2048, examples: [200] })),
    editor: Type.Optional(Type.Boolean({ examples: ['false'] })),
    channels: Type.Optional(
      Type.Array(FlowChannelFile, { maxItems: 200, examples: ['[{ id: pump-on, unit: /, min: 0, max: 1 }]'] }),
    ),
    setpoints: Type.Optional(
      Type.Array(FlowSetpointFile, {
        maxItems: 100,
        examples: ['[{ id: pump, device: pump-station, channel: pump-relay, min: 0, max: 1, failSafe: 0 }]'],
      }),
    ),
  },
  { ...strict, examples: ['{ file: flows.json }'] },
)
export type FlowsFile = Static<typeof FlowsFile>
