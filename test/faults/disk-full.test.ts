import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { until } from '../programs/until.ts'
import { blockProfile, blockSeries, type CountingBlock, createCountingBlock } from './counting-block.ts'
import { createEdge, type EdgeUnderTest, metricIn } from './edge-under-test.ts'
import { createHub, type HubUnderTest } from './hub-under-test.ts'
import { mayMount, mountSmallDisk, type SmallDisk } from './small-disk.ts'

const maxMemoryBytes = 262_144
const series = blockSeries('gateway', 'block')

describe.skipIf(!mayMount())('a full disk (needs the right to mount a tmpfs)', { timeout: 120_000 }, () => {
  let folder: string
  let disk: SmallDisk
  let hub: HubUnderTest
  let edge: EdgeUnderTest
  let block: CountingBlock
  let field: ModbusServer

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-disk-'))
    block = createCountingBlock()
    field = await serveModbusTcp({ slaves: new Map([[1, block.slave]]), clock: systemClock, framing: 'tcp', port: 0 })
  })

  afterEach(async () => {
    await edge.close()
    await hub.end('SIGKILL')
    await field.close()
    disk.unmount()
    await rm(folder, { recursive: true, force: true })
  })

  async function start(smallDisk: 'gateway' | 'hub'): Promise<void> {
    const data = join(folder, 'hub')
    if (smallDisk === 'hub') disk = mountSmallDisk(data, 48)
    else disk = mountSmallDisk(join(folder, 'gateway/data'), 6)
    hub = await createHub(data)
    edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data, mqttsPort: hub.mqttsPort },
      tenant: 'test',
      gateway: 'gateway',
      config: gatewayOf(field.port),
      profiles: { 'counting-block.yaml': blockProfile },
    })
  }

  it('of the gateway: readings go on to the hub, even from a start on the full disk', async () => {
    await start('gateway')
    disk.fill()
    await edge.start()
    await untilStored(block.reads() + 50)
    disk.free()
    await until('the outbox on its disk', 60_000, async () => ((await isFaulty()) ? undefined : true))
    await expectAllStored()
  })

  it('of the gateway while the hub is away: seen, survived in memory, written once there is room, and nothing is lost', async () => {
    await start('gateway')
    await edge.start()
    await untilStored(20)
    edge.link.cut()
    await untilFaulty()
    expect(await edge.healthz()).toEqual({ status: 503, faults: ['outbox disk-full'] })
    expect(await edge.metric('musubi_edge_outbox_faults_total{reason="outbox.full"}')).toBeGreaterThan(0)
    disk.free()
    await until('the outbox takes commits again', 60_000, async () => ((await isFaulty()) ? undefined : true))
    expect((await edge.healthz()).status).toBe(200)
    // The link is still cut: what comes after a restart can only come from the disk.
    expect(await edge.end('SIGTERM')).toBe(0)
    await edge.start()
    edge.link.restore()
    await expectAllStored()
    expect(await edge.metric('musubi_edge_readings_evicted')).toBe(0)
  })

  it('of the gateway beyond the bound of its memory: the oldest are given up, and none is missing that was not counted', async () => {
    await start('gateway')
    await edge.start()
    await untilStored(20)
    edge.link.cut()
    await untilFaulty()
    const evictions = 'musubi_edge_outbox_evicted_readings_total{reason="disk-full-normal"}'
    await until('evictions', 60_000, async () => ((await edge.metric(evictions)) > 2000 ? true : undefined))
    disk.free()
    await until('the outbox takes commits again', 60_000, async () => ((await isFaulty()) ? undefined : true))
    edge.link.restore()
    await drained()
    const evicted = await edge.metric(evictions)
    let missing = 0
    for (const id of series) {
      const stored = (await hub.goodReadings(id)).map(({ value }) => value ?? 0)
      expect(stored).toEqual([...new Set(stored)].sort((a, b) => a - b))
      // What was given up is the oldest of what waited: one gap, with everything before the cut and after it there.
      expect(stored.filter((value, index) => value !== (stored[index - 1] ?? 0) + 1).length).toBeLessThanOrEqual(1)
      missing += block.reads() - stored.length
    }
    // Nothing is missing uncounted. What the hub had stored when the cut took its acknowledgement away is counted all the same.
    expect(missing).toBeLessThanOrEqual(evicted)
    expect(missing).toBeGreaterThan(evicted - 50 * series.length)
    expect(missing).toBeGreaterThan(0)
    await until('the evictions as a series at the hub', 30_000, async () => {
      const newest = (await hub.goodReadings('test/gateway/gateway:readings-evicted')).at(-1)
      return (newest?.value ?? 0) >= evicted ? true : undefined
    })
  })

  it('of the hub: refuses, says so, keeps serving, and takes everything once there is room', async () => {
    await start('hub')
    await edge.start()
    await untilStored(20)
    await until('a degraded hub', 60_000, async () => {
      disk.fill()
      return (await hub.get('/healthz')).status === 503 ? true : undefined
    })
    expect(await (await hub.get('/healthz')).json()).toMatchObject({ status: 'degraded', store: 'unavailable' })
    await until('three more tries', 60_000, async () => {
      disk.fill()
      return (await hubMetric('musubi_ingest_commit_retries_total')) >= 3 ? true : undefined
    })
    expect((await hub.get('/api/v1/latest')).status).toBe(200)
    // The gateway comes back while the disk is full, too.
    edge.link.cut()
    edge.link.restore()
    expect(await edge.metric('musubi_edge_outbox_readings')).toBeGreaterThan(0)
    disk.free()
    await until('a healthy hub', 60_000, async () => ((await hub.get('/healthz')).status === 200 ? true : undefined))
    await expectAllStored()
    await untilBrokerWritesAgain()
    // And again after a restart: what was answered was on the disk.
    await hub.end('SIGKILL')
    await hub.start()
    block.resume()
    await untilStored(block.reads() + 20)
    await expectAllStored()
    expect(edge.alive()).toBe(true)
  })

  /** A gateway that connects leaves a last will and a retained birth on the broker's disk. */
  async function untilBrokerWritesAgain(): Promise<void> {
    const errors = await hubMetric('musubi_broker_persistence_errors_total')
    const connects = await hubMetric('musubi_broker_connects_total')
    edge.link.cut()
    edge.link.restore()
    await until('the gateway back at the broker', 30_000, async () =>
      (await hubMetric('musubi_broker_connects_total')) > connects ? true : undefined,
    )
    block.resume()
    await untilStored(block.reads() + 20)
    expect(await hubMetric('musubi_broker_persistence_errors_total')).toBe(errors)
  }

  async function hubMetric(name: string): Promise<number> {
    return metricIn(await (await hub.get('/metrics')).text(), name)
  }

  async function isFaulty(): Promise<boolean> {
    return (await edge.metric('musubi_edge_outbox_fault')) === 1
  }

  async function untilFaulty(): Promise<void> {
    await until('a fault of the outbox', 60_000, async () => {
      disk.fill()
      return (await isFaulty()) ? true : undefined
    })
  }

  async function untilStored(reads: number): Promise<void> {
    await until(`read ${reads} at the hub`, 60_000, async () => {
      const stored = await hub.goodReadings(series[0] ?? '')
      return (stored.at(-1)?.value ?? 0) >= reads ? true : undefined
    })
  }

  /** Lets no new value out and waits until the last one is stored. */
  async function drained(): Promise<void> {
    block.freeze()
    await untilStored(block.reads())
    await until('an empty outbox', 60_000, async () =>
      (await edge.metric('musubi_edge_outbox_readings')) < blockProfile.channels.length ? true : undefined,
    )
  }

  async function expectAllStored(): Promise<void> {
    await drained()
    const served = Array.from({ length: block.reads() }, (_, index) => index + 1)
    for (const id of series) expect((await hub.goodReadings(id)).map(({ value }) => value)).toEqual(served)
  }
})

function gatewayOf(devicePort: number): Readonly<Record<string, unknown>> {
  return {
    outbox: { maxMemoryBytes, maxBytes: 64 * 2 ** 20 },
    connections: [{ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port: devicePort }],
    devices: [
      {
        id: 'block',
        connection: 'bus',
        profile: './counting-block.yaml',
        address: { unitId: 1 },
        intervalS: 0.02,
        timeoutMs: 10_000,
        retries: 0,
      },
    ],
  }
}
