import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
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

const fine: RefitAnswer = {
  worse: undefined,
  falseRejects: 0,
  falsePasses: 0,
  auroc: 1,
  good: 6,
  bad: 2,
  refused: [],
  goodScores: [],
  badScores: [],
}
const picture = new TextEncoder().encode('a part')
const taughtManifest = (version: string): object => ({
  version,
  taught: { examples: { good: 6, bad: 1 }, taughtMs: 1, leaveOneOut: { falseRejects: 0, falsePasses: 0, auroc: 1 } },
})

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
        await writeFile(join(request.out, 'manifest.json'), JSON.stringify(taughtManifest(request.version)))
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

  it('goes back to what judged before where a person wants that, says so, and keeps the examples', async () => {
    await writeFile(join(folder, 'package', 'manifest.json'), JSON.stringify(taughtManifest('1.0.0')))
    const { line, events, places, host, next } = await openLine()
    line.modelsChanged(host())
    expect(line.figures?.before).toBeUndefined()
    await expect(line.rollBack()).rejects.toMatchObject({ code: 'teach.state' })
    const outcome = next()
    await line.correct('bad', line.keep(picture))
    await outcome
    expect(line.figures).toMatchObject({ version: '1.0.1', before: '1.0.0' })
    await line.rollBack()
    expect(places.at(-1)).toBe(join(folder, 'package'))
    expect(await line.inUse()).toEqual(['./package', undefined])
    expect(events.at(-1)).toMatchObject({
      kind: 'teaching',
      model: { version: '1.0.0' },
      detail: { outcome: 'rolled-back' },
    })
    expect(line.figures).toMatchObject({ version: '1.0.0' })
    expect(line.figures?.before).toBeUndefined()
    expect(await readdir(join(folder, 'examples', 'bad'))).toHaveLength(1)
    await line.stop()
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

describe('a line that is taught another part', () => {
  async function collect(line: TaughtLine): Promise<void> {
    await line.part.begin({ ja: 'かさ歯車', en: 'Bevel gear' })
    for (let index = 0; index < 5; index += 1) await line.part.add('good', new TextEncoder().encode(`good ${index}`))
    await line.part.add('bad', new TextEncoder().encode('bad'))
  }
  const stages = (events: readonly NewEvent[]) => events.map(({ detail }) => detail?.['stage'])

  it('gathers, learns beside what is in use, and switches only when told to; the examples before are put aside', async () => {
    const { line, events, places, host, next } = await openLine()
    line.modelsChanged(host())
    const frame = line.keep(picture)
    await collect(line)
    expect(events.at(-1)?.detail).toMatchObject({ stage: 'collecting', good: 5, bad: 1, change: 'added' })
    const told = next()
    await line.part.fit()
    expect((await told).detail).toMatchObject({ stage: 'fitting' })
    expect(await next()).toMatchObject({
      model: { version: '2.0.0' },
      detail: { stage: 'fitted', en: 'Bevel gear', falseRejects: 0, auroc: 1 },
    })
    expect(places).toEqual([])
    await line.activatePart()
    expect(places).toEqual([join(folder, 'line-1', 'revisions', 'revision-2.0.0')])
    // The part before is no earlier revision of this one.
    await expect(line.rollBack()).rejects.toMatchObject({ code: 'teach.state' })
    expect(events.at(-1)?.detail).toMatchObject({ stage: 'activated', good: 5, bad: 1 })
    expect(await readdir(join(folder, 'examples', 'good'))).toHaveLength(5)
    await expect(line.correct('bad', frame)).rejects.toMatchObject({ code: 'frame.expired' })
    await line.stop()
  })

  it('takes no step that does not fit, and says which does', async () => {
    const { line, events } = await openLine()
    await expect(line.part.add('good', picture)).rejects.toMatchObject({ code: 'teach.state' })
    await collect(line)
    await expect(line.part.begin({ ja: '別', en: 'Other' })).rejects.toMatchObject({ code: 'teach.state' })
    await expect(line.activatePart()).rejects.toMatchObject({ code: 'teach.state' })
    await line.part.discard()
    expect(stages(events).at(-1)).toBe('discarded')
    await line.stop()
  })

  it('goes on after a restart, and asks for the fit again where that was interrupted', async () => {
    const begun = await openLine(() => new Promise(() => undefined))
    await collect(begun.line)
    await begun.line.part.fit()
    const again = await openLine()
    expect(again.events.at(-1)?.detail).toMatchObject({ stage: 'collecting', good: 5, bad: 1 })
    expect(again.line.part.record?.fault).toContain('stopped')
    await again.line.stop()
  })

  it('keeps the part before where the new one cannot be loaded', async () => {
    const { line, host, next, events } = await openLine()
    line.modelsChanged({ ...host(), replace: () => Promise.reject(new AppError('model.invalid', 'golden-mismatch')) })
    await collect(line)
    const told = next()
    await line.part.fit()
    await told
    await next()
    await expect(line.activatePart()).rejects.toMatchObject({ code: 'model.invalid' })
    expect(await line.inUse()).toEqual(['./package', undefined])
    expect(events.at(-1)?.detail).toMatchObject({ stage: 'collecting', fault: 'golden-mismatch' })
    await line.stop()
  })
})
