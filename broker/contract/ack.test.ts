import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AppError } from './app-error.ts'
import { readAck } from './ack.ts'
import { decodeDocument } from './checked-document.ts'
import { AckDocument } from './documents.ts'

const outcome = (read: () => AckDocument): unknown => {
  try {
    const { epoch, through, rewind, refused } = read()
    return { epoch, through, rewind, refused }
  } catch (thrown) {
    return thrown instanceof AppError ? thrown.code : thrown
  }
}

it('an ack read by hand is what its schema accepts, and nothing else', () => {
  const epoch = fc.oneof(fc.constant('e'), fc.stringMatching(/^[a-z]{63,66}$/), fc.integer(), fc.constant(undefined))
  const through = fc.oneof(fc.nat(), fc.constantFrom(-1, 0.5, '1', null, undefined))
  const rewind = fc.constantFrom(true, false, 1, null, undefined)
  const refused = fc.constantFrom('why', 'x'.repeat(1_000), 'x'.repeat(1_001), 7, null, undefined)
  const documents = fc.oneof(
    fc.record({ epoch, through, rewind, refused }),
    fc.record({ epoch, through, rewind, refused, more: fc.boolean() }, { requiredKeys: [] }),
    fc.array(fc.nat(), { maxLength: 2 }),
  )
  fc.assert(
    fc.property(documents, (document) => {
      const bytes = Buffer.from(JSON.stringify(document))
      expect(outcome(() => readAck(bytes))).toEqual(outcome(() => decodeDocument(AckDocument, bytes)))
    }),
    { numRuns: 1000 },
  )
})
