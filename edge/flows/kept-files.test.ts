// What the flows keep on disk: the editor's changes, their secret, and which alarms are raised.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCounters } from '../counters.ts'
import { createFlowStorage } from './flow-storage.ts'
import { createRaisedAlarms } from './raised-alarms.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'musubi-flows-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Module {
  getFlows(): Promise<readonly object[]>
  saveFlows(flows: readonly object[]): Promise<void>
}

describe('The storage of the flows', () => {
  const file = () => join(folder, 'flows.json')
  function opened(editor = true) {
    const saved: boolean[] = []
    const storage = createFlowStorage({ file: file(), folder, editor, saved: (changed) => saved.push(changed) })
    return { storage, saved, module: storage.module as Module }
  }

  beforeEach(() => writeFileSync(file(), '[{"id":"a","type":"tab"}]'))

  it('keeps what was changed here beside the deployed flows, and lets a newer deployed set win', async () => {
    const first = opened()
    expect(await first.module.getFlows()).toEqual([{ id: 'a', type: 'tab' }])
    await first.module.saveFlows([{ id: 'b', type: 'tab' }])
    expect(first.saved).toEqual([true])
    expect(readFileSync(file(), 'utf8')).toContain('"a"')
    const again = opened()
    expect(again.storage.changedHere).toBe(true)
    expect(await again.module.getFlows()).toEqual([{ id: 'b', type: 'tab' }])
    expect(await opened(false).module.getFlows()).toEqual([{ id: 'a', type: 'tab' }])
    writeFileSync(file(), '[{"id":"c","type":"tab"}]')
    const newer = opened()
    expect(newer.storage.changedHere).toBe(false)
    expect(await newer.module.getFlows()).toEqual([{ id: 'c', type: 'tab' }])
    expect(existsSync(join(folder, 'edited.json.before'))).toBe(true)
  })

  it('saves nothing where the editor is off', async () => {
    await expect(opened(false).module.saveFlows([])).rejects.toMatchObject({ code: 'config.invalid' })
  })

  it('makes a secret once, for this user alone', () => {
    const { secret } = opened().storage
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(opened().storage.secret).toBe(secret)
    expect(statSync(join(folder, 'credentials.secret')).mode & 0o777).toBe(0o600)
  })
})

describe('Alarms of flows', () => {
  it('are told when they begin and when they end, also over a restart, and not again and again', () => {
    const events: NewEvent[] = []
    const open = () =>
      createRaisedAlarms({
        folder,
        emitEvent: (event) => events.push(event),
        version: () => 'abc',
        clock: systemClock,
        log: silentLog,
        counters: createCounters(),
      })
    const alarm = (state: 'raised' | 'cleared') =>
      ({
        type: 'alarm',
        source: 'pump:level',
        class: 'dry-run',
        state,
        value: 3,
        timeMs: Date.now(),
        node: 'n',
      }) as const
    const first = open()
    first.take(alarm('cleared'))
    first.take(alarm('raised'))
    first.take(alarm('raised'))
    const second = open()
    second.take(alarm('raised'))
    second.take(alarm('cleared'))
    expect(events.map(({ state, class: name, model }) => [state, name, model.id])).toEqual([
      ['raised', 'dry-run', 'flow'],
      ['cleared', 'dry-run', 'flow'],
    ])
  })
})
