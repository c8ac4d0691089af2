import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import type { CommandDocument, CommandResult } from '../../broker/contract/command.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { createManualClock } from './manual-clock.ts'
import { createCounters } from '../../edge/counters.ts'
import { type CommandHandler, createCommands } from '../../edge/commands/commands.ts'

function openCommands() {
  const clock = createManualClock()
  const counters = createCounters()
  const answers: (readonly [string, CommandResult])[] = []
  const seen: CommandDocument['arguments'][] = []
  let connected = true
  const commands = createCommands({
    handlers: new Map<string, CommandHandler>([
      [
        'greet',
        (given) => {
          seen.push(given)
          return Promise.resolve({ state: 'done', message: 'hello' })
        },
      ],
      ['break', () => Promise.reject(new AppError('store.unavailable', 'the disk is full'))],
    ]),
    answer: (id, result) => connected && answers.push([id, result]) > 0,
    clock,
    log: silentLog,
    counters,
  })
  const send = async (id: string, change: Partial<CommandDocument> = {}): Promise<void> => {
    const timeMs = clock.now()
    const document = {
      v: 1,
      kind: 'greet',
      timeMs,
      expiresMs: timeMs + 10_000,
      arguments: { name: 'Koito' },
      ...change,
    }
    commands.received(id, encodeDocument(document))
    await clock.advance(0)
  }
  return { clock, counters, commands, answers, seen, send, disconnect: () => (connected = false) }
}

describe('commands at the gateway', () => {
  it('are carried out with their arguments and answered', async () => {
    const { answers, seen, send } = openCommands()
    await send('a')
    expect(seen).toEqual([{ name: 'Koito' }])
    expect(answers).toMatchObject([['a', { v: 1, state: 'done', message: 'hello' }]])
  })

  it('that come again are answered again and not carried out again', async () => {
    const { answers, seen, send, counters } = openCommands()
    await send('a')
    await send('a')
    expect(seen).toHaveLength(1)
    expect(answers[1]).toEqual(answers[0])
    expect(counters.entries()).toContainEqual({ name: 'commands', reason: 'repeated', value: 1 })
  })

  it.each([
    ['command.expired', { expiresMs: 0, timeMs: 0 }],
    ['command.unknown', { kind: 'format-disk' }],
    ['payload.schema', { kind: 'Greet!' }],
    ['payload.schema', { expiresMs: Date.UTC(2027, 0, 1) }],
  ])('are refused with %s where %o', async (code, change) => {
    const { answers, seen, send } = openCommands()
    await send('a', change)
    expect(seen).toEqual([])
    expect(answers).toMatchObject([['a', { state: 'refused', code }]])
  })

  it('of an unknown kind are told what is known', async () => {
    const { answers, send } = openCommands()
    await send('a', { kind: 'format-disk' })
    expect(answers[0]?.[1].message).toBe('this gateway does not know "format-disk"; it knows only greet, break')
  })

  it('that are no document are refused, and the next one is carried out', async () => {
    const { answers, commands, send } = openCommands()
    commands.received('a', Uint8Array.of(0xff, 0x00))
    await send('b')
    expect(answers.map(([id, { state }]) => [id, state])).toEqual([
      ['a', 'refused'],
      ['b', 'done'],
    ])
  })

  it('that go wrong are told as failed, with the code', async () => {
    const { answers, send } = openCommands()
    await send('a', { kind: 'break' })
    expect(answers[0]?.[1]).toMatchObject({ state: 'failed', code: 'store.unavailable', message: 'the disk is full' })
  })

  it('beyond the bound are refused until the time of earlier ones has passed', async () => {
    const { answers, clock, send } = openCommands()
    for (let index = 0; index < 256; index += 1) await send(`a-${index}`)
    await send('b')
    expect(answers.at(-1)).toMatchObject(['b', { state: 'refused', code: 'command.busy' }])
    await clock.advance(10_000)
    await send('c')
    expect(answers.at(-1)).toMatchObject(['c', { state: 'done' }])
  })

  it('whose result cannot be sent are counted', async () => {
    const { counters, disconnect, send } = openCommands()
    disconnect()
    await send('a')
    expect(counters.entries()).toContainEqual({ name: 'commands', reason: 'unanswered', value: 1 })
  })
})
