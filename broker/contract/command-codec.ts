// Commands as the gateway reads them and results as it writes them, by hand: its agent runs without TypeBox (see ack.ts).
import { AppError } from './app-error.ts'
import { argumentKeyPattern, commandKindPattern, commandLimits } from './command-limits.ts'
import type { CommandDocument, CommandResult } from './command.ts'
import { encodeDocument, readDocument } from './document-codec.ts'

const kindPattern = new RegExp(commandKindPattern)
const keyPattern = new RegExp(argumentKeyPattern)
const maxTimeMs = 9_223_372_036_000

/** What `CommandDocument` accepts, other keys left out. Throws AppError `payload.malformed` or `payload.schema`. */
export function readCommand(bytes: Uint8Array): CommandDocument {
  const document = readDocument(bytes)
  if (!isMap(document)) throw refusal('a command is an object')
  const { v, kind, timeMs, expiresMs, arguments: given } = document
  if (v !== 1) throw refusal('/v is 1')
  if (typeof kind !== 'string' || !kindPattern.test(kind)) throw refusal('/kind is a name of letters, digits and "-"')
  if (!isInstant(timeMs)) throw refusal('/timeMs is a time')
  if (!isInstant(expiresMs)) throw refusal('/expiresMs is a time')
  return { v, kind, timeMs, expiresMs, arguments: readArguments(given) }
}

/** A message that is too long is cut. */
export function encodeCommandResult({ message, ...result }: CommandResult): Uint8Array {
  const cut = message === undefined ? {} : { message: message.slice(0, commandLimits.message) }
  return encodeDocument({ ...result, ...cut })
}

function readArguments(given: unknown): CommandDocument['arguments'] {
  if (!isMap(given)) throw refusal('/arguments is an object')
  const entries = Object.entries(given)
  if (entries.length > commandLimits.argumentKeys) throw refusal(`/arguments has at most ${commandLimits.argumentKeys}`)
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (!keyPattern.test(key))
        throw refusal('/arguments has a name of other characters than letters, digits, "-", "_"')
      const fits =
        typeof value === 'boolean' ||
        (typeof value === 'number' && Number.isFinite(value)) ||
        (typeof value === 'string' && value.length <= commandLimits.argumentText)
      if (!fits) throw refusal(`/arguments/${key} is a number, true, false or a text of at most 4,096 characters`)
      return [key, value]
    }),
  )
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= maxTimeMs
}

function refusal(message: string): AppError {
  return new AppError('payload.schema', message)
}
