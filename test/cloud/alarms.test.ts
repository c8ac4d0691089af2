import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceDescription } from '../../broker/contract/documents.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import type { AlarmItem } from '../../cloud/alarms/alarm-schemas.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'
import {
  birth,
  eventually,
  gatewayTopic,
  runCloud,
  sample,
  telemetry,
  temporaryFolder,
  type RunningCloud,
} from './running-cloud.ts'

let temporary: Awaited<ReturnType<typeof temporaryFolder>>
let running: RunningCloud
let clock: ManualClock
let seq: number
let storeIsBack: Promise<void>

const device = (id: string, channels: readonly string[], intervalS = 10): DeviceDescription => ({
  id,
  site: 'place',
  profile: 'test',
  label: { ja: id, en: id },
  series: channels.map((channel) => ({ name: `${id}:${channel}`, intervalS, label: { ja: channel, en: channel } })),
})

async function start(
  kind: 'wifi' | 'streetlight' | 'paddy' | 'other',
  devices: readonly DeviceDescription[],
): Promise<void> {
  const site = { id: 'place', kind, name: { ja: '場所', en: 'Place' }, position: { lat: 35, lon: 140 } }
  void running.cloud.tap({ topic: gatewayTopic('status'), payload: birth({ sites: [site], devices: [...devices] }) })
}

async function send(...samples: readonly Sample[]): Promise<void> {
  seq += 1
  void running.cloud.tap({ topic: gatewayTopic('telemetry'), payload: telemetry(seq, samples) })
  await clock.advance(5)
  await eventually(() => expect(running.acks.at(-1)?.through).toBe(seq))
}

const now = (name: string, value: number) => sample(name, value, clock.now())
const bad = (name: string): Sample => ({ ...now(name, 0), value: null, quality: 'bad', reason: 'timeout' })

async function openAlarms(): Promise<readonly string[]> {
  const { items } = (await running.get('/api/v1/alarms')).body as { items: AlarmItem[] }
  return items
    .filter(({ state }) => state === 'open')
    .map(({ rule, series, device: name }) => `${rule} ${series?.split('/').at(-1) ?? name ?? 'gateway'}`)
    .toSorted()
}

beforeEach(async () => {
  temporary = await temporaryFolder()
  clock = createManualClock()
  seq = 0
  storeIsBack = Promise.resolve()
  running = await runCloud(temporary.folder, { clock, beforeCommit: () => storeIsBack })
})

afterEach(async () => {
  await running.stop()
  await temporary.remove()
})

describe('alarms', () => {
  it('make one alarm of a device that answers nothing, and clear it when it answers', async () => {
    await start('wifi', [device('ap-1', ['clients', 'uptime']), device('ap-2', ['clients'])])
    await send(now('ap-1:clients', 1), now('ap-1:uptime', 1), now('ap-2:clients', 1))
    for (let round = 0; round < 5; round += 1) {
      await clock.advance(10_000)
      await send(bad('ap-1:clients'), bad('ap-1:uptime'), now('ap-2:clients', 1))
    }
    expect(await openAlarms()).toEqual(['access-point-silent ap-1'])
    await send(now('ap-1:clients', 1), now('ap-1:uptime', 1))
    await clock.advance(2_000)
    expect(await openAlarms()).toEqual([])
  })

  it('name the one channel that is silent while its device goes on', async () => {
    await start('other', [device('station', ['wind', 'rain'])])
    await send(now('station:wind', 1), now('station:rain', 1))
    for (let round = 0; round < 5; round += 1) {
      await clock.advance(10_000)
      await send(now('station:wind', 1))
    }
    expect(await openAlarms()).toEqual(['device-silent station:rain'])
  })

  it('blame the gateway and not its devices when the gateway is gone', async () => {
    await start('wifi', [device('ap-1', ['clients']), device('ap-2', ['clients'])])
    await send(now('ap-1:clients', 1), now('ap-2:clients', 1))
    await clock.advance(100_000)
    expect(await openAlarms()).toEqual([])
    void running.cloud.tap({ topic: gatewayTopic('status'), payload: birth({ state: 'offline', reason: 'lost' }) })
    await clock.advance(60_000)
    expect(await openAlarms()).toEqual(['gateway-lost gateway'])
    await start('wifi', [device('ap-1', ['clients']), device('ap-2', ['clients'])])
    await send(now('ap-1:clients', 1), now('ap-2:clients', 1))
    await clock.advance(2_000)
    expect(await openAlarms()).toEqual([])
  })

  it('take no device for silent while the store is away, nor when it is back', async () => {
    await start('wifi', [device('ap-1', ['clients']), device('ap-2', ['clients'])])
    await send(now('ap-1:clients', 1), now('ap-2:clients', 1))
    const store = Promise.withResolvers<void>()
    storeIsBack = store.promise
    for (let round = 0; round < 12; round += 1) {
      await clock.advance(10_000)
      for (const name of ['ap-1:clients', 'ap-2:clients']) {
        seq += 1
        void running.cloud.tap({ topic: gatewayTopic('telemetry'), payload: telemetry(seq, [now(name, 1)]) })
      }
    }
    expect(await openAlarms()).toEqual([])
    store.resolve()
    await eventually(async () => {
      await clock.advance(5)
      expect(running.acks.at(-1)?.through).toBe(seq)
    })
    await clock.advance(2_000)
    expect(await openAlarms()).toEqual([])
  })

  it('take no device for silent whose gateway has put its clock back', async () => {
    await start('wifi', [device('ap-1', ['clients']), device('ap-2', ['clients'])])
    await send(sample('ap-1:clients', 1, clock.now() + 300_000), sample('ap-2:clients', 1, clock.now() + 300_000))
    for (let round = 0; round < 12; round += 1) {
      await clock.advance(10_000)
      await send(now('ap-2:clients', 1), now('ap-1:clients', 1))
    }
    expect(await openAlarms()).toEqual([])
  })

  it('keep a gateway offline whose farewell is delivered once more', async () => {
    await start('wifi', [device('ap-1', ['clients'])])
    const farewell = birth({ state: 'offline', reason: 'shutdown' })
    void running.cloud.tap({ topic: gatewayTopic('status'), payload: farewell })
    await clock.advance(60_000)
    void running.cloud.tap({ topic: gatewayTopic('status'), payload: farewell })
    await clock.advance(5_000)
    const { items } = (await running.get('/api/v1/gateways')).body as { items: { state: string; reason: string }[] }
    expect(items).toMatchObject([{ state: 'offline', reason: 'shutdown' }])
  })

  it('call a gateway lost that is silent without a last will', async () => {
    await start('wifi', [device('ap-1', ['clients'])])
    await send(now('ap-1:clients', 1))
    await clock.advance(140_000)
    expect(await openAlarms()).toEqual(['gateway-lost gateway'])
    await send(now('ap-1:clients', 1))
    await clock.advance(3_000)
    expect(await openAlarms()).toEqual([])
  })

  it('see a lamp out only while its relay is on', async () => {
    await start('streetlight', [device('cabinet', ['lamp-1-power', 'lamp-1-relay', 'lamp-2-power', 'lamp-2-relay'])])
    const poll = (power: number, relay: number) =>
      send(
        now('cabinet:lamp-1-power', power),
        now('cabinet:lamp-1-relay', relay),
        now('cabinet:lamp-2-power', 60),
        now('cabinet:lamp-2-relay', relay),
      )
    await poll(60, 1)
    for (let round = 0; round < 4; round += 1) {
      await clock.advance(10_000)
      await poll(0.4, 1)
    }
    expect(await openAlarms()).toEqual(['lamp-out cabinet:lamp-1-power'])
    const off = () =>
      send(
        now('cabinet:lamp-1-power', 0),
        now('cabinet:lamp-1-relay', 0),
        now('cabinet:lamp-2-power', 0),
        now('cabinet:lamp-2-relay', 0),
      )
    await off()
    await clock.advance(20_000)
    await off()
    expect(await openAlarms()).toEqual([])
  })

  it('raise nothing for late data, and raise when the present is as bad', async () => {
    await start('paddy', [device('probe', ['water-level'])])
    const hourAgoMs = clock.now() - 3_600_000
    for (let minute = 0; minute < 10; minute += 1) {
      await send(sample('probe:water-level', 0.001, hourAgoMs + minute * 60_000))
    }
    await clock.advance(5_000)
    expect(await openAlarms()).toEqual([])
    await send(now('probe:water-level', 0.001))
    expect(await openAlarms()).toEqual(['paddy-level-low probe:water-level'])
  })

  it('end when their rule watches something else after a restart, and begin anew when it watches them again', async () => {
    const rules = (channel: string) => `
- id: low
  kind: threshold
  severity: warning
  match: { channel: ${channel} }
  below: 1
  onDelayS: 0
  offDelayS: 0
  title: { ja: '低', en: 'Low' }
  advice: { ja: '見る', en: 'Look' }
`
    const restart = async (channel: string) => {
      await running.stop()
      running = await runCloud(temporary.folder, { clock, rules: rules(channel) })
    }
    await restart('water-level')
    await start('other', [device('probe', ['water-level'])])
    await send(now('probe:water-level', 0.5))
    expect(await openAlarms()).toEqual(['low probe:water-level'])
    await restart('temperature')
    expect(await openAlarms()).toEqual([])
    await restart('water-level')
    expect(await openAlarms()).toEqual(['low probe:water-level'])
    await restart('water-level')
    await send(now('probe:water-level', 2))
    expect(await openAlarms()).toEqual([])
  })

  it('count a delay in the time of the series, so that data that is minutes late raises nothing early', async () => {
    await start('paddy', [device('probe', ['water-level'])])
    const lateMs = 4 * 60_000
    await send(sample('probe:water-level', 0.001, clock.now() - lateMs))
    await clock.advance(20_000)
    await send(sample('probe:water-level', 0.001, clock.now() - lateMs))
    expect(await openAlarms()).toEqual([])
    await clock.advance(20_000)
    await send(sample('probe:water-level', 0.05, clock.now() - lateMs))
    await clock.advance(20_000)
    expect(await openAlarms()).toEqual([])
    const begunMs = clock.now() - lateMs
    await send(sample('probe:water-level', 0.001, begunMs))
    await send(sample('probe:water-level', 0.001, begunMs + 60_000))
    expect(await openAlarms()).toEqual(['paddy-level-low probe:water-level'])
    const { items } = (await running.get('/api/v1/alarms')).body as { items: AlarmItem[] }
    expect(items[0]?.raisedAt).toBe(begunMs + 60_000)
  })

  /** Lets time pass in steps while the gateway proves with another series that it is there. */
  async function pass(durationMs: number, stepMs: number, ...alive: readonly string[]): Promise<void> {
    for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
      await clock.advance(stepMs - 5)
      await send(...alive.map((name) => now(name, 1)))
    }
  }

  it('let a delay run out by the clock where no reading comes, once every reading of it has had its time', async () => {
    await start('paddy', [device('probe', ['water-level'], 3_600), device('station', ['wind'])])
    await send(now('probe:water-level', 0.001), now('station:wind', 1))
    await pass(350_000, 10_000, 'station:wind')
    expect(await openAlarms()).toEqual([])
    await pass(20_000, 10_000, 'station:wind')
    expect(await openAlarms()).toEqual(['paddy-level-low probe:water-level'])
  })

  it('let no delay run out while the gateway is away, nor by a clock that is put forward', async () => {
    await start('paddy', [device('probe', ['water-level'], 3_600), device('station', ['wind'])])
    await send(now('probe:water-level', 0.001), now('station:wind', 1))
    clock.jump(3_600_000)
    await clock.advance(5_000)
    expect(await openAlarms()).toEqual([])
    void running.cloud.tap({ topic: gatewayTopic('status'), payload: birth({ state: 'offline', reason: 'lost' }) })
    await clock.advance(900_000)
    expect(await openAlarms()).toEqual(['gateway-lost gateway'])
  })

  it('call nothing silent because the clock of the hub was put forward', async () => {
    await start('wifi', [device('ap-1', ['clients']), device('ap-2', ['clients'])])
    await send(now('ap-1:clients', 1), now('ap-2:clients', 1))
    clock.jump(3_600_000)
    await clock.advance(13_000)
    expect(await openAlarms()).toEqual([])
    await send(now('ap-2:clients', 1))
    await clock.advance(2_000)
    expect(await openAlarms()).toEqual([])
  })

  it('call a device silent although the clock of the hub was put back', async () => {
    await start('wifi', [device('ap-1', ['clients']), device('ap-2', ['clients'])])
    await send(now('ap-1:clients', 1), now('ap-2:clients', 1))
    clock.jump(-3_600_000)
    for (let round = 0; round < 5; round += 1) {
      await clock.advance(10_000)
      await send(now('ap-2:clients', 1))
    }
    expect(await openAlarms()).toEqual(['access-point-silent ap-1'])
  })

  it('count the silence of a device from before a restart', async () => {
    await start('wifi', [device('ap-1', ['clients'], 600), device('ap-2', ['clients'])])
    await send(now('ap-1:clients', 1), now('ap-2:clients', 1))
    await pass(900_000, 60_000, 'ap-2:clients')
    await running.stop()
    running = await runCloud(temporary.folder, { clock })
    await pass(840_000, 60_000, 'ap-2:clients')
    expect(await openAlarms()).toEqual([])
    await pass(120_000, 60_000, 'ap-2:clients')
    expect(await openAlarms()).toEqual(['access-point-silent ap-1'])
  })

  it('give gateways time to come back after the hub was down, and then call silent what is', async () => {
    await start('wifi', [device('ap-1', ['clients']), device('ap-2', ['clients'])])
    await send(now('ap-1:clients', 1), now('ap-2:clients', 1))
    await running.stop()
    await clock.advance(7_200_000)
    running = await runCloud(temporary.folder, { clock })
    await pass(90_000, 10_000, 'ap-2:clients')
    expect(await openAlarms()).toEqual([])
    await pass(30_000, 10_000, 'ap-2:clients')
    expect(await openAlarms()).toEqual(['access-point-silent ap-1'])
  })

  it('survive a restart, with what their rules remember', async () => {
    await start('paddy', [device('probe', ['water-level'])])
    await send(now('probe:water-level', 0.001))
    await clock.advance(40_000)
    await running.stop()
    running = await runCloud(temporary.folder, { clock })
    expect(await openAlarms()).toEqual([])
    await clock.advance(25_000)
    await send(now('probe:water-level', 0.001))
    expect(await openAlarms()).toEqual(['paddy-level-low probe:water-level'])
    await running.stop()
    running = await runCloud(temporary.folder, { clock })
    expect(await openAlarms()).toEqual(['paddy-level-low probe:water-level'])
  })
})
