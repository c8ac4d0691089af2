// A correction's whole way: verdict at the hub, correction by HTTP, command to the gateway, refit, and the next part judged by the revision.
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { Correction } from '../../cloud/events/event-correction.ts'
import type { EventItem, EventPage } from '../../cloud/events/event-schemas.ts'
import type { FactoryItem } from '../../cloud/factory/factory-schemas.ts'
import { Problem } from '../../cloud/http/schemas.ts'
import { ExampleStore } from '../../edge/teach/example-store.ts'
import { ensureOwnKey } from '../../edge/teach/own-key.ts'
import { flangeOf, type FlangeDefect } from '../../firmware-bridge/simulators/factory/flange.ts'
import { photograph } from '../../firmware-bridge/simulators/factory/photograph.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { loadPackage } from '../../models/package.ts'
import { teach } from '../../models/teach/teach.ts'
import { createEdge, type EdgeUnderTest } from '../faults/edge-under-test.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'

const seed = 7
const limitMs = 180_000
/** As many frames as the gateway keeps. */
const frames = 2

describe('a verdict that a person corrects', { timeout: 2 * limitMs }, () => {
  let folder: string
  let hub: HubUnderTest
  let edge: EdgeUnderTest
  let server: ModbusServer
  let given = 0
  const ends: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-correction-'))
    ends.push(() => rm(folder, { recursive: true, force: true }))
    await mkdir(join(folder, 'pictures'))
    server = await serveModbusTcp({
      slaves: new Map([[1, { writeCoil: () => true }]]),
      clock: systemClock,
      framing: 'tcp',
      port: 0,
    })
    ends.push(() => server.close())
    const foreman = await ensureOwnKey(join(folder, 'foreman'))
    await teachFirst(join(folder, 'flange'), join(folder, 'examples'), foreman.privateFile)
    const data = join(folder, 'hub')
    hub = await createHub(data)
    ends.push(() => hub.end('SIGKILL'))
    edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data, mqttsPort: hub.mqttsPort },
      tenant: 'test',
      gateway: 'factory',
      config: {
        modelTrust: { keys: [foreman.publicFile] },
        connections: [{ id: 'io', type: 'modbus-tcp', host: '127.0.0.1', port: server.port }],
        sites: [
          { id: 'works', kind: 'factory', name: { ja: '工場', en: 'Works' }, position: { lat: 35.3, lon: 139.9 } },
        ],
        devices: [],
        cameras: [{ id: 'camera-1', source: { type: 'hot-folder', folder: join(folder, 'pictures'), settleMs: 20 } }],
        inspections: [
          {
            id: 'line-1',
            site: 'works',
            camera: 'camera-1',
            model: join(folder, 'flange'),
            trigger: { type: 'frame' },
            relay: { type: 'modbus', connection: 'io', coil: 0 },
            limitMs: 30_000,
            teach: { examples: join(folder, 'examples'), frames },
          },
        ],
      },
    })
    ends.push(() => edge.close())
    await edge.start()
    await modelIs('1.0.0')
  }, limitMs)
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })

  const newest = async (kind: string): Promise<readonly EventItem[]> =>
    ((await (await hub.get(`/api/v1/events?kind=${kind}`)).json()) as EventPage).items
  const modelIs = (version: string) =>
    until(`the model ${version} in the birth document`, limitMs, async () => {
      const { items } = (await (await hub.get('/api/v1/gateways')).json()) as { items: { models: object[] }[] }
      return items[0]?.models.some((model) => Object.values(model).includes(version)) === true ? true : undefined
    })

  async function give(picture: Buffer): Promise<void> {
    given += 1
    const name = `${given}.jpg`
    await writeFile(join(folder, name), picture)
    await rename(join(folder, name), join(folder, 'pictures', name))
  }

  /** Puts a part before the camera, again where the model was not loaded yet; the verdict as the hub tells it. */
  async function judged(index: number, defect: FlangeDefect | 'none'): Promise<EventItem> {
    const picture = await photograph(flangeOf(seed, index, defect))
    const unjudged = () => edge.metric('musubi_edge_inspections_total{reason="model"}')
    const before = (await newest('inspection')).length
    let failed = await unjudged()
    await give(picture)
    return until(`the verdict on ${defect} ${index}`, limitMs, async () => {
      const found = await newest('inspection')
      if (found.length > before) return found[0]
      if ((await unjudged()) === failed) return undefined
      failed = await unjudged()
      await give(picture)
      return undefined
    })
  }

  const correct = (event: EventItem, body: object) => post(`events/${encodeURIComponent(event.id)}/correction`, body)

  async function post(path: string, body: object): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: await response.json() }
  }

  /** The n-th outcome of teaching. */
  const outcome = (count: number) =>
    until(`outcome ${count}`, limitMs, async () => {
      const found = await newest('teaching')
      return found.length >= count ? found[0] : undefined
    })

  it('is learnt from: the outcome is told, the next part is judged by the revision, and so after a restart', async () => {
    const first = await judged(200, 'missing-hole')
    expect(first).toMatchObject({ model: { id: 'flange', version: '1.0.0' }, source: 'line-1' })
    const answer = await correct(first, { judgement: 'bad' })
    expect(answer).toMatchObject({ status: 202, body: { event: first.id, judgement: 'bad', state: 'accepted' } })
    expect(Value.Errors(Correction, answer.body)).toEqual([])

    const told = await outcome(1)
    expect(told).toMatchObject({
      source: 'line-1',
      device: 'line-1',
      model: { id: 'flange', version: '1.0.1' },
      detail: { outcome: 'activated', inUse: '1.0.1', good: 8, bad: 4 },
    })
    expect(told.detail?.['startedMs']).toBeGreaterThanOrEqual((answer.body as Correction).time)
    expect((await judged(201, 'none')).model).toEqual({ id: 'flange', version: '1.0.1' })
    await modelIs('1.0.1')
    expect(await edge.metric('musubi_edge_teach_revisions_total{reason="activated"}')).toBe(1)

    expect(await edge.end('SIGTERM')).toBe(0)
    await edge.start()
    expect((await judged(202, 'none')).model).toEqual({ id: 'flange', version: '1.0.1' })
  })

  it('is undone with the revision that came of it, by a person who goes back', async () => {
    const teaching = `lines/${encodeURIComponent('test/factory/line-1')}/teaching`
    const taught = async () =>
      ((await (await hub.get('/api/v1/factories')).json()) as { items: FactoryItem[] }).items[0]?.lines[0]?.taught
    await until('the way back at the hub', limitMs, async () =>
      (await taught())?.before === '1.0.0' ? true : undefined,
    )
    expect(await post(teaching, { step: 'roll-back' })).toMatchObject({ status: 200, body: { state: 'done' } })
    expect(await outcome(2)).toMatchObject({ model: { version: '1.0.0' }, detail: { outcome: 'rolled-back' } })
    expect((await judged(203, 'none')).model).toEqual({ id: 'flange', version: '1.0.0' })
    await until('no way further back', limitMs, async () => {
      const now = await taught()
      return now?.version === '1.0.0' && now.before === undefined ? true : undefined
    })
    expect(await post(teaching, { step: 'roll-back' })).toMatchObject({ status: 409, body: { code: 'teach.state' } })
  })

  it('is refused with its reason where nothing can be learnt from it', async () => {
    const forgotten = await judged(210, 'none')
    for (let more = 0; more < frames; more += 1) await judged(211 + more, 'none')
    const [teaching] = await newest('teaching')
    for (const [event, body, status, code] of [
      [forgotten, { judgement: 'good' }, 410, 'frame.expired'],
      [teaching ?? forgotten, { judgement: 'good' }, 409, 'event.not-correctable'],
      [forgotten, { judgement: 'perhaps' }, 400, 'payload.schema'],
      [{ ...forgotten, id: 'test/factory/1.epoch.1' }, { judgement: 'good' }, 404, 'not-found'],
    ] as const) {
      const answer = await correct(event, body)
      expect(answer).toMatchObject({ status, body: { code } })
      expect(Value.Errors(Problem, answer.body)).toEqual([])
    }
  })

  it('is refused while its gateway is away, and nothing is kept for later', async () => {
    const event = await judged(220, 'none')
    await edge.end('SIGTERM')
    expect(await correct(event, { judgement: 'good' })).toMatchObject({
      status: 409,
      body: { code: 'gateway.offline' },
    })
    const metrics = await (await hub.get('/metrics')).text()
    expect(metrics).toContain('musubi_commands_total{result="offline"} 1')
    expect(metrics).toContain('musubi_commands_total{result="accepted"} 1')
    expect(metrics).toContain('musubi_commands_total{result="refused"} 2')
  })
})

/** As a foreman does with `musubi model teach`: eight good parts and three bad ones, which become the first examples of the line. */
async function teachFirst(out: string, examplesFolder: string, keyFile: string): Promise<void> {
  const examples = new ExampleStore(examplesFolder)
  for (let index = 0; index < 8; index += 1) {
    await examples.add('good', await photograph(flangeOf(seed, index, 'none')), index)
  }
  for (let index = 0; index < 3; index += 1) {
    await examples.add('bad', await photograph(flangeOf(seed, 100 + index, 'dent')), 100 + index)
  }
  const list = await examples.list()
  const pictures = (judgement: 'good' | 'bad') =>
    list
      .filter((example) => example.judgement === judgement)
      .map(({ path }) => ({ name: basename(path), read: () => readFile(path) }))
  await teach({
    extractor: await loadPackage(packageFolder('image-features')),
    good: pictures('good'),
    bad: pictures('bad'),
    out,
    id: 'flange',
    version: '1.0.0',
    labels: { ja: 'フランジ', en: 'Flange' },
    nowMs: Date.now(),
    privateKeyPem: await readFile(keyFile, 'utf8'),
  })
}
