import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import type { RawReadings } from '../../cloud/http/schemas.ts'
import {
  countingAddresses,
  createCountingDevice,
  type CountingDevice,
} from '../../firmware-bridge/simulators/devices/counting-device.ts'
import { type SnmpAgent, startSnmpAgent } from '../../firmware-bridge/simulators/devices/net-snmp-agent.ts'
import type { Misbehaviour } from '../../firmware-bridge/simulators/modbus/misbehaviour.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { until } from '../programs/until.ts'
import { createEdge, type EdgeUnderTest } from './edge-under-test.ts'
import { createHub, type HubUnderTest } from './hub-under-test.ts'

const label = { ja: '計数器', en: 'Counter' }
const valueOid = '1.3.6.1.2.1.1.7'
/** Enough that a device which does answer is never taken for one that does not. */
const timeoutMs = 1000

const modbusCases: readonly (readonly [
  bus: 'rtu' | 'tcp',
  what: string,
  misbehaviour: Misbehaviour,
  reason: string,
  code: string,
])[] = [
  ['rtu', 'a wrong check sum', { kind: 'wrong-crc' }, 'crc', 'driver.crc'],
  ['rtu', 'a truncated reply', { kind: 'truncated' }, 'frame', 'driver.frame'],
  ['rtu', 'an exception reply', { kind: 'exception', code: 4 }, 'exception', 'driver.exception'],
  ['rtu', 'silence', { kind: 'silence' }, 'timeout', 'driver.timeout'],
  ['tcp', 'a reply to another request', { kind: 'wrong-crc' }, 'timeout', 'driver.timeout'],
  ['tcp', 'a truncated reply', { kind: 'truncated' }, 'frame', 'driver.frame'],
  ['tcp', 'an exception reply', { kind: 'exception', code: 2 }, 'exception', 'driver.exception'],
  ['tcp', 'silence', { kind: 'silence' }, 'timeout', 'driver.timeout'],
]

interface StoredReading {
  readonly time: number
  readonly value: number | null
  readonly quality: string
  readonly text: string | null
}

describe('a device that misbehaves', () => {
  let folder: string
  let hub: HubUnderTest
  let edge: EdgeUnderTest
  const buses = new Map<string, ModbusServer>()
  const agents: SnmpAgent[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-field-'))
    const data = join(folder, 'hub')
    hub = await createHub(data)
    for (const framing of ['rtu-tcp', 'tcp'] as const) {
      const devices = [createCountingDevice(), createCountingDevice()]
      const slaves = new Map(devices.map(({ slave }: CountingDevice, index) => [index + 1, slave]))
      const server = await serveModbusTcp({ slaves, clock: systemClock, framing, port: 0 })
      buses.set(framing === 'tcp' ? 'tcp' : 'rtu', server)
    }
    for (const name of ['ap-1', 'ap-2']) agents.push(await startAgent(name))
    edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data, mqttsPort: hub.mqttsPort },
      tenant: 'test',
      gateway: 'field',
      config: gatewayFile(buses, agents),
      profiles: { 'counter.yaml': counterProfile, 'agent.yaml': agentProfile },
    })
    await edge.start()
  })

  afterAll(async () => {
    await edge.close()
    await hub.end('SIGKILL')
    for (const server of [...buses.values(), ...agents]) await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(modbusCases)('on %s by %s is seen, counted and survived', async (bus, _what, misbehaviour, reason, code) => {
    const { misbehave } = buses.get(bus) ?? {}
    await expectVisible({
      device: `${bus}-1`,
      neighbour: `${bus}-2`,
      reason,
      code,
      begin: () => misbehave?.set(1, misbehaviour),
      end: () => misbehave?.clear(1),
    })
  })

  it('on SNMP by silence is seen, counted and survived', async () => {
    await expectVisible({
      device: 'ap-1',
      neighbour: 'ap-2',
      reason: 'timeout',
      code: 'driver.timeout',
      begin: () => agents[0]?.setSilent(true),
      end: () => agents[0]?.setSilent(false),
    })
  })

  /** A bad reading with the reason at the hub and a counter at the gateway; the neighbour stays good; good readings return. */
  async function expectVisible(fault: {
    readonly device: string
    readonly neighbour: string
    readonly reason: string
    readonly code: string
    begin(): void
    end(): void
  }): Promise<void> {
    const { device, neighbour } = fault
    const counter = `musubi_edge_poll_errors_total{reason="${fault.code}"}`
    await newGood(device, 0)
    const before = await newGood(neighbour, 0)
    const errors = await edge.metric(counter)
    fault.begin()
    const bad = await until(`a bad reading of ${device}`, 20_000, async () =>
      (await readings(device)).find(({ time, quality }) => time > before.time && quality === 'bad'),
    )
    expect(bad).toMatchObject({ value: null, text: fault.reason })
    await until(`${device} offline`, 20_000, async () =>
      (await edge.metric('musubi_edge_devices_offline')) === 1 ? true : undefined,
    )
    await newGood(neighbour, bad.time)
    fault.end()
    expect(await edge.metric(counter)).toBeGreaterThanOrEqual(errors + 3)
    const back = await newGood(device, bad.time)
    expect((await readings(neighbour)).filter(({ time, quality }) => time > before.time && quality !== 'good')).toEqual(
      [],
    )
    await until('no device offline', 20_000, async () =>
      (await edge.metric('musubi_edge_devices_offline')) === 0 ? true : undefined,
    )
    // Good again means newer values of the counter, never one that was already given.
    const last = (await readings(device)).filter(({ time, value }) => time < bad.time && value !== null).at(-1)
    expect(back.value).toBeGreaterThan(last?.value ?? 0)
    expect(edge.alive()).toBe(true)
    expect((await edge.healthz()).status).toBe(200)
  }

  async function readings(device: string): Promise<readonly StoredReading[]> {
    const id = encodeURIComponent(`test/field/${device}:count`)
    const response = await hub.get(`/api/v1/series/${id}/readings?from=0&limit=100000`)
    if (!response.ok) return []
    const { time, value, quality, text } = (await response.json()) as RawReadings
    return time.map((at, index) => ({
      time: at,
      value: value[index] ?? null,
      quality: quality[index] ?? '',
      text: text[index] ?? null,
    }))
  }

  function newGood(device: string, afterMs: number): Promise<StoredReading> {
    return until(`a good reading of ${device}`, 20_000, async () =>
      (await readings(device)).findLast(({ time, quality }) => time > afterMs && quality === 'good'),
    )
  }
})

function startAgent(name: string): Promise<SnmpAgent> {
  let asked = 0
  return startSnmpAgent({
    port: 0,
    community: 'public',
    engineId: `8000a09804${Buffer.from(name).toString('hex')}`,
    scalars: [{ name: 'count', oid: valueOid, type: 'Integer', value: () => (asked += 1) }],
    tables: [],
  })
}

const counterProfile = {
  id: 'counter',
  driver: 'modbus',
  label,
  channels: [
    {
      id: 'count',
      source: { table: 'input', address: countingAddresses.uint32, type: 'uint32' },
      unit: 'count',
      label,
    },
  ],
}

const agentProfile = {
  id: 'agent',
  driver: 'snmp',
  label,
  channels: [{ id: 'count', source: { oid: `${valueOid}.0` }, unit: 'count', label }],
}

function gatewayFile(
  buses: ReadonlyMap<string, ModbusServer>,
  agents: readonly SnmpAgent[],
): Readonly<Record<string, unknown>> {
  const polling = { intervalS: 0.1, timeoutMs, retries: 0 }
  const types = { rtu: 'modbus-rtu-tcp', tcp: 'modbus-tcp' } as const
  return {
    connections: [
      ...(['rtu', 'tcp'] as const).map((id) => ({
        id,
        type: types[id],
        host: '127.0.0.1',
        port: buses.get(id)?.port,
      })),
      { id: 'snmp', type: 'snmp', version: '2c', community: 'public' },
    ],
    devices: [
      ...(['rtu', 'tcp'] as const).flatMap((connection) =>
        [1, 2].map((unitId) => ({
          id: `${connection}-${unitId}`,
          connection,
          profile: './counter.yaml',
          address: { unitId },
          ...polling,
        })),
      ),
      ...agents.map(({ port }, index) => ({
        id: `ap-${index + 1}`,
        connection: 'snmp',
        profile: './agent.yaml',
        address: { host: '127.0.0.1', port },
        ...polling,
      })),
    ],
  }
}
