// A port scan from inside: by default nothing of a gateway waits for strangers, and a hub opens exactly what its guide lists.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Program, freePorts, startProgram } from '../programs/program.ts'
import { createEdge, type EdgeUnderTest } from '../faults/edge-under-test.ts'
import { listeningOf } from './listening-ports.ts'

let folder: string
let hub: Program
let ports: Readonly<Record<string, number>>
let edge: EdgeUnderTest | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-ports-'))
  hub = startProgram(['hub', '--data', join(folder, 'hub'), '--no-dashboard', ...freePorts])
  const up = await hub.logged('the hub is up')
  const names = ['http', 'https', 'est', 'mqtts', 'mqtt']
  ports = Object.fromEntries(names.map((name) => [name, Number(up[name])]))
})

afterEach(async () => {
  await edge?.close()
  edge = undefined
  await hub.end('SIGKILL')
  await rm(folder, { recursive: true })
})

async function startGateway(config: Readonly<Record<string, unknown>>): Promise<EdgeUnderTest> {
  const at = { data: join(folder, 'hub'), mqttsPort: ports['mqtts'] ?? 0 }
  edge = await createEdge({ folder: join(folder, 'gateway'), hub: at, tenant: 'kimitsu', gateway: 'paddy-1', config })
  await edge.start()
  return edge
}

describe('what listens', { timeout: 120_000 }, () => {
  it('at a gateway: nothing', async () => {
    const gateway = await startGateway({ connections: [], devices: [], health: { intervalS: 1 } })
    expect(await listeningOf(gateway.pid())).toEqual([])
  })

  it('at a gateway that shows its health: that port, on loopback alone', async () => {
    const gateway = await startGateway({ connections: [], devices: [], health: { intervalS: 1, port: 0 } })
    expect(await listeningOf(gateway.pid())).toEqual([
      { protocol: 'tcp', address: '127.0.0.1', port: expect.any(Number) as number },
    ])
  })

  it('at a hub: what docs/operating.md lists, and nothing else', async () => {
    const listening = await listeningOf(hub.pid)
    expect(listening.map(({ port }) => port).toSorted((a, b) => a - b)).toEqual(
      Object.values(ports).toSorted((a, b) => a - b),
    )
    expect(listening.every(({ protocol, address }) => protocol === 'tcp' && address === '127.0.0.1')).toBe(true)
  })

  it('is seen by this scan', async () => {
    const server = createServer().listen(0, '0.0.0.0')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { readonly port: number }
    expect(await listeningOf(process.pid)).toContainEqual({ protocol: 'tcp', address: '0.0.0.0', port })
    await new Promise((resolve) => server.close(resolve))
  })
})
