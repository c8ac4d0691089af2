import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../edge/outbox-fixture.ts'

const musubi = join(import.meta.dirname, '../../bin/musubi.ts')

describe('musubi flows', () => {
  let folder: ReturnType<typeof temporaryFolder>
  const run = (...words: string[]) => spawnSync(process.execPath, [musubi, 'flows', ...words], { encoding: 'utf8' })

  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.remove())

  it('lists the ready flows in both languages and copies one, but over nothing', () => {
    const listed = run('list').stdout
    for (const name of ['pump-interlock', 'lamp-dimming', 'inspection-reject']) expect(listed).toContain(name)
    expect(listed).toMatch(/[ぁ-ん].*\n.*Drain pump/s)
    const file = join(folder.path, 'flows.json')
    expect(run('copy', 'lamp-dimming', file).status).toBe(0)
    expect(readFileSync(file, 'utf8')).toContain('musubi setpoint')
    expect(run('copy', 'pump-interlock', file)).toMatchObject({ status: 1 })
    expect(run('copy', 'none', file).stderr).toContain('known are inspection-reject')
    expect(run('paste').status).toBe(2)
  })
})
