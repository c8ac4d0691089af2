// Looking after a gateway from afar, over hub, broker and gateway as they run: each command is carried out once and is in the audit.
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { CommandItem } from '../../cloud/commands/command-schemas.ts'
import { Problem } from '../../cloud/http/schemas.ts'
import { sampleJpegs } from '../../firmware-bridge/cameras/sample-images.ts'
import { MisbehavingCamera } from '../../firmware-bridge/cameras/misbehaving-camera.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { createEdge, type EdgeUnderTest } from '../faults/edge-under-test.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'

const limitMs = 60_000
const gateway = 'test/field'
const secrets = { snmp: 'koito-reads-this', camera: 'lens-word-77' }

describe('a gateway that is looked after from afar', { timeout: 2 * limitMs }, () => {
  let folder: string
  let hub: HubUnderTest
  let edge: EdgeUnderTest
  let camera: MisbehavingCamera
  let bus: ModbusServer

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-care-'))
    camera = new MisbehavingCamera({ kind: 'mjpeg', images: await sampleJpegs(4) })
    await camera.start()
    bus = await serveModbusTcp({ slaves: new Map(), clock: systemClock, framing: 'tcp', port: 0 })
    const data = join(folder, 'hub')
    hub = await createHub(data)
    const source = { type: 'mjpeg', url: camera.url, username: 'viewer', password: secrets.camera }
    edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data, mqttsPort: hub.mqttsPort, httpsPort: hub.httpsPort },
      tenant: 'test',
      gateway: 'field',
      config: {
        connections: [
          { id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port: bus.port },
          { id: 'lan', type: 'snmp', version: '2c', community: secrets.snmp },
        ],
        devices: [
          {
            id: 'ap',
            connection: 'lan',
            profile: 'mikrotik-ap',
            address: { host: '127.0.0.1', port: 9 },
            intervalS: 60,
          },
        ],
        cameras: [
          { id: 'gate', source, remoteFrames: true },
          { id: 'office', source },
        ],
      },
    })
    await edge.start()
    await until('the hub knows the gateway', limitMs, () => onlineSince(0))
  }, 2 * limitMs)
  afterAll(async () => {
    await edge.close()
    await hub.end('SIGKILL')
    await camera.stop()
    await bus.close()
    await rm(folder, { recursive: true, force: true })
  })

  const post = (body: object, to = gateway) =>
    fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/gateways/${encodeURIComponent(to)}/commands`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const item = async (response: Response) => Value.Parse(CommandItem, await response.json())

  /** Undefined: it is not online, or has been since before. */
  async function onlineSince(sinceMs: number): Promise<true | undefined> {
    const { items } = (await (await hub.get('/api/v1/gateways')).json()) as {
      items: { id: string; state: string; since: number }[]
    }
    return items.some(({ id, state, since }) => id === gateway && state === 'online' && since > sinceMs) || undefined
  }

  /** Resolves with what became of it. */
  async function asked(body: object): Promise<CommandItem> {
    const response = await post({ ...body, by: '佐藤' })
    expect(response.status).toBe(202)
    const { id } = await item(response)
    return until(`${id} is answered`, limitMs, async () => {
      const now = await item(await hub.get(`/api/v1/commands/${id}`))
      return now.state === 'sent' ? undefined : now
    })
  }
  const fileOf = async ({ id }: CommandItem) =>
    Buffer.from(await (await hub.get(`/api/v1/commands/${id}/file`)).arrayBuffer())

  it('is examined by its own doctor', async () => {
    const done = await asked({ kind: 'doctor' })
    expect(done).toMatchObject({ state: 'done', by: '佐藤', file: { name: 'test-field-doctor.json' } })
    const { findings } = JSON.parse((await fileOf(done)).toString()) as { findings: { check: string; state: string }[] }
    expect(findings).toContainEqual(expect.objectContaining({ check: 'certificate', state: 'ok' }))
    expect(findings.map(({ check }) => check)).not.toContain('hub')
  })

  it('sends a bundle with everything that helps and no secret', async () => {
    const done = await asked({ kind: 'diagnostic-bundle' })
    const bytes = await fileOf(done)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(done.file?.sha256)
    const text = bytes.toString()
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret)
    const bundle = JSON.parse(text) as Record<string, unknown>
    expect(Object.keys(bundle)).toEqual(
      expect.arrayContaining(['gateway', 'made', 'agent', 'machine', 'findings', 'config', 'metrics', 'log']),
    )
    expect(text).toContain('the gateway agent runs')
    expect(bundle['config']).toMatchObject({ connections: [{ id: 'bus' }, { id: 'lan', community: '***' }] })
  })

  it('sends a frame of a camera that may be looked through, and of no other', async () => {
    const done = await asked({ kind: 'frame', arguments: { camera: 'gate' } })
    expect(done).toMatchObject({ state: 'done', file: { type: 'image/jpeg' } })
    const bytes = await fileOf(done)
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]))
    const refused = await asked({ kind: 'frame', arguments: { camera: 'office' } })
    expect(refused).toMatchObject({ state: 'failed', code: 'command.unavailable', file: null })
  })

  it('keeps nothing of what it sent', async () => {
    expect(await readdir(join(edge.dataFolder, 'commands'))).toEqual([])
  })

  it('shows its log while somebody looks, and stops when nobody does', async () => {
    const abort = new AbortController()
    const url = `http://127.0.0.1:${hub.httpPort}/api/v1/gateways/${encodeURIComponent(gateway)}/log?seconds=60`
    const response = await fetch(url, { signal: abort.signal })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const seen = await textUntil(response, /event: log\ndata: .*a command of the hub/)
    for (const secret of Object.values(secrets)) expect(seen).not.toContain(secret)
    abort.abort()
    await until('the gateway was told to stop', limitMs, async () => {
      const { items } = (await (await hub.get('/api/v1/commands?limit=5')).json()) as { items: CommandItem[] }
      return items.find(
        ({ kind, arguments: given, state }) => kind === 'log' && given['seconds'] === 0 && state === 'done',
      )
    })
  })

  it('starts anew when it is asked to, and goes on', async () => {
    const pid = edge.pid()
    const done = await asked({ kind: 'restart' })
    expect(done.state).toBe('accepted')
    await until('it is back', limitMs, () => onlineSince(done.askedAt))
    expect((await asked({ kind: 'doctor' })).state).toBe('done')
    expect(edge.pid()).toBe(pid)
    expect(edge.alive()).toBe(true)
  })

  it('does not start anew with a configuration that it could not start with', async () => {
    const file = join(folder, 'gateway', 'gateway.yaml')
    const right = await readFile(file, 'utf8')
    await writeFile(file, right.replace('type: snmp', 'type: snpm'))
    const refused = await asked({ kind: 'restart' })
    expect(refused).toMatchObject({ state: 'failed', code: 'config.invalid' })
    expect(edge.alive()).toBe(true)
    await writeFile(file, right)
  })

  it('is not asked for what nobody may ask', async () => {
    const response = await post({ kind: 'shell', arguments: {} })
    expect(response.status).toBe(400)
    expect(Value.Check(Problem, await response.json())).toBe(true)
  })

  it('of another name is not there', async () => {
    const response = await post({ kind: 'doctor' }, 'test/elsewhere')
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ code: 'gateway.offline' })
  })

  it('has each command in the audit, with who asked', async () => {
    const { items } = (await (await hub.get('/api/v1/commands?limit=100')).json()) as { items: CommandItem[] }
    const kinds = new Set(items.filter(({ by }) => by === '佐藤').map(({ kind }) => kind))
    expect([...kinds].toSorted()).toEqual(['diagnostic-bundle', 'doctor', 'frame', 'restart'])
    expect(items.every(({ gateway: of }) => of === gateway)).toBe(true)
  })
})

/** Reads until the text matches; rejects where the stream ends before. */
async function textUntil({ body }: Response, pattern: RegExp): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  if (body === null) throw new Error('no body')
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`the stream ended after ${text}`)
    text += decoder.decode(value as Uint8Array, { stream: true })
    if (pattern.test(text)) {
      reader.releaseLock()
      return text
    }
  }
}
