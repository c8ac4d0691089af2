// The shapes of the API for back-ups.
import { Type, type Static } from 'typebox'
import { ExternalPartName } from './backup-manifest.ts'
import { backupPhases } from './backup-run.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()])
const oneOf = <const T extends string>(values: readonly T[]) =>
  Type.Unsafe<T>(Type.Union(values.map((value) => Type.Literal(value))))
const TimeMs = Type.Number({ description: 'Unix ms' })
const Bytes = Type.Integer({ minimum: 0 })
const Cause = oneOf(['schedule', 'person', 'command'])

export const BackupItem = Type.Object(
  {
    id: Type.String({ description: 'Also the name of its folder' }),
    state: oneOf(['running', 'whole', 'failed', 'cut-off']),
    startedAt: TimeMs,
    finishedAt: nullable(TimeMs),
    cause: Cause,
    by: Type.String({ description: 'Who asked for it; hub for the hub itself' }),
    code: nullable(Type.String({ description: 'Of the fault; null: none' })),
    reason: nullable(Type.String()),
    files: nullable(Type.Integer({ minimum: 0 })),
    bytes: nullable(Bytes),
    newBytes: nullable(Type.Integer({ minimum: 0, description: 'What it does not share with the one before' })),
    readings: nullable(Type.Integer({ minimum: 0, description: 'Null: they lie in another system' })),
  },
  strict,
)
export type BackupItem = Static<typeof BackupItem>

export const BackupState = Type.Object(
  {
    folder: nullable(Type.String({ description: 'Where back-ups go; null: this hub has no place for them' })),
    daily: nullable(Type.String({ description: 'HH:MM in Japan; null: only when asked' })),
    nextAt: nullable(TimeMs),
    keep: Type.Integer({ minimum: 1, description: 'The newest so many are kept' }),
    notRemoved: Type.Integer({
      minimum: 0,
      description:
        'Old back-ups, and remains of those that were cut off, that could not be removed when it was last tried',
    }),
    external: Type.Array(ExternalPartName, { description: 'What lies in another system and is not in a back-up' }),
    place: nullable(
      Type.Object(
        { freeBytes: Bytes, sameDisk: Type.Boolean({ description: 'As the data: it is lost with them' }) },
        { ...strict, description: 'Null: the folder cannot be reached' },
      ),
    ),
    running: nullable(
      Type.Object(
        {
          id: Type.String(),
          startedAt: TimeMs,
          phase: oneOf(backupPhases),
          bytes: Bytes,
          ofBytes: Type.Integer({ minimum: 0, description: '0: not known yet' }),
        },
        strict,
      ),
    ),
    items: Type.Array(BackupItem, { description: 'Newest first: those that are kept, and those that failed' }),
  },
  strict,
)
export type BackupState = Static<typeof BackupState>

export const BackupBegun = Type.Object({ id: Type.String() }, strict)
