// `musubi images` and the hub's HTTPS port as a person meets them: what is printed, and the exit codes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { ImportReport } from '../../edge/images/importer.ts'
import { createEdge } from '../faults/edge-under-test.ts'
import { droneJpeg, plainShot } from './drone-image.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')

async function run(...args: readonly string[]) {
  const child = spawn(process.execPath, [musubi, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, output, errors }
}

describe('musubi images', () => {
  let folder: string
  let card: string
  let config: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-command-'))
    card = join(folder, 'card')
    await mkdir(card)
    const edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data: join(folder, 'hub'), mqttsPort: 1 },
      tenant: 'kimitsu',
      gateway: 'drone',
      config: { sites: [], connections: [], devices: [], images: { upload: { url: 'https://localhost:1' } } },
    })
    await edge.close()
    await rm(edge.dataFolder, { recursive: true })
    config = join(folder, 'gateway/gateway.yaml')
  })
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it('imports a card before the agent ever ran, lists what it did not take, and tells what waits', async () => {
    const image = await droneJpeg({ ...plainShot, bytes: 20_000 })
    await writeFile(join(card, 'DJI_0001.JPG'), image)
    await writeFile(join(card, 'DJI_0002.JPG'), image)
    const clean = await run('images', 'import', card, '--config', config, '--copy')
    expect(clean.errors).toBe('')
    expect([clean.code, clean.output]).toEqual([
      0,
      expect.stringMatching(/^imported: 1, duplicate: 1\nflights: 20260722-0012-[0-9a-f]{8}\n$/),
    ])
    expect(await readdir(join(folder, 'gateway/data/images'))).toHaveLength(1)
    await writeFile(join(card, 'DJI_0003.JPG'), image.subarray(0, 9000))
    const cut = await run('images', 'import', card, '--config', config, '--json')
    const report = JSON.parse(cut.output) as ImportReport
    expect([cut.code, report.counts]).toEqual([1, { known: 2, truncated: 1 }])
    expect(report.listed).toMatchObject([{ path: join(card, 'DJI_0003.JPG'), outcome: 'truncated' }])
    const status = await run('images', 'status', '--config', config)
    expect([status.code, status.errors]).toEqual([0, ''])
    expect(status.output.split('\n').toSorted().filter(Boolean)).toEqual([
      expect.stringMatching(/^ {2}refused {2}.*DJI_0003\.JPG {2}a JPEG without its end/),
      'duplicate: 1 (0.0 MB)',
      'hashed: 1 (0.0 MB)',
      'refused: 1 (0.0 MB)',
    ])
    // Nobody asked for removal.
    expect(await readdir(card)).toEqual(['DJI_0001.JPG', 'DJI_0002.JPG', 'DJI_0003.JPG'])
  })

  it('says in one line what is wrong: a folder that is not there, no section images, wrong words', async () => {
    const away = await run('images', 'import', join(folder, 'away'), '--config', config)
    expect([away.code, away.errors]).toEqual([1, expect.stringMatching(/^musubi images: .*away cannot be read/)])
    const empty = await run('images', 'status', '--config', config)
    expect([empty.code, empty.output]).toEqual([0, 'the spool is empty\n'])
    const bare = join(folder, 'bare.yaml')
    const hub = { url: 'mqtt://localhost:1' }
    await writeFile(
      bare,
      stringify({ tenant: 'a', gateway: 'b', data: './data', hub, sites: [], connections: [], devices: [] }),
    )
    const without = await run('images', 'status', '--config', bare)
    expect([without.code, without.errors]).toEqual([1, expect.stringContaining('has no section images')])
    const wrong = await run('images', 'export', card, '--config', config)
    expect([wrong.code, wrong.errors]).toEqual([2, expect.stringMatching(/^Usage:/)])
  })

  it('needs the HTTPS port of the hub: a busy one is named in one line, with the flag that changes it', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const port = String((blocker.address() as AddressInfo).port)
    const ports = ['http', 'est', 'mqtt', 'mqtts'].flatMap((name) => [`--${name}-port`, '0'])
    const data = join(folder, 'hub-data')
    const busy = await run('hub', '--data', data, '--no-dashboard', ...ports, '--https-port', port)
    await new Promise<void>((done) => void blocker.close(() => done()))
    expect(busy.code).toBe(1)
    const lines = busy.errors.split('\n').filter((line) => line.startsWith('musubi hub:'))
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`HTTPS port ${port} is in use.*--https-port.*MUSUBI_HTTPS_PORT.*port\\.busy`)),
    ])
  })
})
