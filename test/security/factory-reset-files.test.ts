// What a factory reset may and may not take, where no agent has to run for it.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run as runReset } from '../../bin/commands/reset.ts'

describe('the files of a factory reset', () => {
  let folder: string
  let gateway: string
  const reset = (...more: readonly string[]) => runReset(['--config', join(gateway, 'gateway.yaml'), '--yes', ...more])

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-reset-files-'))
    gateway = join(folder, 'gateway')
    await mkdir(join(gateway, 'data', 'sets'), { recursive: true })
    await writeFile(join(folder, 'authorities.pem'), 'of the whole machine')
    await writeFile(join(gateway, 'ca.cert.pem'), 'of the hub')
    await writeFile(
      join(gateway, 'gateway.yaml'),
      'hub: { ca: ca.cert.pem }\nconnections: [{ ca: ../authorities.pem }]\n',
    )
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('go on where the power went after the outbox was gone, and leave the lists of the machine alone', async () => {
    expect(await reset()).toBe(0)
    expect(await readdir(gateway)).toEqual([])
    expect(await readdir(folder)).toContain('authorities.pem')
  })

  it('stay where an outbox does not say what waits in it, unless it is given up by name', async () => {
    await writeFile(join(gateway, 'data', 'outbox.sqlite'), 'no database, though it is as long as one would be')
    await expect(reset()).rejects.toMatchObject({ code: 'store.unavailable' })
    expect(await readdir(gateway)).toContain('ca.cert.pem')
    expect(await reset('--lose-unsent')).toBe(0)
    expect(await readdir(gateway)).toEqual([])
  })
})
