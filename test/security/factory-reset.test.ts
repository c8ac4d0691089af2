// A gateway that is given away keeps nothing of what it was: no key, no password, no reading, no configuration.
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run as runReset } from '../../bin/commands/reset.ts'
import { createEdge, type EdgeUnderTest } from '../faults/edge-under-test.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'

const limitMs = 60_000

describe('a factory reset', { timeout: 2 * limitMs }, () => {
  let folder: string
  let gateway: string
  let hub: HubUnderTest
  let edge: EdgeUnderTest

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-reset-'))
    gateway = join(folder, 'gateway')
    const data = join(folder, 'hub')
    hub = await createHub(data)
    await mkdir(gateway)
    await writeFile(join(gateway, 'camera.password'), 'lens-word')
    edge = await createEdge({
      folder: gateway,
      hub: { data, mqttsPort: hub.mqttsPort },
      tenant: 'test',
      gateway: 'old',
      config: {
        connections: [],
        devices: [],
        cameras: [
          {
            id: 'c',
            source: {
              type: 'mjpeg',
              url: 'http://127.0.0.1:9/',
              username: 'viewer',
              passwordFile: 'camera.password',
            },
          },
        ],
      },
    })
    await edge.start()
    await until('something was kept', limitMs, async () =>
      (await readdir(edge.dataFolder)).find((name) => name === 'outbox.sqlite'),
    )
  }, 2 * limitMs)
  afterEach(async () => {
    await edge.close()
    await hub.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const reset = (...more: readonly string[]) => runReset(['--config', join(gateway, 'gateway.yaml'), ...more])

  it('is refused while the agent runs, and without a word that it is meant', async () => {
    await expect(reset('--yes', '--lose-unsent')).rejects.toMatchObject({ code: 'data.locked' })
    expect(await reset()).toBe(2)
    expect(await readdir(gateway)).toContain('gateway.key.pem')
    expect(edge.alive()).toBe(true)
  })

  it('leaves nothing behind, and waits for readings that the hub has not got', async () => {
    edge.link.cut()
    await until('something waits', limitMs, async () =>
      (await edge.metric('musubi_edge_outbox_messages')) > 0 ? true : undefined,
    )
    await edge.end('SIGTERM')
    expect(await reset('--yes')).toBe(1)
    expect(await readdir(gateway)).toContain('gateway.key.pem')
    expect(await reset('--yes', '--lose-unsent')).toBe(0)
    expect(await readdir(gateway)).toEqual([])
  })

  it('touches nothing where the data folder is none of a gateway', async () => {
    await edge.end('SIGTERM')
    const home = join(folder, 'home')
    await mkdir(home)
    await writeFile(join(home, 'letter'), 'dear')
    await writeFile(join(gateway, 'gateway.yaml'), `data: ${home}\n`)
    await expect(reset('--yes')).rejects.toMatchObject({ code: 'config.invalid' })
    expect(await readdir(home)).toEqual(['letter'])
  })
})
