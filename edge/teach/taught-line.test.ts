import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCounters } from '../counters.ts'
import type { RefusedModel } from '../inference/messages.ts'
import type { RefitAnswer } from './refit-messages.ts'
import { TaughtLine } from './taught-line.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-line-'))
  await mkdir(join(folder, 'package'))
  await writeFile(join(folder, 'package', 'manifest.json'), '{}')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const fine: RefitAnswer = { worse: undefined, falseRejects: 0, falsePasses: 0, auroc: 1, good: 6, bad: 2, refused: [] }
const picture = new TextEncoder().encode('a part')

async function openLine(refit = () => Promise.resolve(fine)) {
  const events: NewEvent[] = []
  const places: string[] = []
  const told = { next: Promise.withResolvers<NewEvent>() }
  const line = await TaughtLine.open(
    {
      id: 'line-1',
      model: './package',
      package: join(folder, 'package'),
      teach: {
        examples: join(folder, 'examples'),
        good: undefined,
        bad: undefined,
        exampleBytes: undefined,
        frames: 5,
        frameBytes: 1e6,
      },
      folder: join(folder, 'line-1'),
      trust: { keyFiles: [], allowUnsigned: false },
      key: { privateFile: 'key', publicFile: 'key.pub' },
    },
    {
      emitEvent(event) {
        events.push(event)
        told.next.resolve(event)
        told.next = Promise.withResolvers()
      },
      refit: async (request, signal) => {
        await mkdir(request.out, { recursive: true })
        signal.throwIfAborted()
        return refit()
      },
      clock: systemClock,
      log: silentLog,
      counters: createCounters(),
    },
  )
  const description = { id: 'part', version: '1.0.0', kind: 'inspection', use: 'verdict' } as const
  const host = (refused: readonly RefusedModel[] = []) => ({
    refused,
    modelOf: () => ({ ...description, raise: 0.5, clear: 0.4, medianOf: 5 }),
    replace: (_: string, place: string) => {
      places.push(place)
      return Promise.resolve({ ...description, raise: 0.5, clear: 0.4, medianOf: 5 })
    },
  })
  return { line, events, places, host, next: () => told.next.promise }
}

describe('a line that learns', () => {
  it('tells what became of a correction, with the figures, and gives the revision to the host', async () => {
    const { line, places, host, next } = await openLine()
    line.modelsChanged(host())
    const frame = line.keep(picture)
    const outcome = next()
    await line.correct('bad', frame)
    expect(await outcome).toMatchObject({
      kind: 'teaching',
      source: 'line-1',
      model: { id: 'part', version: '1.0.1' },
      detail: { outcome: 'activated', good: 6, bad: 2, inUse: '1.0.0' },
    })
    expect(places).toEqual([join(folder, 'line-1', 'revisions', 'revision-1.0.1')])
    await line.stop()
  })

  it('refuses a frame that it does not have, and takes one that is an example already', async () => {
    const { line, host, next } = await openLine()
    line.modelsChanged(host())
    await expect(line.correct('bad', '0123456789abcdef')).rejects.toMatchObject({ code: 'frame.expired' })
    const frame = line.keep(picture)
    const first = next()
    await line.correct('bad', frame)
    await first
    await line.stop()
    await rm(join(folder, 'line-1', 'frames'), { recursive: true })
    const again = await openLine()
    again.line.modelsChanged(again.host())
    const second = again.next()
    await again.line.correct('good', frame)
    expect(await second).toMatchObject({ detail: { outcome: 'activated' } })
    await again.line.stop()
  })

  it('goes back to the package before where the host refuses the revision at a start, and says so', async () => {
    const { line, host, next } = await openLine()
    line.modelsChanged(host())
    const outcome = next()
    await line.correct('bad', line.keep(picture))
    await outcome
    await line.stop()
    const again = await openLine()
    const [, place = ''] = await again.line.inUse()
    const told = again.next()
    again.line.modelsChanged(again.host([{ folder: place, message: 'hash-mismatch: model.onnx' }]))
    expect(await told).toMatchObject({ detail: { outcome: 'failed', reason: 'hash-mismatch: model.onnx' } })
    await again.line.stop()
    expect(again.places).toEqual([join(folder, 'package')])
    expect(await again.line.inUse()).toEqual(['./package', undefined])
  })

  it('learns after the next start what a stop interrupted', async () => {
    const stopped = await openLine(() => Promise.reject(new AppError('model.failed', 'ended')))
    stopped.line.modelsChanged(stopped.host())
    await stopped.line.correct('bad', stopped.line.keep(picture))
    await stopped.line.stop()
    expect(stopped.events).toEqual([])
    const again = await openLine()
    const outcome = again.next()
    again.line.modelsChanged(again.host())
    expect(await outcome).toMatchObject({ detail: { outcome: 'activated' } })
    await again.line.stop()
  })
})
