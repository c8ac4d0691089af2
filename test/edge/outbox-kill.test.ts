// Kills a process that writes to an outbox: what is older than the stated loss window is there, and the file is sound.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openOutbox, takeAll, temporaryFolder, valuesOf } from './outbox-fixture.ts'

const lossWindowMs = 250
const writer = join(import.meta.dirname, 'outbox-writer.ts')

async function writeUntilKilled(folder: string, first: number, lines: number): Promise<readonly (readonly number[])[]> {
  const child = spawn(process.execPath, [writer, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let killed = false
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (!killed && output.split('\n').length > lines) killed = child.kill('SIGKILL')
  })
  await once(child, 'close')
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').map(Number))
}

it('loses at most the loss window to a SIGKILL, and never an older reading or its order', async () => {
  const folder = temporaryFolder()
  const kept: number[] = []
  let first = 0
  for (const lines of [40, 333, 700]) {
    const told = await writeUntilKilled(folder.path, first, lines)
    const [lastValue = 0, diedAtMs = 0] = told.at(-1) ?? []
    const times = told.map(([, timeMs = 0]) => timeMs)
    const longestStallMs = Math.max(...times.map((timeMs, index) => timeMs - (times[index - 1] ?? timeMs)))
    const mustBeThere = told.filter(([, timeMs = 0]) => timeMs < diedAtMs - lossWindowMs - 2 * longestStallMs)

    const database = new DatabaseSync(join(folder.path, 'outbox.sqlite'))
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    database.close()
    const { outbox, counters } = openOutbox(folder.path)
    const values = valuesOf(takeAll(outbox))
    const fresh = values.slice(kept.length)
    expect(values.slice(0, kept.length)).toEqual(kept)
    expect(fresh).toEqual(fresh.map((_, index) => first + index))
    expect(fresh.length).toBeGreaterThanOrEqual(mustBeThere.length)
    expect(counters.total('outbox_faults')).toBe(0)
    outbox.close()
    kept.push(...fresh)
    first = lastValue + 1
  }
  expect(kept.length).toBeGreaterThan(0)
  folder.remove()
})
