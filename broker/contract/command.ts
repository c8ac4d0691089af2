// Commands: what a hub asks one gateway to do now, and what the gateway answers. One schema gives type and validation.
import { Type, type Static } from 'typebox'
import { commandFileLimits, commandFileTypes, type CommandFileType } from './command-files.ts'
import {
  argumentKeyPattern,
  commandKindPattern,
  commandLimits,
  commandStates,
  resultCodePattern,
  type CommandState,
} from './command-limits.ts'

/** The furthest instant of the calendar, as for readings. */
const Instant = Type.Number({ minimum: -9_223_372_036_000, maximum: 9_223_372_036_000 })

/**
 * `…/command/{id}`, not retained. The gateway carries it out once at most, and never after `expiresMs` by its own clock. The id is
 * in the topic.
 */
export const CommandDocument = Type.Object({
  v: Type.Literal(1),
  /** What is to be done; a gateway refuses a kind that it does not know by name. */
  kind: Type.String({ pattern: commandKindPattern }),
  /** When it was asked, Unix ms. */
  timeMs: Instant,
  /** Unix ms; at most ten minutes after `timeMs`. */
  expiresMs: Instant,
  arguments: Type.Record(
    Type.String({ pattern: argumentKeyPattern }),
    Type.Union([Type.Number(), Type.String({ maxLength: commandLimits.argumentText }), Type.Boolean()]),
    { maxProperties: commandLimits.argumentKeys, additionalProperties: false },
  ),
})
export type CommandDocument = Static<typeof CommandDocument>

/** TypeBox cannot tell the union of a mapped array; the type is said here. */
const State = Type.Unsafe<CommandState>(Type.Union(commandStates.map((state) => Type.Literal(state))))

const FileType = Type.Unsafe<CommandFileType>(Type.Union(commandFileTypes.map((type) => Type.Literal(type))))

/** `…/command/{id}/result`, one for each command that arrived, and the same again for one that arrives again. */
export const CommandResult = Type.Object({
  v: Type.Literal(1),
  state: State,
  /** Why it was refused or failed: a code of docs/errors.md. */
  code: Type.Optional(Type.String({ pattern: resultCodePattern })),
  /** For a person. */
  message: Type.Optional(Type.String({ maxLength: commandLimits.message })),
  /** What the gateway sent to the hub for it before this result. */
  file: Type.Optional(
    Type.Object({
      name: Type.String({ minLength: 1, maxLength: commandFileLimits.name }),
      type: FileType,
      bytes: Type.Integer({ minimum: 0, maximum: commandFileLimits.bytes }),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    }),
  ),
  /** By the clock of the gateway, Unix ms. */
  timeMs: Instant,
})
export type CommandResult = Static<typeof CommandResult>
