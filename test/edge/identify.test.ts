// A light blinks for the time that was asked, and shows again what it showed before.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { createManualClock } from './manual-clock.ts'
import { until } from '../programs/until.ts'
import { createIdentify } from '../../edge/commands/identify.ts'

describe('the light of a gateway', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-led-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function light(name: string): Promise<void> {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'trigger'), 'none timer [mmc0] heartbeat\n')
    await writeFile(join(folder, name, 'brightness'), '0\n')
  }
  const shown = async (name: string, file: 'trigger' | 'brightness') =>
    (await readFile(join(folder, name, file), 'utf8')).trim()
  const shows = (name: string, file: 'trigger' | 'brightness', value: string) =>
    until(`${file} of ${name} is ${value}`, 5_000, async () => ((await shown(name, file)) === value ? true : undefined))

  it('blinks and is given back', async () => {
    await light('ACT')
    await light('eth0:green:link')
    const clock = createManualClock()
    const identify = createIdentify({ folder, led: undefined, clock, log: silentLog })
    await identify.blink(2)
    expect(await shown('ACT', 'trigger')).toBe('none')
    await shows('ACT', 'brightness', '255')
    await clock.advance(250)
    await shows('ACT', 'brightness', '0')
    await clock.advance(250)
    await shows('ACT', 'brightness', '255')
    await clock.advance(2_000)
    await shows('ACT', 'trigger', 'mmc0')
    expect(await shown('eth0:green:link', 'trigger')).toContain('[mmc0]')
  })

  it('is given back when the agent stops', async () => {
    await light('status')
    const identify = createIdentify({ folder, led: 'status', clock: createManualClock(), log: silentLog })
    await identify.blink(60)
    await identify.stop()
    expect(await shown('status', 'trigger')).toBe('mmc0')
    expect(await shown('status', 'brightness')).toBe('0')
  })

  it('may be elsewhere, under a path of its own', async () => {
    await light('panel')
    const clock = createManualClock()
    const identify = createIdentify({ folder: join(folder, 'none'), led: join(folder, 'panel'), clock, log: silentLog })
    await identify.blink(1)
    await shows('panel', 'brightness', '255')
    await identify.stop()
    expect(await shown('panel', 'trigger')).toBe('mmc0')
  })

  it.each([
    ['no light is there', undefined],
    ['the named light is not there', 'PWR'],
  ])('is refused by name where %s', async (_what, led) => {
    const identify = createIdentify({ folder, led, clock: createManualClock(), log: silentLog })
    await expect(identify.blink(5)).rejects.toMatchObject({ code: 'command.unavailable' })
  })
})
