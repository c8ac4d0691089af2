// The steps on a real disk that is full: told by their code, and nothing half stays.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { replaceFile } from '../../edge/deployment/durable.ts'
import { realFiles } from '../../edge/deployment/file-port.ts'
import { mayMount, mountSmallDisk } from '../faults/small-disk.ts'

describe.skipIf(!mayMount())('a full disk', () => {
  it('is told as deployment.disk-full, and the file keeps what it held', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'musubi-full-'))
    const disk = mountSmallDisk(join(folder, 'disk'), 2)
    try {
      const state = join(folder, 'disk/state.json')
      await replaceFile(realFiles, state, Buffer.from('old'))
      disk.fill()
      expect(await realFiles.freeBytes(join(folder, 'disk'))).toBeLessThan(65_536)
      await expect(replaceFile(realFiles, state, Buffer.alloc(500_000))).rejects.toMatchObject({
        code: 'deployment.disk-full',
        retryable: true,
      })
      await expect(realFiles.append(join(folder, 'disk/part'), Buffer.alloc(500_000))).rejects.toMatchObject({
        code: 'deployment.disk-full',
      })
      expect(String(await realFiles.read(state))).toBe('old')
      disk.free()
      await replaceFile(realFiles, state, Buffer.from('new'))
      expect(String(await realFiles.read(state))).toBe('new')
    } finally {
      disk.unmount()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
