import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { startGatewayServer, type GatewayServer } from '../../cloud/http/gateway-server.ts'
import { openImages, type Images } from '../../cloud/images/images.ts'
import { defaultUploadLimits, type UploadLimits } from '../../cloud/images/uploads.ts'
import { GatewayRegistry } from '../../cloud/registry/gateway-registry.ts'
import { wholeCity } from '../../cloud/people/principal.ts'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { openAuthority, type Authority } from '../../provisioning/authority.ts'
import { openRevocations, type RevocationList } from '../../provisioning/registry/revocations.ts'
import { serialNumberOf } from '../../provisioning/certificates.ts'
import { mayMount, mountSmallDisk } from '../faults/small-disk.ts'
import { droneJpeg, plainShot } from './drone-image.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

const facts = { timeMs: Date.UTC(2026, 6, 22), timeFrom: 'exif', flight: '20260722-0012-3fa9c1d2' }

describe('uploads at the hub', () => {
  let folder: string
  let database: HubDatabase
  let images: Images
  let server: GatewayServer
  let authority: Authority
  let revocations: RevocationList
  let paddy: Agent
  const agents: Agent[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-uploads-'))
    authority = await openAuthority({ folder: join(folder, 'authority'), clock: systemClock, log: silentLog })
    revocations = await openRevocations({ folder: join(folder, 'authority'), clock: systemClock })
    await start()
    paddy = await agentOf('paddy')
  })
  afterEach(async () => {
    for (const agent of agents.splice(0)) agent.destroy()
    await stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function start(limits: Partial<UploadLimits> = {}, imageFolder = join(folder, 'images')): Promise<void> {
    database = await openHubDatabase(join(folder, 'hub.sqlite'))
    const gateways = new GatewayRegistry({
      database,
      heardMs: () => 0,
      heardAtMs: () => 0,
      clock: systemClock,
      log: silentLog,
    })
    const given = { ...defaultUploadLimits, reserveBytes: 0, ...limits }
    images = await openImages(
      { folder: imageFolder, limits: given, openBucket: undefined },
      { database, gateways, clock: systemClock, log: silentLog },
    )
    server = await startGatewayServer({
      host: '127.0.0.1',
      port: 0,
      credentials: await authority.serverCredentials({ names: [] }),
      revocations,
      routes: [images.routes],
      metrics: new Registry(),
      clock: systemClock,
      log: silentLog,
    })
  }

  async function stop(): Promise<void> {
    await server.close()
    images.close()
    await database.destroy()
  }

  async function agentOf(gateway: string, by = authority): Promise<Agent> {
    const { certificatePem, keyPem } = await by.issueGateway({ tenant: 'kimitsu', gateway })
    const agent = new Agent({ ca: authority.caPem, cert: certificatePem, key: keyPem })
    agents.push(agent)
    return agent
  }

  function ask(
    agent: Agent,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: Buffer,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const url = `https://localhost:${server.port}${path}`
      const all = { 'tus-resumable': '1.0.0', 'content-length': String(body?.length ?? 0), ...headers }
      const asked = request(url, { method, agent, headers: all }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }

  async function begin(agent: Agent, bytes: number, sha256: string, said: object = facts): Promise<Answer> {
    const encode = (text: string) => Buffer.from(text).toString('base64')
    const metadata = `sha256 ${encode(sha256)},name ${encode('DJI_0001.JPG')},facts ${encode(JSON.stringify(said))}`
    return await ask(agent, 'POST', '/uploads', { 'upload-length': String(bytes), 'upload-metadata': metadata })
  }

  async function send(agent: Agent, path: string, offset: number, body: Buffer): Promise<Answer> {
    const type = { 'content-type': 'application/offset+octet-stream' }
    return await ask(agent, 'PATCH', path, { ...type, 'upload-offset': String(offset) }, body)
  }

  async function upload(agent: Agent, image: Buffer, sha256 = hashOf(image)): Promise<Answer> {
    const begun = await begin(agent, image.length, sha256)
    return begun.status === 201 ? await send(agent, String(begun.headers['location']), 0, image) : begun
  }

  const codeOf = ({ body }: Answer): unknown => (JSON.parse(body) as { readonly code?: unknown }).code

  it('are confirmed with the last bytes, and again when asked by hash', async () => {
    const image = await droneJpeg(plainShot)
    const sha256 = hashOf(image)
    expect((await ask(paddy, 'GET', `/uploads/by-hash/${sha256}`)).status).toBe(404)
    const answer = await upload(paddy, image)
    const verdict = { state: 'confirmed', sha256, bytes: image.length }
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, verdict])
    expect(JSON.parse((await ask(paddy, 'GET', `/uploads/by-hash/${sha256}`)).body)).toEqual(verdict)
    expect((await ask(paddy, 'HEAD', `/uploads/by-hash/${sha256}`)).status).toBe(200)
    expect(await readdir(join(folder, 'images/arriving'))).toEqual([])
  })

  it('of bytes that do not have the announced hash are refused, and begin anew', async () => {
    const image = await droneJpeg(plainShot)
    const wrong = Buffer.from(image)
    wrong.writeUInt8(wrong.readUInt8(500) ^ 1, 500)
    const answer = await upload(paddy, wrong, hashOf(image))
    expect([answer.status, codeOf(answer)]).toEqual([460, 'image.mismatch'])
    expect(await readdir(join(folder, 'images/arriving'))).toEqual([])
    expect((await upload(paddy, image)).status).toBe(200)
  })

  it('go on where they were cut off, also after the hub ended between the last byte and its word', async () => {
    const image = await droneJpeg(plainShot)
    const begun = await begin(paddy, image.length, hashOf(image))
    const path = String(begun.headers['location'])
    await send(paddy, path, 0, image.subarray(0, 1000))
    await stop()
    await start()
    const head = await ask(paddy, 'HEAD', path)
    expect(head.headers['upload-offset']).toBe('1000')
    const { appendFile } = await import('node:fs/promises')
    await appendFile(join(folder, 'images/arriving', path.slice('/uploads/'.length)), image.subarray(1000))
    const asked = await ask(paddy, 'GET', `/uploads/by-hash/${hashOf(image)}`)
    expect([asked.status, JSON.parse(asked.body)]).toMatchObject([200, { state: 'confirmed' }])
  })

  it('of nonsense are refused: no image, no facts, no length', async () => {
    const text = Buffer.from('no picture at all')
    expect(codeOf(await upload(paddy, text))).toBe('image.invalid')
    expect(codeOf(await begin(paddy, 10, 'x'.repeat(64)))).toBe('image.invalid')
    expect(codeOf(await begin(paddy, 10, hashOf(text), { timeMs: 'yesterday' }))).toBe('image.invalid')
    expect(codeOf(await begin(paddy, 0, hashOf(text)))).toBe('image.invalid')
  })

  it('of one gateway do not exist for another, though their content is known in the tenant', async () => {
    const image = await droneJpeg(plainShot)
    const other = await agentOf('other')
    const path = String((await begin(paddy, image.length, hashOf(image))).headers['location'])
    expect((await ask(other, 'HEAD', path)).status).toBe(404)
    expect((await send(other, path, 0, image)).status).toBe(404)
    expect((await ask(other, 'DELETE', path)).status).toBe(404)
    expect((await send(paddy, path, 0, image)).status).toBe(200)
    expect((await ask(other, 'GET', `/uploads/by-hash/${hashOf(image)}`)).status).toBe(200)
    expect((await upload(other, image)).status).toBe(200)
    expect((await images.registry.images({ scope: wholeCity, limit: 10 })).length).toBe(1)
    expect(await images.registry.flight('kimitsu', facts.flight)).toMatchObject({ images: 1 })
  })

  it('are refused beyond the quota of a gateway, and where the disk would fall below its reserve', async () => {
    const image = await droneJpeg(plainShot)
    await stop()
    await start({ quotaBytes: image.length * 1.5 })
    expect((await upload(paddy, image)).status).toBe(200)
    const second = await droneJpeg({ ...plainShot, seed: 2, bytes: 20_000 })
    const refused = await begin(paddy, second.length, hashOf(second))
    expect([refused.status, codeOf(refused)]).toEqual([507, 'image.quota'])
    await stop()
    await start({ reserveBytes: Number.MAX_SAFE_INTEGER })
    const full = await begin(paddy, second.length, hashOf(second))
    expect([full.status, codeOf(full)]).toEqual([507, 'image.disk-full'])
  })

  it.skipIf(!mayMount())(
    'are answered 507 when the disk fills while they arrive, and go on once there is room',
    async () => {
      const image = await droneJpeg({ ...plainShot, bytes: 3_000_000 })
      await stop()
      const disk = mountSmallDisk(join(folder, 'small'), 8)
      try {
        await start({}, join(folder, 'small'))
        const path = String((await begin(paddy, image.length, hashOf(image))).headers['location'])
        await send(paddy, path, 0, image.subarray(0, 100_000))
        disk.fill()
        const offset = () => ask(paddy, 'HEAD', path).then(({ headers }) => Number(headers['upload-offset']))
        const answer = await send(paddy, path, await offset(), image.subarray(await offset()))
        expect([answer.status, codeOf(answer)]).toEqual([507, 'image.disk-full'])
        disk.free()
        const from = await offset()
        expect((await send(paddy, path, from, image.subarray(from))).status).toBe(200)
      } finally {
        disk.unmount()
      }
    },
  )

  it('that were abandoned expire with their bytes', async () => {
    const image = await droneJpeg(plainShot)
    const path = String((await begin(paddy, image.length, hashOf(image))).headers['location'])
    const file = join(folder, 'images/arriving', path.slice('/uploads/'.length))
    await stop()
    await start({ expiryMs: -1 })
    await utimes(file, 1, 1)
    await images.expire()
    expect((await ask(paddy, 'HEAD', path)).status).toBe(404)
    expect(await readdir(join(folder, 'images/arriving'))).toEqual([])
  })

  it('are refused to strangers, and to a gateway whose certificate is revoked, at once', async () => {
    const path = `/uploads/by-hash/${'0'.repeat(64)}`
    const foreign = await openAuthority({ folder: join(folder, 'foreign'), clock: systemClock, log: silentLog })
    await expect(ask(await agentOf('paddy', foreign), 'GET', path)).rejects.toThrow()
    const bare = new Agent({ ca: authority.caPem })
    agents.push(bare)
    await expect(ask(bare, 'GET', path)).rejects.toThrow()

    const { certificatePem, keyPem } = await authority.issueGateway({ tenant: 'kimitsu', gateway: 'stolen' })
    const kept = new Agent({ ca: authority.caPem, cert: certificatePem, key: keyPem, keepAlive: true })
    agents.push(kept)
    expect((await ask(kept, 'GET', path)).status).toBe(404)
    await revocations.revoke(serialNumberOf(certificatePem), 'stolen')
    const answer = await ask(kept, 'GET', path)
    expect([answer.status, codeOf(answer)]).toEqual([403, 'identity.invalid'])
    kept.destroy()
    const again = new Agent({ ca: authority.caPem, cert: certificatePem, key: keyPem })
    agents.push(again)
    await expect(ask(again, 'GET', path)).rejects.toThrow()
  })
})

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
