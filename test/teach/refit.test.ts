import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import { ExampleStore } from '../../edge/teach/example-store.ts'
import { ensureOwnKey } from '../../edge/teach/own-key.ts'
import { refitInProcess } from '../../edge/teach/refit-process.ts'
import { RevisionStore } from '../../edge/teach/revisions.ts'
import { Teacher } from '../../edge/teach/teacher.ts'
import { flangeOf } from '../../firmware-bridge/simulators/factory/flange.ts'
import { photograph } from '../../firmware-bridge/simulators/factory/photograph.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { loadPackage } from '../../models/package.ts'
import { createTrust } from '../../models/signature.ts'

const seed = 7
const limitMs = 600_000

describe('a teacher with its refit process', { timeout: limitMs }, () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-refit-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('teaches from pictures and after a correction anew; the revision in use is signed by the gateway', async () => {
    const key = await ensureOwnKey(folder)
    const publicPem = await readFile(key.publicFile, 'utf8')
    const examplesFolder = join(folder, 'examples')
    const examples = new ExampleStore(examplesFolder)
    for (let index = 0; index < 8; index += 1) {
      await examples.add('good', await photograph(flangeOf(seed, index, 'none')), index)
    }
    for (let index = 0; index < 3; index += 1) {
      await examples.add('bad', await photograph(flangeOf(seed, 100 + index, 'dent')), 100 + index)
    }
    const revisions = new RevisionStore(join(folder, 'revisions'))
    const teacher = new Teacher(
      {
        id: 'line-1',
        model: { id: 'flange', labels: { ja: 'フランジ', en: 'Flange' } },
        extractor: packageFolder('image-features'),
        examplesFolder,
        trust: { keyFiles: [], allowUnsigned: false },
      },
      {
        examples,
        revisions,
        key,
        refit: refitInProcess,
        onActive: () => undefined,
        clock: systemClock,
        log: silentLog,
        counters: createCounters(),
      },
    )
    teacher.refitSoon()
    await teacher.settled()
    expect(await revisions.history()).toMatchObject([{ version: '1.0.0', outcome: 'activated' }])

    await teacher.correct('bad', await photograph(flangeOf(seed, 200, 'missing-hole')))
    await teacher.settled()
    await teacher.stop()
    expect((await revisions.history()).map(({ version }) => version)).toEqual(['1.0.0', '1.0.1'])

    const active = await revisions.active()
    const { manifest } = await loadPackage(active?.folder ?? '', createTrust({ keys: [publicPem] }))
    expect(manifest).toMatchObject({ id: 'flange', version: active?.version })
    await expect(loadPackage(active?.folder ?? '', createTrust())).rejects.toThrow(/unknown-key/)
  })
})
