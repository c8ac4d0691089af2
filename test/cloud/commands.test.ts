import { describe, expect, it } from 'vitest'
import { readCommand } from '../../broker/contract/command-codec.ts'
import type { CommandDocument, CommandResult } from '../../broker/contract/command.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { createCommands } from '../../cloud/commands/commands.ts'

const gateway = 'kimitsu/factory'

function openCommands() {
  const clock = createManualClock()
  const sent: { readonly topic: string; readonly command: CommandDocument }[] = []
  let state: 'online' | 'offline' = 'online'
  const commands = createCommands({
    gateways: { get: (id) => (id === gateway ? { state } : undefined) },
    publish: (topic, payload) => void sent.push({ topic, command: readCommand(payload) }),
    clock,
    log: silentLog,
  })
  /** Settles like the promise, so that nothing is left unhandled while time is moved. */
  const send = (to = gateway) => {
    const outcome = commands.send({ gateway: to, kind: 'greet', arguments: { name: 'Koito' } }).then(
      (result) => result.state,
      (thrown: { readonly code: string }) => thrown.code,
    )
    return { outcome, topic: sent.at(-1)?.topic ?? '' }
  }
  const answer = (topic: string, change: Partial<CommandResult> = {}) =>
    commands.take({
      topic: `${topic}/result`,
      payload: encodeDocument({ v: 1, state: 'accepted', timeMs: clock.now(), ...change }),
    })
  const counted = async (result: string) => {
    const text = await commands.metrics.metrics()
    return Number(new RegExp(`musubi_commands_total{result="${result}"} (\\d+)`).exec(text)?.[1])
  }
  return { clock, commands, sent, send, answer, counted, leave: () => (state = 'offline') }
}

describe('commands of the hub', () => {
  it('go to one gateway, with an expiry, and resolve with its answer', async () => {
    const { clock, sent, send, answer, counted } = openCommands()
    const { outcome, topic } = send()
    expect(topic).toMatch(/^musubi\/v1\/kimitsu\/factory\/command\/[0-9a-f-]{36}$/)
    const timeMs = clock.now()
    expect(sent[0]?.command).toEqual({
      v: 1,
      kind: 'greet',
      timeMs,
      expiresMs: timeMs + 20_000,
      arguments: { name: 'Koito' },
    })
    expect(answer(topic)).toBe(true)
    expect(await outcome).toBe('accepted')
    expect(await counted('accepted')).toBe(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('are not sent to a gateway that is offline or unknown', async () => {
    const { sent, send, leave, counted } = openCommands()
    expect(await send('kimitsu/nobody').outcome).toBe('gateway.offline')
    leave()
    expect(await send().outcome).toBe('gateway.offline')
    expect(sent).toEqual([])
    expect(await counted('offline')).toBe(2)
  })

  it('that are refused or fail give the code of the gateway, an unknown one as a fault of the program', async () => {
    const { send, answer } = openCommands()
    for (const [change, code] of [
      [{ state: 'refused', code: 'frame.expired' }, 'frame.expired'],
      [{ state: 'failed', code: 'store.unavailable' }, 'store.unavailable'],
      [{ state: 'failed', code: 'newer.code' }, 'internal'],
    ] as const) {
      const { outcome, topic } = send()
      answer(topic, change)
      expect(await outcome).toBe(code)
    }
  })

  it('that nobody answers end after their life, and a later answer is counted', async () => {
    const { clock, send, answer, counted } = openCommands()
    const { outcome, topic } = send()
    await clock.advance(20_000)
    expect(await outcome).toBe('gateway.no-answer')
    expect(answer(topic)).toBe(true)
    expect([await counted('no-answer'), await counted('late')]).toEqual([1, 1])
  })

  it('take no answer from another gateway, and none that fits no schema', async () => {
    const { send, commands, answer, counted } = openCommands()
    const { outcome, topic } = send()
    answer(topic.replace('factory', 'stranger'))
    expect(await counted('late')).toBe(1)
    commands.take({ topic: `${topic}/result`, payload: encodeDocument({ v: 1, state: 'perhaps', timeMs: 0 }) })
    expect(await outcome).toBe('payload.schema')
  })

  it('beyond eight at once of one gateway are refused', async () => {
    const { send, answer } = openCommands()
    const waiting = Array.from({ length: 8 }, () => send())
    expect(await send().outcome).toBe('command.busy')
    for (const { topic } of waiting) answer(topic)
    expect(await Promise.all(waiting.map(({ outcome }) => outcome))).toEqual(Array(8).fill('accepted'))
  })

  it('end with the hub', async () => {
    const { clock, commands, send } = openCommands()
    const { outcome } = send()
    await commands.stop()
    expect(await outcome).toBe('gateway.no-answer')
    expect(clock.pendingTimers).toBe(0)
  })

  it('leave every other message to ingest', () => {
    const { commands } = openCommands()
    for (const topic of ['musubi/v1/kimitsu/factory/event', 'musubi/v1/kimitsu/result', 'a/result']) {
      expect(commands.take({ topic, payload: new Uint8Array() })).toBe(false)
    }
  })
})
