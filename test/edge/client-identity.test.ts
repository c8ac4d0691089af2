// No identity of anybody's device leaves the driver: an access point tells of its clients by their addresses, and hub, store and logs know none.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import netSnmp from 'net-snmp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../firmware-bridge/simulators/free-port.ts'
import { createEdge, type EdgeUnderTest } from '../faults/edge-under-test.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'

const limitMs = 60_000
/** Locally administered addresses, one of digits alone that could be read as a number. */
const clients = [
  [0x02, 0x4d, 0xc3, 0x9a, 0xe1, 0x77],
  [0x06, 0x11, 0x22, 0x33, 0x44, 0x55],
  [0xf2, 0xbe, 0xad, 0xfe, 0x0b, 0x90],
] as const
const table = '1.3.6.1.4.1.14988.1.1.1.2.1'
const column = (number: number) => `${table}.${number}`

/** Every notation of the text in which an address could be written, and its octets. */
function tracesOf(octets: readonly number[]): readonly Buffer[] {
  const pairs = octets.map((octet) => octet.toString(16).padStart(2, '0'))
  const fours = [0, 2, 4].map((at) => pairs.slice(at, at + 2).join(''))
  const decimal = octets.join('.')
  const texts = [pairs.join(':'), pairs.join('-'), pairs.join(''), fours.join('.'), decimal]
  const raw = Buffer.from(octets)
  return [
    raw,
    ...[...texts, raw.toString('base64'), raw.toString('base64url')].flatMap((text) => [
      Buffer.from(text),
      Buffer.from(text.toUpperCase()),
    ]),
  ]
}

/** Rows indexed by the address of a client; columns: its address as text and as octets, and the strength of its signal. */
async function startAccessPoint() {
  const port = await freePort()
  const agent = netSnmp.createAgent({ port, address: '127.0.0.1' }, () => undefined)
  const { ObjectType, MibProviderType } = netSnmp as unknown as {
    readonly ObjectType: Readonly<Record<string, number>>
    readonly MibProviderType: Readonly<Record<string, number>>
  }
  agent.getAuthorizer().addCommunity('public')
  const provide = agent.registerProvider.bind(agent) as (provider: object) => void
  provide({
    name: 'uptime',
    type: MibProviderType['Scalar'],
    oid: '1.3.6.1.2.1.1.3',
    scalarType: ObjectType['TimeTicks'],
    maxAccess: 2,
  })
  provide({
    name: 'last',
    type: MibProviderType['Scalar'],
    oid: '1.3.6.1.4.1.14988.9',
    scalarType: ObjectType['OctetString'],
    maxAccess: 2,
  })
  const text = (number: number) => ({ number, name: `c${number}`, type: ObjectType['OctetString'], maxAccess: 2 })
  provide({
    name: 'clients',
    type: MibProviderType['Table'],
    oid: table,
    maxAccess: 0,
    tableColumns: [text(1), text(2), { number: 3, name: 'c3', type: ObjectType['Integer'], maxAccess: 2 }],
    tableIndex: [{ columnName: 'c1', columnNumber: 1 }],
  })
  const mib = agent.getMib() as unknown as {
    setScalarValue(name: string, value: unknown): void
    addTableRow(name: string, row: readonly unknown[]): void
  }
  mib.setScalarValue('uptime', 4200)
  mib.setScalarValue(
    'last',
    `client ${clients[0].map((octet) => octet.toString(16).padStart(2, '0')).join(':')} joined`,
  )
  for (const octets of clients) {
    const digits = octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')
    mib.addTableRow('clients', [Buffer.from(octets), digits, -60])
  }
  return { port, close: () => new Promise<void>((resolve) => agent.close(() => resolve())) }
}

const label = { ja: '値', en: 'Value' }
/** What nobody should write: channels straight at the addresses. */
const nosy = {
  id: 'nosy',
  driver: 'snmp',
  label,
  channels: [
    { id: 'clients', label, source: { column: column(3), reduce: 'count' }, unit: 'count' },
    { id: 'octets', label, source: { column: column(1), reduce: 'max' }, unit: 'count' },
    { id: 'digits', label, source: { column: column(2), reduce: 'max' }, unit: 'count' },
    { id: 'last', label, source: { oid: '1.3.6.1.4.1.14988.9.0', kind: 'text' }, unit: 'count' },
  ],
}

describe('the clients of an access point', () => {
  let folder: string
  let hub: HubUnderTest
  let edge: EdgeUnderTest
  let point: Awaited<ReturnType<typeof startAccessPoint>>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-clients-'))
    point = await startAccessPoint()
    hub = await createHub(join(folder, 'hub'))
    const connection = { connection: 'lan', intervalS: 0.5, timeoutMs: 2_000, retries: 0 }
    edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data: join(folder, 'hub'), mqttsPort: hub.mqttsPort, httpsPort: hub.httpsPort },
      tenant: 'test',
      gateway: 'field',
      profiles: { 'nosy.yaml': nosy },
      config: {
        connections: [{ id: 'lan', type: 'snmp', version: '2c', community: 'public' }],
        devices: [
          { ...connection, id: 'ap', profile: './nosy.yaml', address: { host: '127.0.0.1', port: point.port } },
        ],
      },
    })
  }, 2 * limitMs)
  afterAll(async () => {
    await edge.close()
    await hub.end('SIGKILL')
    await point.close()
    await rm(folder, { recursive: true, force: true })
  })

  it(
    'are counted, and no address of theirs is in what is published, stored, logged or sent as a bundle',
    { timeout: 2 * limitMs },
    async () => {
      const said: Buffer[] = []
      const ear = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`)
      ear.on('message', (topic, payload) => said.push(Buffer.from(topic), Buffer.from(payload)))
      await ear.subscribeAsync('musubi/#', { qos: 1 })
      await edge.start()
      const counted = await until('clients are counted', limitMs, async () => {
        const values = await hub.goodReadings('test/field/ap:clients')
        return values.length > 2 ? values : undefined
      })
      expect(counted.at(-1)?.value).toBe(clients.length)
      const places = {
        published: Buffer.concat(said),
        latest: Buffer.from(await (await hub.get('/api/v1/latest')).arrayBuffer()),
        readings: Buffer.from(await (await hub.get('/api/v1/readings/export?format=csv')).arrayBuffer()),
        bundle: await bundleOf(hub),
        files: await filesBelow(folder),
      }
      await ear.endAsync()
      expect(places.latest.toString()).toContain('client (address) joined')
      expect(places.published.length).toBeGreaterThan(1_000)
      expect(places.bundle.toString()).toContain('nosy')
      const found = Object.entries(places).flatMap(([place, bytes]) =>
        clients
          .flatMap(tracesOf)
          .filter((trace) => bytes.includes(trace))
          .map((trace) => `${place}: ${trace.toString('latin1')}`),
      )
      expect(found).toEqual([])
    },
  )
})

async function bundleOf(hub: HubUnderTest): Promise<Buffer> {
  const response = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/gateways/test%2Ffield/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'diagnostic-bundle', by: 'test' }),
  })
  const { id } = (await response.json()) as { readonly id: string }
  await until('the bundle is there', limitMs, async () => {
    const { state } = (await (await hub.get(`/api/v1/commands/${id}`)).json()) as { readonly state: string }
    return state === 'done' || undefined
  })
  return Buffer.from(await (await hub.get(`/api/v1/commands/${id}/file`)).arrayBuffer())
}

/** Databases, outbox, logs and everything else that hub and gateway keep, one after the other. */
async function filesBelow(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file))))
}
