import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCounters } from '../counters.ts'
import { ExampleStore } from './example-store.ts'
import type { RefitAnswer, RefitRequest } from './refit-messages.ts'
import { RevisionStore } from './revisions.ts'
import { Teacher, type TeachOutcome } from './teacher.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-teach-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const picture = (content: string): Uint8Array => new TextEncoder().encode(content)
const fine: RefitAnswer = {
  worse: undefined,
  falseRejects: 0,
  falsePasses: 0,
  auroc: 1,
  good: 5,
  bad: 1,
  refused: [],
  goodScores: [],
  badScores: [],
}

describe('the example store', () => {
  it('keeps a picture once, and moves it when its judgement is corrected', async () => {
    const store = new ExampleStore(folder)
    await store.add('good', picture('a'), 1)
    await store.add('good', picture('a'), 2)
    const { corrected } = await store.add('bad', picture('a'), 3)
    expect(corrected).toBe(true)
    expect((await store.list()).map(({ judgement, addedMs }) => [judgement, addedMs])).toEqual([['bad', 3]])
  })

  it('drops the oldest of the same judgement over its bound', async () => {
    const store = new ExampleStore(folder, { good: 2, bad: 2, bytes: 1000 })
    await store.add('bad', picture('x'), 1)
    for (const [index, content] of ['a', 'b', 'c'].entries()) await store.add('good', picture(content), 2 + index)
    expect((await store.list()).map(({ judgement, addedMs }) => [judgement, addedMs])).toEqual([
      ['bad', 1],
      ['good', 3],
      ['good', 4],
    ])
  })

  it('stays within its bytes, and refuses a picture that alone is over them', async () => {
    const store = new ExampleStore(folder, { good: 10, bad: 10, bytes: 10 })
    await store.add('good', picture('123456'), 1)
    const { dropped } = await store.add('bad', picture('abcdefg'), 2)
    expect(dropped).toHaveLength(1)
    await expect(store.add('good', picture('12345678901'), 3)).rejects.toMatchObject({ code: 'limit.exceeded' })
    expect((await store.list()).reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(10)
  })

  it('leaves out what a power cut left half written, and counts pictures that a person copied there', async () => {
    await mkdir(join(folder, 'good'))
    await writeFile(join(folder, 'good', '0000000000001-0123456789abcdef.img.part'), 'half')
    await writeFile(join(folder, 'good', 'part 7.jpg'), 'whole')
    expect(await new ExampleStore(folder).list()).toMatchObject([{ judgement: 'good', bytes: 5 }])
  })
})

function teacherWith(
  refit: (request: RefitRequest, signal: AbortSignal) => Promise<RefitAnswer>,
  canLoad: (path: string) => boolean = () => true,
) {
  const outcomes: TeachOutcome[] = []
  const revisions = new RevisionStore(join(folder, 'revisions'))
  const active: string[] = []
  const counters = createCounters()
  const examplesFolder = join(folder, 'examples')
  const teacher = new Teacher(
    {
      id: 'line-1',
      model: { id: 'part', labels: { ja: '部品', en: 'Part' } },
      extractor: 'image-features',
      examplesFolder,
      trust: { keyFiles: [], allowUnsigned: false },
    },
    {
      examples: new ExampleStore(examplesFolder),
      revisions,
      key: { privateFile: 'key', publicFile: 'key.pub' },
      refit: async (request, signal) => {
        await mkdir(request.out, { recursive: true })
        return refit(request, signal)
      },
      onActive: (path) => (canLoad(path) ? void active.push(path) : Promise.reject(new Error('golden-mismatch'))),
      onOutcome: (outcome) => outcomes.push(outcome),
      clock: systemClock,
      log: silentLog,
      counters,
    },
  )
  return { teacher, revisions, active, counters, outcomes }
}

describe('a teacher', () => {
  it('refits after a correction on the revision in use, and raises the patch each time', async () => {
    const requests: RefitRequest[] = []
    const { teacher, revisions, active } = teacherWith((request) => {
      requests.push(request)
      return Promise.resolve(fine)
    })
    await teacher.correct('bad', picture('a'))
    await teacher.settled()
    await teacher.correct('good', picture('b'))
    await teacher.settled()
    expect(requests.map(({ current, version }) => [current, version])).toEqual([
      ['image-features', '1.0.0'],
      [revisions.folderOf('1.0.0'), '1.0.1'],
    ])
    expect(active).toEqual([revisions.folderOf('1.0.0'), revisions.folderOf('1.0.1')])
  })

  it('never uses a revision that does worse, and records why', async () => {
    const answers = [fine, { ...fine, worse: 'more examples would be judged wrong' }]
    const { teacher, revisions, active, counters } = teacherWith(() => Promise.resolve(answers.shift() ?? fine))
    for (const content of ['a', 'b']) {
      await teacher.correct('bad', picture(content))
      await teacher.settled()
    }
    expect(active).toEqual([revisions.folderOf('1.0.0')])
    expect((await revisions.active())?.version).toBe('1.0.0')
    expect((await revisions.history()).at(-1)).toMatchObject({
      version: '1.0.1',
      outcome: 'kept-out',
      reason: 'more examples would be judged wrong',
    })
    expect(counters.entries()).toContainEqual({ name: 'teach_revisions', reason: 'kept-out', value: 1 })
    expect(await readdir(join(folder, 'revisions'))).not.toContain('revision-1.0.1')
  })

  it('joins corrections that come during a refit into one that follows it', async () => {
    const first = Promise.withResolvers<RefitAnswer>()
    const started = Promise.withResolvers<void>()
    let count = 0
    const { teacher } = teacherWith(() => {
      count += 1
      started.resolve()
      return count === 1 ? first.promise : Promise.resolve(fine)
    })
    await teacher.correct('bad', picture('a'))
    await started.promise
    for (const content of ['b', 'c', 'd']) await teacher.correct('bad', picture(content))
    first.resolve(fine)
    await teacher.settled()
    expect(count).toBe(2)
  })

  it('keeps the revision in use when a refit fails, with the reason', async () => {
    const { teacher, revisions, active } = teacherWith(() => Promise.reject(new Error('no memory')))
    await teacher.correct('bad', picture('a'))
    await teacher.settled()
    expect(active).toEqual([])
    expect(await revisions.history()).toMatchObject([{ outcome: 'failed', reason: 'no memory' }])
  })

  it('withdraws a revision that the host cannot load, and goes on with the one before', async () => {
    const { teacher, revisions, active, outcomes } = teacherWith(
      () => Promise.resolve(fine),
      (path) => !path.endsWith('1.0.1'),
    )
    for (const content of ['a', 'b', 'c']) {
      await teacher.correct('bad', picture(content))
      await teacher.settled()
    }
    expect(outcomes.map(({ version, outcome }) => `${version} ${outcome}`)).toEqual([
      '1.0.0 activated',
      '1.0.1 failed',
      '1.0.2 activated',
    ])
    expect(outcomes[1]).toMatchObject({ reason: 'golden-mismatch', more: false })
    expect(active).toEqual([revisions.folderOf('1.0.0'), revisions.folderOf('1.0.2')])
  })

  it('drops its revisions where another package is configured, and never gives a version twice', async () => {
    const { teacher, revisions } = teacherWith(() => Promise.resolve(fine))
    expect(await revisions.begin('package a')).toBe(false)
    await teacher.correct('bad', picture('a'))
    await teacher.settled()
    expect(await revisions.begin('package a')).toBe(false)
    expect(await revisions.active()).toBeDefined()
    expect(await revisions.begin('package b')).toBe(true)
    expect(await revisions.active()).toBeUndefined()
    expect(await revisions.nextVersion('1.0.0')).toBe('1.0.1')
    expect(await revisions.nextVersion('2.3.4')).toBe('2.3.5')
  })

  it('goes back to the revision before, and never gives its version again', async () => {
    const { teacher, revisions, active } = teacherWith(() => Promise.resolve(fine))
    for (const content of ['a', 'b']) {
      await teacher.correct('bad', picture(content))
      await teacher.settled()
    }
    await teacher.rollBack('rejects good parts')
    expect(active.at(-1)).toBe(revisions.folderOf('1.0.0'))
    expect(await revisions.nextVersion()).toBe('1.0.2')
    await teacher.rollBack('so does this one')
    expect(active.at(-1)).toBe('image-features')
    expect(await revisions.active()).toBeUndefined()
    await expect(teacher.rollBack('again')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('stays with the revision in use where the one before cannot be loaded', async () => {
    const { teacher, revisions } = teacherWith(() => Promise.resolve(fine))
    await teacher.correct('bad', picture('a'))
    await teacher.settled()
    const broken = teacherWith(
      () => Promise.resolve(fine),
      () => false,
    )
    await expect(broken.teacher.rollBack('rejects good parts')).rejects.toThrow('golden-mismatch')
    expect(await revisions.active()).toMatchObject({ version: '1.0.0' })
  })

  it('ends the refit under way when it stops, and records nothing of it', async () => {
    const started = Promise.withResolvers<void>()
    const { teacher, revisions } = teacherWith((_, signal) => {
      started.resolve()
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('ended')), { once: true })
      })
    })
    await teacher.correct('bad', picture('a'))
    await started.promise
    await teacher.stop()
    expect(await revisions.history()).toEqual([])
  })
})
