import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openPictureSwitch } from './picture-switch.ts'

it('lets less leave than is configured and never more, and stays so after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-pictures-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const lines = [
    { id: 'line-1', pictures: 'all' },
    { id: 'line-2', pictures: 'over' },
  ] as const
  let changes = 0
  const first = await openPictureSwitch(folder, lines, () => (changes += 1))
  expect(first.now('line-1')).toBe('all')
  expect(await first.command({ inspection: 'line-1', pictures: 'none' })).toMatchObject({ state: 'done' })
  expect(await first.command({ inspection: 'line-2', pictures: 'all' })).toMatchObject({ code: 'command.unavailable' })
  await expect(first.command({ inspection: 'line-9', pictures: 'none' })).rejects.toMatchObject({
    code: 'payload.schema',
  })
  expect(changes).toBe(1)
  const again = await openPictureSwitch(folder, lines, () => undefined)
  expect([again.now('line-1'), again.now('line-2')]).toEqual(['none', 'over'])
  await again.command({ inspection: 'line-1', pictures: 'all' })
  expect(again.now('line-1')).toBe('all')
})
