import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { createCounters } from '../counters.ts'
import { RecentFrames } from './recent-frames.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-frames-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const counters = createCounters()
const open = (limits: { readonly frames?: number; readonly bytes?: number } = {}) =>
  RecentFrames.open(folder, { frames: 3, bytes: 1000, ...limits }, { log: silentLog, counters })
const picture = (text: string) => new TextEncoder().encode(text)

/** Each on disk before the next one comes. */
async function keepAll(frames: RecentFrames, texts: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = []
  for (const [index, text] of texts.entries()) {
    ids.push(frames.keep(picture(text), index))
    await frames.close()
  }
  return ids
}

const found = (frames: RecentFrames, ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await frames.find(id)) !== undefined))

describe('recent frames', () => {
  it('are found by their id while they are among the last ones, also after a restart', async () => {
    const ids = await keepAll(await open(), ['a', 'b', 'c', 'd'])
    const again = await open()
    expect(await found(again, ids)).toEqual([false, true, true, true])
    expect(await again.find(ids[3] ?? '')).toEqual(Buffer.from('d'))
    expect(await readdir(folder)).toHaveLength(3)
  })

  it('are dropped oldest first where their bytes are over the bound, and at a start with a smaller one', async () => {
    const ids = await keepAll(await open({ bytes: 25 }), ['a'.repeat(10), 'b'.repeat(10), 'c'.repeat(10)])
    expect(await found(await open({ bytes: 25 }), ids)).toEqual([false, true, true])
    expect(await found(await open({ frames: 1 }), ids)).toEqual([false, false, true])
  })

  it('are kept once where the same picture comes again', async () => {
    const frames = await open()
    const [first, second] = await keepAll(frames, ['a', 'a'])
    expect(first).toBe(second)
    expect(await readdir(folder)).toHaveLength(1)
  })

  it('that a power cut left torn are not used, and strange files are removed', async () => {
    const [id = ''] = await keepAll(await open(), ['whole'])
    const [name = ''] = await readdir(folder)
    await truncate(join(folder, name), 2)
    await writeFile(join(folder, 'half.part'), 'x')
    expect(await (await open()).find(id)).toBeUndefined()
    expect(await readdir(folder)).toEqual([name])
  })

  it('that the disk does not keep up with are given up, counted', async () => {
    const frames = await open({ frames: 100 })
    const ids = Array.from({ length: 6 }, (_, index) => frames.keep(picture(`part ${index}`), index))
    expect(await found(frames, ids)).toEqual([true, true, true, true, false, false])
    expect(counters.entries()).toContainEqual({ name: 'teach_frames_lost', reason: 'busy', value: 2 })
  })
})
