// `musubi board` as a person runs it, over TCP and a real pair of pseudo-terminals, and killed in the middle of its work.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Measurement } from '../../firmware-bridge/driver.ts'
import { mcu } from '../../firmware-bridge/drivers/mcu.ts'
import type { McuProfile } from '../../firmware-bridge/mcu/profile-schema.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { createFirmwareFile } from '../../firmware-bridge/simulators/board/firmware-file.ts'
import { SimulatedBoard } from '../../firmware-bridge/simulators/board/simulated-board.ts'
import { debianPackage } from '../debian.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')
const factoryImage = createFirmwareFile({ version: { major: 1, minor: 0, revision: 0 }, bodyBytes: 3000 })
const newImage = createFirmwareFile({ version: { major: 2, minor: 0, revision: 0 }, bodyBytes: 20_000, seed: 5 })

interface Told {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

function startCommand(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [musubi, 'board', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function command(...args: readonly string[]): Promise<Told> {
  const child = startCommand(args)
  const closed = once(child, 'close')
  const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!)])
  await closed
  return { exitCode: child.exitCode, output, errors }
}

let folder: string
let imagePath: string
let board: SimulatedBoard

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-board-'))
  imagePath = join(folder, 'new.signed.bin')
  await writeFile(imagePath, newImage)
})

afterEach(async () => {
  await board.close()
  await rm(folder, { recursive: true })
})

const bootTcp = async () => {
  board = await SimulatedBoard.start({
    clock: systemClock,
    line: { port: 0 },
    factoryImage,
    intervalMs: 20,
    startMs: 50,
  })
  return ['--tcp', `127.0.0.1:${board.port}`]
}

describe('musubi board', () => {
  it('lists, updates and lists again', async () => {
    const line = await bootTcp()
    const before = await command('list', ...line)
    expect(before).toMatchObject({ exitCode: 0, errors: '' })
    expect(before.output).toMatch(/^slot 0 {2}1\.0\.0 +[0-9a-f]{16} {2}runs, confirmed\n$/)
    const updated = await command('update', ...line, '--image', imagePath)
    expect(updated).toMatchObject({ exitCode: 0, errors: '' })
    expect(updated.output).toContain('confirmed (updated): 2.0.0 runs and is confirmed')
    const after = JSON.parse((await command('list', ...line, '--json')).output) as { images: readonly unknown[] }
    expect(after.images).toMatchObject([
      { slot: 0, version: '2.0.0', active: true, confirmed: true },
      { slot: 1, version: '1.0.0', active: false, confirmed: false },
    ])
    expect((await command('echo', ...line)).output).toMatch(/^the board answers in \d+ ms\n$/)
  })

  it('says by its exit code and a line of JSON that the old image runs again', async () => {
    const line = await bootTcp()
    board.faults.newImage = 'mute'
    const told = await command('update', ...line, '--image', imagePath, '--within', '1', '--json')
    expect(told.exitCode).toBe(3)
    expect(JSON.parse(told.output)).toMatchObject({ result: 'reverted', reason: 'no-good-readings' })
    expect(board.flash.running.equals(factoryImage)).toBe(true)
  })

  it('refuses a file that is no image before it opens the port, unless forced', async () => {
    const line = await bootTcp()
    await writeFile(imagePath, Buffer.alloc(5000, 1))
    const told = await command('update', ...line, '--image', imagePath)
    expect(told.exitCode).toBe(1)
    expect(told.errors).toMatch(/^firmware\.invalid: .*signed/)
    expect(board.smp.uploadRequests).toBe(0)
    const forced = await command('update', ...line, '--image', imagePath, '--force')
    expect(forced.exitCode).toBe(1)
    expect(forced.output).toContain('refused (board-refused)')
    expect(board.smp.uploadRequests).toBeGreaterThan(0)
  })

  it('tells its usage for what it does not understand', async () => {
    await bootTcp()
    for (const args of [[], ['list'], ['update', '--tcp', 'a:1'], ['list', '--tcp', 'a:1', '--port', 'b']]) {
      expect(await command(...args)).toMatchObject({ exitCode: 2, output: '' })
    }
  })

  it('goes on after it was killed at any moment', { timeout: 120_000 }, async () => {
    const line = await bootTcp()
    let kills = 0
    // Each run is let a little further than the one before, until one comes through.
    for (let limit = 12; ; limit += 40) {
      const child = startCommand(['update', ...line, '--image', imagePath])
      const closed = once(child, 'close')
      const before = board.smp.uploadRequests
      while (child.exitCode === null && board.smp.uploadRequests - before < limit && board.starts === 0) {
        await new Promise((resolve) => void setTimeout(resolve, 1))
      }
      if (board.starts === 0) {
        child.kill('SIGKILL')
        kills += 1
      }
      await closed
      if (child.exitCode === 0) break
    }
    expect(kills).toBeGreaterThan(0)
    // Nothing was sent twice but for the chunk under way at each kill.
    expect(board.smp.uploadRequests).toBeLessThan(Math.ceil(newImage.length / 150) + 3 * kills)
    expect(board.flash.running.equals(newImage)).toBe(true)
  })
})

describe.skipIf(!debianPackage('socat'))('A board on a serial pair', () => {
  it('sends its readings to the driver, is updated, and sends again', async () => {
    const [path, far] = [join(folder, 'gateway'), join(folder, 'device')]
    const socat = spawn('socat', [`pty,raw,echo=0,link=${path}`, `pty,raw,echo=0,link=${far}`], { stdio: 'ignore' })
    while (!existsSync(path) || !existsSync(far)) await new Promise((resolve) => void setTimeout(resolve, 5))
    try {
      const line = { path: far, baudRate: 115_200 }
      board = await SimulatedBoard.start({ clock: systemClock, line, factoryImage, intervalMs: 20, startMs: 50 })
      expect(await hear(path, 5)).toBe(5)
      const updated = await command('update', '--port', path, '--image', imagePath)
      expect(updated).toMatchObject({ exitCode: 0, errors: '' })
      expect(await hear(path, 5)).toBe(5)
      expect(board.acknowledged).toBeGreaterThan(0)
      await board.close()
    } finally {
      const ended = once(socat, 'exit')
      socat.kill('SIGTERM')
      await ended
    }
  })
})

async function hear(path: string, wanted: number): Promise<number> {
  const profile = (await loadProfile('mcu-soil-node')) as McuProfile
  const driver = mcu.create({ path }, { clock: systemClock, log: silentLog })
  const taken: Measurement[] = []
  await driver.open()
  driver.listen?.(
    { id: 'soil', address: {}, profile, timeoutMs: 1000 },
    {
      take(measurements) {
        taken.push(...measurements)
        return Promise.resolve()
      },
      fault: () => undefined,
    },
  )
  while (taken.length < wanted) await new Promise((resolve) => void setTimeout(resolve, 2))
  await driver.close()
  return taken.slice(0, wanted).filter(({ quality, channel }) => quality === 'good' && channel === 'soil-temperature')
    .length
}
