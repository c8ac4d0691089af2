// What the API says of commands; one schema gives type, validation and OpenAPI.
import { Type, type Static } from 'typebox'
import { commandFileLimits } from '../../broker/contract/command-files.ts'
import { commandLimits, commandStates } from '../../broker/contract/command-limits.ts'
import { logLimits } from '../../broker/contract/log-limits.ts'
import type { CommandRecord } from './command-journal.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

/** What a person may ask for here; `correct-verdict` has a route of its own. How long its answer is waited for, ms. */
export const careKinds = {
  restart: 20_000,
  doctor: 120_000,
  'diagnostic-bundle': 120_000,
  frame: 60_000,
  identify: 20_000,
} as const
export type CareKind = keyof typeof careKinds

const By = Type.Optional(Type.String({ maxLength: 100, description: 'Who asks, for the audit' }))

export const CommandBody = Type.Object(
  {
    kind: Type.Enum(Object.keys(careKinds) as CareKind[], { description: 'What the gateway shall do' }),
    arguments: Type.Optional(
      Type.Object(
        {
          seconds: Type.Optional(
            Type.Number({ minimum: 1, maximum: 300, description: 'identify: how long it blinks' }),
          ),
          camera: Type.Optional(Type.String({ maxLength: 64, description: 'frame: of which camera' })),
        },
        { additionalProperties: false },
      ),
    ),
    by: By,
  },
  { additionalProperties: false },
)
export type CommandBody = Static<typeof CommandBody>

export const CommandItem = Type.Object({
  id: Type.String(),
  gateway: Type.String({ description: 'Gateway id: {tenant}/{gateway}' }),
  kind: Type.String(),
  arguments: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  by: Type.String({ description: 'Who asked, as they said' }),
  askedAt: Type.Number(),
  state: Type.Enum(['sent', ...commandStates, 'no-answer'], {
    description: 'sent: not answered yet; accepted: begun, and told otherwise what becomes of it',
  }),
  code: nullable(Type.String({ description: 'Of docs/errors.md' })),
  message: nullable(Type.String({ maxLength: commandLimits.message })),
  answeredAt: nullable(Type.Number()),
  file: nullable(
    Type.Object({
      name: Type.String({ maxLength: commandFileLimits.name }),
      type: Type.String(),
      bytes: Type.Integer(),
      sha256: Type.String(),
    }),
  ),
})
export type CommandItem = Static<typeof CommandItem>

export const CommandsQuery = Type.Object({
  gateway: Type.Optional(Type.String({ maxLength: 70 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
})
export type CommandsQuery = Static<typeof CommandsQuery>

export const LogQuery = Type.Object({
  seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: logLimits.followS, default: 300 })),
  by: By,
})
export type LogQuery = Static<typeof LogQuery>

export const IdParams = Type.Object({ id: Type.String({ maxLength: 70 }) })
export type IdParams = Static<typeof IdParams>

export function commandItem(record: CommandRecord): CommandItem {
  const { id, gateway, kind, arguments: given, by, askedMs, outcome, answeredMs } = record
  return {
    id,
    gateway,
    kind,
    arguments: given,
    by,
    askedAt: askedMs,
    state: outcome?.state ?? 'sent',
    code: outcome?.code ?? null,
    message: outcome?.message ?? null,
    answeredAt: answeredMs ?? null,
    file: outcome?.file ?? null,
  }
}
