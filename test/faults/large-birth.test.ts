// A gateway with 10,000 series: its birth is larger than any other packet may be, and it and its readings arrive all the same.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { DeviceDescription, StatusDocument } from '../../broker/contract/documents.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { run as runCa } from '../../bin/commands/ca.ts'
import type { GatewayItem } from '../../cloud/http/schemas.ts'
import { createCounters } from '../../edge/counters.ts'
import { Outbox } from '../../edge/outbox/outbox.ts'
import { Uplink, uplinkDefaults } from '../../edge/uplink/uplink.ts'
import { outboxOptions } from '../edge/outbox-fixture.ts'
import { until } from '../programs/until.ts'
import { createHub, type HubUnderTest } from './hub-under-test.ts'

const identity = { tenant: 'test', gateway: 'large' }
const deviceCount = 1_000
const channels = Array.from({ length: 10 }, (_, index) => `active-power-of-phase-${index}`)

const devices = Array.from({ length: deviceCount }, (_, index): DeviceDescription => ({
  id: `meter-${index}`,
  site: 'here',
  profile: 'eastron-sdm120',
  label: { ja: `電力計${index}`, en: `Meter ${index}` },
  series: channels.map((channel) => ({
    name: `meter-${index}:${channel}`,
    unit: 'W',
    intervalS: 60,
    label: { ja: `有効電力（${channel}）`, en: `Active power (${channel})` },
  })),
}))

let folder: string
let hub: HubUnderTest
const ends: (() => Promise<void> | void)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-birth-'))
  hub = await createHub(join(folder, 'hub'))
})

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  await hub.end('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

async function startGateway(birth: Partial<StatusDocument>) {
  const out = join(folder, 'gateway')
  await runCa([
    'issue',
    'gateway',
    '--data',
    join(folder, 'hub'),
    '--tenant',
    'test',
    '--gateway',
    'large',
    '--out',
    out,
  ])
  const [ca, certificate, key] = await Promise.all(
    ['ca.cert.pem', 'gateway.cert.pem', 'gateway.key.pem'].map((name) => readFile(join(out, name))),
  )
  const counters = createCounters()
  const outbox = new Outbox(
    { path: join(folder, 'outbox.sqlite'), ...outboxOptions },
    { clock: systemClock, log: silentLog, counters },
  )
  const status = (state: 'online' | 'shutdown' | 'lost'): StatusDocument => {
    const common = { v: 1, timeMs: Date.now(), epoch: outbox.epoch } as const
    return state === 'online' ? { ...common, state, ...birth } : { ...common, state: 'offline', reason: state }
  }
  const warnings: string[] = []
  const log = {
    ...silentLog,
    warn: (fields: object, message: string) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
  }
  const url = `mqtts://127.0.0.1:${hub.mqttsPort}`
  const uplink = new Uplink(
    { ...uplinkDefaults, reconnectBaseMs: 50, identity, hub: { url, ca, certificate, key } },
    { outbox, status, clock: systemClock, log, counters, random: Math.random },
  )
  uplink.start()
  ends.push(async () => {
    await uplink.stop()
    outbox.close()
  })
  return { outbox, counters, warnings, bytes: encodeDocument({ ...status('online') }).length }
}

const settled = (holds: boolean) => Promise.resolve(holds ? true : undefined)

const gatewaysOfHub = async () => {
  const { items } = (await (await hub.get('/api/v1/gateways')).json()) as { items: GatewayItem[] }
  return items
}

describe('a gateway with 10,000 series', () => {
  const sites = [
    { id: 'here', kind: 'factory', name: { ja: '此処', en: 'Here' }, position: { lat: 35.3, lon: 139.9 } },
  ] satisfies StatusDocument['sites']

  it('is described by one birth, and its readings are stored', async () => {
    const { outbox, counters, bytes } = await startGateway({ sites, devices })
    expect(bytes).toBeGreaterThan(1_048_576)
    for (const { series } of devices) {
      const samples = series.map(({ name }) => {
        return { name, timeMs: Date.now(), value: 1, unit: 'W', quality: 'good', reason: undefined } as const
      })
      outbox.append(samples, 'normal')
    }
    await until('an empty outbox', 30_000, () => settled(outbox.depth().messages === 0))
    expect(await gatewaysOfHub()).toMatchObject([{ id: 'test/large', state: 'online', devices: deviceCount }])
    const last = await hub.goodReadings(`test/large/meter-${deviceCount - 1}:${channels.at(-1)}`)
    expect(last).toHaveLength(1)
    expect(counters.total('uplink_disconnects') + counters.total('uplink_connect_failures')).toBe(0)
  })

  it('hears from the hub why its birth cannot be used, and its readings go on', async () => {
    const nobody = { ...devices[0]!, id: 'no name at all' }
    const { outbox, counters, warnings } = await startGateway({ sites, devices: [nobody] })
    await until('the refusal', 20_000, () => settled(counters.total('uplink_births_refused') > 0))
    expect(warnings).toEqual([
      expect.stringMatching(/the hub cannot use the birth document.*payload\.schema.*\/devices\/0/),
    ])
    outbox.append(
      [{ name: 'meter:power', timeMs: Date.now(), value: 1, unit: 'W', quality: 'good', reason: undefined }],
      'normal',
    )
    await until('an empty outbox', 20_000, () => settled(outbox.depth().messages === 0))
  })
})
