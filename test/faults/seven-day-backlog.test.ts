import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { systemClock } from '../../broker/contract/ports.ts'
import type { AlarmItem } from '../../cloud/alarms/alarm-schemas.ts'
import type { LatestItem } from '../../cloud/http/schemas.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { until } from '../programs/until.ts'
import { createEdge, type EdgeUnderTest } from './edge-under-test.ts'
import { createHub, type HubUnderTest } from './hub-under-test.ts'
import { followLive, type LiveEvents } from './live-events.ts'
import {
  type Backlog,
  channels,
  createProbe,
  fillOutbox,
  type Probe,
  probeProfile,
  probes,
  probeSite,
} from './paddy-probes-with-backlog.ts'

/** A rural LTE uplink: narrow enough that the drain can be watched, and interrupted in its middle. */
const uplinkBytesPerSecond = 1_200_000
const outboxBytes = 64 * 2 ** 20
const backlogReadings = 7 * 24 * 60 * probes.length * channels.length

describe('a gateway that comes back after seven days', { timeout: 120_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let edge: EdgeUnderTest
  let field: ModbusServer
  let devices: readonly Probe[]
  let backlog: Backlog
  let live: LiveEvents
  /** The newest time that `latest` has shown, by series. */
  let newest: Map<string, number>

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-backlog-'))
    const data = join(folder, 'hub')
    hub = await createHub(data, ['--no-dashboard', '--rules', await impatientRules()])
    devices = probes.map(createProbe)
    const slaves = new Map(devices.map(({ slave }, index) => [index + 1, slave]))
    field = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
    edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data, mqttsPort: hub.mqttsPort },
      tenant: 'test',
      gateway: 'paddy',
      config: gatewayOf(field.port),
      profiles: { 'exact-probe.yaml': probeProfile },
    })
    edge.link.shape({ bytesPerSecond: uplinkBytesPerSecond })
    backlog = await fillOutbox(edge.dataFolder, outboxBytes)
    live = await followLive(`http://127.0.0.1:${hub.httpPort}`)
    newest = new Map()
  })

  afterEach(async () => {
    await live.close()
    await edge.close()
    await field.close()
    await hub.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it('delivers every reading once beside its live data, with latest never going back and no alarm for what has ended', async () => {
    const startedMs = Date.now()
    await edge.start()
    const liveTimes = await watchDrain(startedMs)
    expect(liveTimes.size).toBeGreaterThan(10)
    expectForward(live)
    expect(live.alarms).toEqual([])
    expect(await alarms()).toEqual([])
    await raiseLiveAlarm()
    await expectEverythingOnce()
  })

  it('does the same when the hub is killed in the middle of the drain', async () => {
    const startedMs = Date.now()
    await edge.start()
    await until('the middle of the drain', 60_000, async () => {
      await lookAtLatest(startedMs, new Set())
      const waiting = await edge.metric('musubi_edge_outbox_readings')
      return waiting < 0.7 * backlogReadings ? waiting : undefined
    })
    await hub.end('SIGKILL')
    expect(await edge.metric('musubi_edge_outbox_readings')).toBeGreaterThan(0.1 * backlogReadings)
    await live.close()
    expectForward(live)
    await hub.start()
    live = await followLive(`http://127.0.0.1:${hub.httpPort}`)
    expect((await watchDrain(startedMs)).size).toBeGreaterThan(5)
    expectForward(live)
    // The gateway itself may have counted as lost or silent meanwhile; no level rule may have been broken.
    expect((await alarms()).filter(isLevelAlarm)).toEqual([])
    await raiseLiveAlarm()
    await expectEverythingOnce()
  })

  /** The built-in rules with short delays: a rule that waits a minute could miss what this test looks for. */
  async function impatientRules(): Promise<string> {
    const builtIn = new URL('../../cloud/alarms/rules/default-rules.yaml', import.meta.url)
    const rules = parse(await readFile(builtIn, 'utf8')) as readonly { readonly id: string }[]
    const changed = rules.map((rule) => (rule.id.startsWith('paddy-level') ? { ...rule, onDelayS: 1 } : rule))
    const file = join(folder, 'rules.yaml')
    await writeFile(file, stringify(changed))
    return file
  }

  /** Until the backlog is gone; returns the times of the live readings that `latest` showed while much of it still waited. */
  async function watchDrain(startedMs: number): Promise<ReadonlySet<number>> {
    const liveTimes = new Set<number>()
    await until('the outbox drained', 60_000, async () => {
      const waiting = await edge.metric('musubi_edge_outbox_readings')
      await lookAtLatest(startedMs, waiting > 0.05 * backlogReadings ? liveTimes : new Set())
      return waiting < 200 ? true : undefined
    })
    return liveTimes
  }

  async function lookAtLatest(startedMs: number, liveTimes: Set<number>): Promise<void> {
    const { items } = (await (await hub.get('/api/v1/latest')).json()) as { readonly items: readonly LatestItem[] }
    for (const { series, time } of items) {
      if (time === null) continue
      expect(time, series).toBeGreaterThanOrEqual(newest.get(series) ?? -Infinity)
      newest.set(series, time)
      if (time >= startedMs && series.endsWith('probe-1:water-level')) liveTimes.add(time)
    }
  }

  function expectForward({ readings }: LiveEvents): void {
    const seen = new Map<string, number>()
    for (const { series, time } of readings) {
      expect(time, series).toBeGreaterThanOrEqual(seen.get(series) ?? -Infinity)
      seen.set(series, time)
    }
    expect(seen.size).toBeGreaterThanOrEqual(backlog.size)
  }

  async function alarms(): Promise<readonly AlarmItem[]> {
    return ((await (await hub.get('/api/v1/alarms?state=all')).json()) as { readonly items: AlarmItem[] }).items
  }

  /** The silence before was not that of a hub that raises nothing. */
  async function raiseLiveAlarm(): Promise<void> {
    for (const device of devices) device.drain()
    await until('an alarm for the level of now', 30_000, async () =>
      live.alarms.some(({ rule }) => rule === 'paddy-level-low') ? true : undefined,
    )
  }

  /** Every reading of the seven days and every live value, in order, none twice. */
  async function expectEverythingOnce(): Promise<void> {
    for (const device of devices) device.freeze()
    for (const [index, probe] of probes.entries()) {
      for (const [place, channel] of channels.entries()) {
        const name = `${probe}:${channel}`
        const served = devices[index]?.served[place as 0 | 1] ?? []
        const stored = await until(`the last value of ${name}`, 30_000, async () => {
          const found = await hub.goodReadings(`test/paddy/${name}`)
          return found.at(-1)?.value === served.at(-1) ? found : undefined
        })
        const old = backlog.get(name) ?? []
        expect(old).toHaveLength(7 * 24 * 60)
        expect(stored.slice(0, old.length).map(({ time, value }) => ({ time, value }))).toEqual(old)
        expect(stored.slice(old.length).map(({ value }) => value)).toEqual(served)
      }
    }
  }
})

function isLevelAlarm({ rule }: AlarmItem): boolean {
  return rule.startsWith('paddy-level')
}

function gatewayOf(devicePort: number): Readonly<Record<string, unknown>> {
  return {
    outbox: { maxBytes: outboxBytes },
    sites: [probeSite],
    connections: [{ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port: devicePort }],
    devices: probes.map((id, index) => ({
      id,
      site: 'paddy-1',
      connection: 'bus',
      profile: './exact-probe.yaml',
      address: { unitId: index + 1 },
      intervalS: 0.1,
      timeoutMs: 10_000,
      retries: 0,
    })),
  }
}
