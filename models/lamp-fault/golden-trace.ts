// The golden trace of a lamp-fault package: steps of a circuit and the rows that this machine's window must make of them.
import { Type, type Static } from 'typebox'

const closed = { additionalProperties: false } as const

/** Mean power (W) or null, range (W), command (1, 0, null: not known), 1 where the last verdict was a fault. */
const TracedLamp = Type.Tuple([
  Type.Union([Type.Number(), Type.Null()]),
  Type.Number(),
  Type.Union([Type.Literal(0), Type.Literal(1), Type.Null()]),
  Type.Union([Type.Literal(0), Type.Literal(1)]),
])

/** `rows`: one a lamp, where they are compared. */
export const LampGoldenTrace = Type.Object(
  {
    lamps: Type.Integer({ minimum: 1, maximum: 256 }),
    steps: Type.Array(
      Type.Object(
        {
          timeMs: Type.Integer(),
          volts: Type.Union([Type.Number(), Type.Null()]),
          lamps: Type.Array(TracedLamp),
          rows: Type.Optional(Type.Array(Type.Array(Type.Number()))),
        },
        closed,
      ),
      { minItems: 1, maxItems: 10_000 },
    ),
  },
  closed,
)
export type LampGoldenTrace = Static<typeof LampGoldenTrace>
