import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { AckDocument } from '../../broker/contract/documents.ts'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodePack } from '../../broker/contract/pack-codec.ts'
import { run as runCa } from '../../bin/commands/ca.ts'
import type { DeadLetterItem, GatewayItem } from '../../cloud/http/schemas.ts'
import { until } from '../programs/until.ts'
import { type CountingGateway, createCountingGateway } from './counting-gateway.ts'
import { metricIn } from './edge-under-test.ts'
import { createHub, type HubUnderTest } from './hub-under-test.ts'

const text = (value: string): Buffer => Buffer.from(value)
const json = (value: unknown): Buffer => text(JSON.stringify(value))
const pack = (value: number): Uint8Array =>
  encodePack(
    [{ name: 'probe:value', timeMs: Date.now(), value, unit: 'count', quality: 'good', reason: undefined }],
    'cbor',
  )
const envelope = (seq: number, bytes: Uint8Array): Uint8Array =>
  encodeEnvelope({ epoch: 'hostile-epoch', seq, prev: 0, pack: bytes })
/** Without a pattern, and the same in every run. */
const noise = (bytes: number): Buffer => createHash('shake256', { outputLength: bytes }).update('noise').digest()
const depth = 200_000

/** What, on which channel, and as which error code it must be kept. None has a header that ingest could read. */
const hostile: readonly (readonly [what: string, channel: string, payload: Uint8Array, code: RegExp])[] = [
  ['nothing at all', 'telemetry', Buffer.alloc(0), /^payload/],
  ['random bytes', 'telemetry', noise(4096), /^payload/],
  ['nested CBOR arrays', 'telemetry', Buffer.alloc(depth, 0x81), /^payload/],
  ['nested JSON arrays', 'telemetry', Buffer.alloc(depth, '['), /^payload/],
  ['a CBOR array that promises 2^32 items', 'telemetry', Buffer.from('9affffffff', 'hex'), /^payload/],
  ['another version', 'telemetry', json({ v: 2, epoch: 'e', seq: 1, pack: [] }), /^payload.schema$/],
  [
    'a sequence number that is none',
    'telemetry',
    json({ v: 1, epoch: 'e', seq: -1, pack: [{ n: 'a', v: 1 }] }),
    /^payload.schema$/,
  ],
  ['random bytes', 'senml', noise(4096), /^payload|^senml/],
  ['a later SenML version', 'senml', json([{ bver: 99, n: 'a', v: 1 }]), /^senml.version$/],
  ['a record without a value', 'senml', json([{ n: 'a' }]), /^senml.invalid$/],
  ['a field that must be understood', 'senml', json([{ n: 'a', v: 1, x_: 1 }]), /^senml/],
  ['nested JSON', 'senml', text(`[{"n":"a","v":${'['.repeat(depth)}`), /^payload|^senml/],
  ['20,000 records', 'senml', json(Array.from({ length: 20_000 }, () => ({ n: 'a', v: 1 }))), /^limit.exceeded$/],
  ['random bytes', 'status', noise(512), /^payload/],
  ['a state that is none', 'status', json({ v: 1, state: 'maybe', timeMs: 1, epoch: 'e' }), /^payload.schema$/],
  ['nested JSON', 'status', Buffer.alloc(depth, '{"a":'), /^payload/],
]

describe('hostile messages', () => {
  let folder: string
  let hub: HubUnderTest
  let gateway: CountingGateway
  let client: MqttClient

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-hostile-'))
    const data = join(folder, 'hub')
    hub = await createHub(data)
    gateway = await createCountingGateway({ folder: join(folder, 'gateway'), hub: { data, mqttsPort: hub.mqttsPort } })
    await runCa(['issue', 'gateway', '--data', data, '--tenant', 'test', '--gateway', 'hostile', '--out', folder])
    await gateway.start()
  })

  afterAll(async () => {
    await gateway.close()
    await hub.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    const [ca, cert, key] = await Promise.all(
      ['ca.cert.pem', 'gateway.cert.pem', 'gateway.key.pem'].map((name) => readFile(join(folder, name))),
    )
    client = await connectAsync(`mqtts://localhost:${hub.mqttsPort}`, {
      clientId: 'test/hostile',
      reconnectPeriod: 0,
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
    })
  })

  afterEach(async () => {
    await client.endAsync(true)
    await theOtherGatewayGoesOn()
  })

  it.each(hostile)('%s on %s: a dead letter, counted, and nothing else', async (_what, channel, payload, code) => {
    const before = await deadLetters()
    await client.publishAsync(topic(channel), Buffer.from(payload), { qos: 1 })
    const letter = await until('a dead letter', 10_000, async () => {
      const letters = await deadLetters()
      return letters.length > before.length ? letters[0] : undefined
    })
    expect(letter).toMatchObject({ topic: topic(channel), code: expect.stringMatching(code) as string })
    expect(letter.reason.length).toBeGreaterThan(10)
    expect(letter.reason.length).toBeLessThan(1000)
    const kept = before.filter((other) => other.code === letter.code).length + 1
    expect(await metric(`musubi_ingest_dead_letters_total{code="${letter.code}"}`)).toBe(kept)
  })

  it('a broken pack behind a sound header: kept, passed over and acknowledged, and the next message is stored', async () => {
    const acks: AckDocument[] = []
    client.on('message', (_topic, payload) => void acks.push(decodeDocument(AckDocument, payload)))
    await client.subscribeAsync(topic('ack'), { qos: 1 })
    const before = await deadLetters()
    await client.publishAsync(topic('telemetry'), Buffer.from(envelope(1, Buffer.from('81a100616e', 'hex'))), {
      qos: 1,
    })
    await client.publishAsync(topic('telemetry'), Buffer.from(envelope(2, pack(42))), { qos: 1 })
    await until('the acknowledgement', 10_000, async () => (acks.at(-1)?.through === 2 ? true : undefined))
    expect((await hub.goodReadings('test/hostile/probe:value')).map(({ value }) => value)).toEqual([42])
    const letters = await deadLetters()
    expect(letters).toHaveLength(before.length + 1)
    expect(letters[0]).toMatchObject({ topic: topic('telemetry'), code: 'senml.invalid' })
  })

  it('an oversized packet: the connection ends and is counted, and the next one is served', async () => {
    const closed = new Promise<void>((resolve) => void client.once('close', resolve))
    client.on('error', () => undefined)
    client.publish(topic('telemetry'), Buffer.alloc(4 * 2 ** 20), { qos: 1 }, () => undefined)
    await closed
    expect(await metric('musubi_broker_disconnects_total{reason="packet-size"}')).toBe(1)
  })

  it('a topic of another gateway: refused and counted', async () => {
    const closed = new Promise<void>((resolve) => void client.once('close', resolve))
    client.on('error', () => undefined)
    const before = await deadLetters()
    client.publish('musubi/v1/test/counting/telemetry', Buffer.from(pack(1)), { qos: 1 }, () => undefined)
    await closed
    const text = await (await hub.get('/metrics')).text()
    expect(text).toMatch(/musubi_broker_denials_total\{reason="[^"]*"\} [1-9]/)
    expect(await deadLetters()).toHaveLength(before.length)
  })

  const topic = (channel: string): string => `musubi/v1/test/hostile/${channel}`

  async function metric(name: string): Promise<number> {
    return metricIn(await (await hub.get('/metrics')).text(), name)
  }

  async function deadLetters(): Promise<readonly DeadLetterItem[]> {
    const response = await hub.get('/api/v1/dead-letters?limit=1000')
    return ((await response.json()) as { readonly items: readonly DeadLetterItem[] }).items
  }

  /** Its values go on arriving, it is online, and the hub is well. */
  async function theOtherGatewayGoesOn(): Promise<void> {
    const served = gateway.devices[0]?.served().at(-1) ?? 0
    await until('later values of the other gateway', 10_000, async () => {
      const newest = (await hub.goodReadings(gateway.series[0] ?? '')).at(-1)
      return (newest?.value ?? 0) > served ? true : undefined
    })
    const { items } = (await (await hub.get('/api/v1/gateways')).json()) as { readonly items: readonly GatewayItem[] }
    expect(items.find(({ id }) => id === 'test/counting')?.state).toBe('online')
    expect((await hub.get('/healthz')).status).toBe(200)
  }
})
