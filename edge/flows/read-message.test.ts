import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMessage } from './read-message.ts'

describe('What the process of the flows says', () => {
  it('is taken where it is one of its messages', () => {
    for (const message of [
      { kind: 'ready' },
      { kind: 'wants', patterns: ['a:*'] },
      { kind: 'ask', ask: 1, question: { type: 'out', channel: 'x', value: 1, timeMs: undefined } },
      { kind: 'ask', ask: 2, question: { type: 'infer', model: 'm', values: [{ timeMs: 1, value: 2 }] } },
    ]) {
      expect(readMessage(message)).toBe(message)
    }
  })

  it('is refused where a part is missing, of another type or too large, and never throws', () => {
    for (const message of [
      undefined,
      'ready',
      { kind: 'constructor' },
      { kind: 'wants', patterns: [3] },
      { kind: 'wants', patterns: ['*'.repeat(129)] },
      { kind: 'ask', ask: 1, question: null },
      { kind: 'ask', ask: 1, question: { type: 'toString' } },
      { kind: 'ask', ask: 1, question: { type: 'setpoint', setpoint: 'pump', value: '1', node: 'n' } },
      { kind: 'ask', ask: 1, question: { type: 'infer', model: 'm', values: [null] } },
    ]) {
      expect(readMessage(message)).toBeUndefined()
    }
    fc.assert(fc.property(fc.anything(), (message) => void readMessage(message)))
  })
})
