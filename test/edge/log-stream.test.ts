// Following a log: the last lines, then each new one, no more than may be sent, and an end by itself.
import { describe, expect, it } from 'vitest'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { LogLines } from '../../broker/contract/log-lines.ts'
import { createManualClock } from './manual-clock.ts'
import { createLogStream } from '../../edge/commands/log-stream.ts'
import { createLogTail } from '../../edge/commands/log-tail.ts'

function streamed() {
  const clock = createManualClock()
  const tail = createLogTail()
  const sent: LogLines[] = []
  const link = { isUp: true }
  const publish = (payload: Uint8Array): boolean => {
    if (link.isUp) sent.push(decodeDocument(LogLines, payload))
    return link.isUp
  }
  return { clock, tail, sent, link, stream: createLogStream({ tail, publish, clock }) }
}

describe('a log that somebody follows', () => {
  it('sends nothing to nobody', async () => {
    const { clock, tail, sent } = streamed()
    tail.write('one\n')
    await clock.advance(10_000)
    expect(sent).toEqual([])
  })

  it('begins with the last lines, goes on with new ones, and ends when its time is over', async () => {
    const { clock, tail, sent, stream } = streamed()
    tail.write('before\n')
    stream.follow(2, [])
    await clock.advance(500)
    tail.write('after\n')
    await clock.advance(2_000)
    tail.write('too late\n')
    await clock.advance(2_000)
    expect(sent).toEqual([
      { v: 1, lines: ['before'], dropped: 0, ended: false },
      { v: 1, lines: ['after'], dropped: 0, ended: false },
      { v: 1, lines: [], dropped: 0, ended: true },
    ])
  })

  it('leaves out what is too much at once, and says how many', async () => {
    const { clock, tail, sent, stream } = streamed()
    stream.follow(10, [])
    for (let line = 0; line < 60; line += 1) tail.write(`${line} ${'x'.repeat(3_000)}\n`)
    await clock.advance(300)
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ dropped: 10 })
    expect(sent[0]?.lines.map((line) => line.length)).toEqual(Array.from({ length: 50 }, () => 2_000))
  })

  it('counts what it could not send without a connection', async () => {
    const { clock, tail, sent, link, stream } = streamed()
    stream.follow(10, [])
    link.isUp = false
    tail.write('lost\n')
    await clock.advance(300)
    link.isUp = true
    tail.write('there\n')
    await clock.advance(300)
    expect(sent).toEqual([{ v: 1, lines: ['there'], dropped: 1, ended: false }])
  })

  it('ends at once when it is asked to, and says so', async () => {
    const { clock, tail, sent, stream } = streamed()
    stream.follow(10, [])
    stream.follow(0, [])
    tail.write('x\n')
    await clock.advance(20_000)
    expect(sent).toEqual([{ v: 1, lines: [], dropped: 0, ended: true }])
  })
})

it('a tail keeps the newest lines up to its bound', () => {
  const tail = createLogTail()
  for (let line = 0; line < 10_000; line += 1) tail.write(`${line} ${'y'.repeat(94)}\n`)
  const kept = tail.last()
  expect(kept.at(-1)).toMatch(/^9999 /)
  const characters = kept.reduce((sum, line) => sum + line.length, 0)
  expect(characters).toBeLessThanOrEqual(131_072)
  expect(characters).toBeGreaterThan(130_000)
})

it('tells none of the secrets of the configuration, in lines before it too, as they are and as JSON writes them', async () => {
  const { clock, tail, sent, stream } = streamed()
  tail.write('{"msg":"community koito-reads refused"}\n')
  stream.follow(2, ['koito-reads', 'say "please"'])
  tail.write(`${JSON.stringify({ msg: 'login say "please", http://admin:p4ss@10.0.0.9/' })}\n`)
  await clock.advance(500)
  const expected = ['{"msg":"community *** refused"}', '{"msg":"login ***, http://***@10.0.0.9/"}']
  expect(sent).toEqual([{ v: 1, lines: expected, dropped: 0, ended: false }])
})
