import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from './app-error.ts'
import { decodeDocument } from './checked-document.ts'
import { encodeCommandResult, readCommand } from './command-codec.ts'
import { commandLimits, commandStates } from './command-limits.ts'
import { CommandDocument, CommandResult } from './command.ts'
import { encodeDocument } from './document-codec.ts'

const outcome = (read: () => CommandDocument): unknown => {
  try {
    const { v, kind, timeMs, expiresMs, arguments: given } = read()
    return { v, kind, timeMs, expiresMs, given }
  } catch (thrown) {
    return thrown instanceof AppError ? thrown.code : thrown
  }
}

const text = fc.oneof(fc.string(), fc.constant('x'.repeat(commandLimits.argumentText + 1)))
const value = fc.oneof(fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }), text)
const key = fc.oneof(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,50}$/), fc.string({ maxLength: 8 }))
const timeMs = fc.oneof(fc.integer(), fc.constantFrom(9_223_372_036_001, 0.5, '1', null, undefined))

describe('a command', () => {
  it('read by hand is what its schema accepts, and nothing else', () => {
    const given = fc.oneof(
      { weight: 6, arbitrary: fc.dictionary(key, value, { maxKeys: 20, noNullPrototype: true }) },
      fc.constantFrom(null, undefined, 7, [], { nested: {} }, { list: [] }, { nothing: null }),
    )
    const kind = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9-]{0,34}$/), fc.constantFrom('Restart', '', 'a b', 7))
    const v = fc.constantFrom(1, 1, 1, 2, undefined)
    const documents = fc.oneof(
      { weight: 9, arbitrary: fc.record({ v, kind, timeMs, expiresMs: timeMs, arguments: given, more: value }) },
      fc.array(fc.nat(), { maxLength: 2 }),
    )
    fc.assert(
      fc.property(documents, (document) => {
        const bytes = Buffer.from(JSON.stringify(document))
        expect(outcome(() => readCommand(bytes))).toEqual(outcome(() => decodeDocument(CommandDocument, bytes)))
      }),
      { numRuns: 2000 },
    )
  })

  it('that is well formed comes back from CBOR as it was', () => {
    const wellFormed = fc.record({
      v: fc.constant(1 as const),
      kind: fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/),
      timeMs: fc.nat(),
      expiresMs: fc.nat(),
      arguments: fc.dictionary(
        fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,47}$/),
        fc.oneof(fc.boolean(), fc.integer(), fc.string()),
        {
          maxKeys: commandLimits.argumentKeys,
          noNullPrototype: true,
        },
      ),
    })
    fc.assert(
      fc.property(wellFormed, (document) => {
        expect(readCommand(encodeDocument(document))).toEqual(document)
      }),
    )
  })

  it('of any bytes is read or refused with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcome(() => readCommand(bytes))).not.toBeInstanceOf(Error)
      }),
    )
  })
})

it('a result that a gateway writes fits its schema, a long message cut', () => {
  const results = fc.record(
    {
      v: fc.constant(1 as const),
      state: fc.constantFrom(...commandStates),
      timeMs: fc.nat(),
      code: fc.constantFrom('frame.expired', 'internal'),
      message: fc.string({ maxLength: 2 * commandLimits.message, size: 'max' }),
    },
    { requiredKeys: ['v', 'state', 'timeMs'] },
  )
  fc.assert(
    fc.property(results, (result) => {
      const read = decodeDocument(CommandResult, encodeCommandResult(result))
      expect(read).toMatchObject({ state: result.state, timeMs: result.timeMs })
      expect(result.message ?? '').toContain(read.message ?? '')
    }),
  )
})
