// Artefacts over the hub's real HTTPS side with mutual TLS: resumed by ranges, capped, within hours, and only what is meant for the gateway.
import { createHash } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Registry } from 'prom-client'
import type { Artefact } from '../../broker/contract/desired-state.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { artefactRoutes } from '../../cloud/deployments/artefact-routes.ts'
import { ArtefactStore } from '../../cloud/deployments/artefact-store.ts'
import { type GatewayServer, startGatewayServer } from '../../cloud/http/gateway-server.ts'
import { type ArtefactSources, bringArtefact, WindowClosed } from '../../edge/deployment/artefact-source.ts'
import { realFiles } from '../../edge/deployment/file-port.ts'
import { placesIn } from '../../edge/deployment/set-places.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { openRevocations } from '../../provisioning/registry/revocations.ts'

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 251))
const artefact: Artefact = {
  kind: 'model',
  id: 'lamps',
  version: '1.0.0',
  sha256: createHash('sha256').update(content).digest('hex'),
  bytes: content.length,
}

let folder: string
let server: GatewayServer
let sources: ArtefactSources
/** The Range of each request; empty: the whole was asked for. */
let ranges: string[]
let mayFetch: boolean

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-artefacts-'))
  const authorityFolder = join(folder, 'authority')
  const authority = await openAuthority({ folder: authorityFolder, clock: systemClock, log: silentLog })
  const issued = await authority.issueGateway({ tenant: 'kimitsu', gateway: 'paddy-1' })
  const store = new ArtefactStore(join(folder, 'hub'))
  await store.keep(artefact.sha256, Readable.from([content]))
  mayFetch = true
  ranges = []
  const routes = artefactRoutes(store, { mayFetch: (gateway) => mayFetch && gateway === 'kimitsu/paddy-1' })
  server = await startGatewayServer({
    host: '127.0.0.1',
    port: 0,
    credentials: await authority.serverCredentials({ names: ['localhost'] }),
    revocations: await openRevocations({ folder: authorityFolder, clock: systemClock }),
    routes: [
      (mounted, identityOf) => {
        mounted.addHook('onRequest', (request, _reply, done) => {
          ranges.push(request.headers.range ?? '')
          done()
        })
        routes(mounted, identityOf)
      },
    ],
    metrics: new Registry(),
    clock: systemClock,
    log: silentLog,
  })
  const places = placesIn(join(folder, 'gateway'))
  await realFiles.makeFolder(places.artefacts)
  const tls = {
    ca: Buffer.from(issued.caPem),
    certificate: Buffer.from(issued.certificatePem),
    key: Buffer.from(issued.keyPem),
  }
  sources = {
    files: realFiles,
    places,
    folders: [],
    hub: { url: `https://localhost:${server.port}`, tls, maxBytesPerS: undefined, idleMs: 5000 },
    clock: systemClock,
    isOpen: () => true,
  }
})

afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const place = () => sources.places.artefact(artefact.sha256)

/** Closes after so many pieces. */
function openFor(pieces: number): () => boolean {
  let left = pieces
  return () => (left -= 1) >= 0
}

describe('an artefact', () => {
  it('comes whole, is kept under its hash, and is not fetched a second time', async () => {
    await bringArtefact(artefact, sources)
    await bringArtefact(artefact, sources)
    expect(await realFiles.sha256Of(place())).toBe(artefact.sha256)
    expect(ranges).toEqual([''])
  })

  it('goes on where the hours closed over it, by a range', async () => {
    const hub = { ...sources.hub!, maxBytesPerS: 1_000_000 }
    await expect(bringArtefact(artefact, { ...sources, hub, isOpen: openFor(3) })).rejects.toBeInstanceOf(WindowClosed)
    const { size } = await stat(`${place()}.part`)
    expect(size).toBeGreaterThan(0)
    expect(size).toBeLessThan(artefact.bytes)
    await bringArtefact(artefact, sources)
    expect(ranges).toEqual(['', `bytes=${size}-`])
    expect(await realFiles.sha256Of(place())).toBe(artefact.sha256)
  })

  it('whose half on the disk has rotted is fetched once more from its beginning', async () => {
    await writeFile(`${place()}.part`, Buffer.alloc(1000, 7))
    await bringArtefact(artefact, sources)
    expect(ranges).toEqual(['bytes=1000-', ''])
    expect(await realFiles.sha256Of(place())).toBe(artefact.sha256)
  })

  it('of other bytes than announced is refused, and nothing of it stays', async () => {
    const announced = { ...artefact, bytes: artefact.bytes - 1 }
    await expect(bringArtefact(announced, sources)).rejects.toMatchObject({ code: 'deployment.artefact' })
    await writeFile(join(folder, 'hub', artefact.sha256), Buffer.alloc(artefact.bytes, 1))
    await realFiles.remove(`${place()}.part`)
    await expect(bringArtefact(artefact, sources)).rejects.toMatchObject({ code: 'deployment.artefact' })
    expect(await realFiles.list(sources.places.artefacts)).toEqual([])
  })

  it('of another gateway is not given out', async () => {
    mayFetch = false
    await expect(bringArtefact(artefact, sources)).rejects.toMatchObject({ code: 'deployment.artefact' })
  })

  it('comes no faster than its cap', async () => {
    const waits: number[] = []
    let nowMs = 0
    const clock = {
      now: () => nowMs,
      monotonic: () => nowMs,
      setTimer(callback: () => void, delayMs: number) {
        waits.push(delayMs)
        nowMs += delayMs
        queueMicrotask(callback)
        return { cancel: () => undefined }
      },
    }
    await bringArtefact(artefact, { ...sources, clock, hub: { ...sources.hub!, maxBytesPerS: 50_000 } })
    expect(nowMs).toBeGreaterThan(5_800)
    expect(Math.max(...waits)).toBeLessThanOrEqual(200)
  })

  it('is waited for while the hub is away', async () => {
    await server.close()
    await expect(bringArtefact(artefact, sources)).rejects.toMatchObject({ code: 'uplink.refused', retryable: true })
  })
})
