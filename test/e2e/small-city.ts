// A whole small city as processes: a hub with its dashboard, one gateway over mutual TLS, and devices whose registers the test sets.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { run as runCa } from '../../bin/commands/ca.ts'
import { droneCard } from '../../bin/demo/drone-card.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import { createLampCabinet, type LampCabinet } from '../../firmware-bridge/simulators/devices/lamp-cabinet.ts'
import { startWeatherStation } from '../../firmware-bridge/simulators/devices/weather-station.ts'
import { areaPolygon } from '../../firmware-bridge/simulators/field-area.ts'
import { fieldSeed, paddies, weatherPlace } from '../../firmware-bridge/simulators/kimitsu.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { type ModbusSlave, sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { createSimulatedClock } from '../../firmware-bridge/simulators/nature/simulated-clock.ts'
import { createWeather } from '../../firmware-bridge/simulators/nature/weather.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { type Program, startProgram } from '../programs/program.ts'

const host = '127.0.0.1'
const pollIntervalS = 0.25
const tenant = 'kimitsu'
const gateway = 'small-city'
const units = { levelProbe: 1, controller: 2, meter: 3 } as const

/** 21:00 in Kimitsu: the lamps burn. It stays this time, so that a test by day sees the same. */
const nightMs = Date.parse('2026-11-22T12:00:00Z')

export interface SmallCity {
  readonly hub: HubUnderTest
  readonly url: string
  /** Writes register 4 of the level probe: tenths of a millimetre of water. */
  setLevelRegister(tenthsOfMm: number): void
  readonly cabinet: LampCabinet
  /** Its power is cut: nothing comes from it any more. */
  loseGateway(): Promise<void>
  close(): Promise<void>
}

interface SmallCityOptions {
  /** With a weather station, the outline of the paddy, and the card of a drone that has flown over it twice. */
  readonly farm?: true
}

/** Resolves when hub and gateway run; readings may still be on their way. */
export async function startSmallCity({ farm }: SmallCityOptions = {}): Promise<SmallCity> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-e2e-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const undo of closers.splice(0).toReversed()) await undo()
  }
  try {
    const field = await startField()
    closers.push(() => field.server.close())
    const data = join(folder, 'data')
    const rules = join(folder, 'rules.yaml')
    await writeFile(rules, await quickRules())
    const hub = await createHub(data, ['--rules', rules])
    closers.push(() => hub.end('SIGKILL'))
    const gatewayFolder = join(folder, 'gateway')
    const shown = farm === true ? await openFarm(gatewayFolder, closers) : undefined
    const program = await startGateway({ folder: gatewayFolder, data, hub, fieldPort: field.server.port, farm: shown })
    closers.push(() => program.end('SIGKILL'))
    const loseGateway = async (): Promise<void> => void (await program.end('SIGKILL'))
    return { hub, url: `http://${host}:${hub.httpPort}`, ...field, loseGateway, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

interface Field {
  readonly server: ModbusServer
  readonly cabinet: LampCabinet
  setLevelRegister(tenthsOfMm: number): void
}

async function startField(): Promise<Field> {
  const [registers, levelProbe] = levelProbeRegisters()
  const night = { now: () => nightMs, wallMs: () => nightMs, wallOf: (ms: number) => ms, factor: 1 }
  const cabinet = createLampCabinet({
    seed: 7,
    id: 'cabinet',
    lamps: Array.from({ length: 8 }, (_, index) => ({
      seed: 7,
      id: `cabinet/lamp-${index + 1}`,
      ratedW: 60,
      installedMs: Date.parse('2024-04-01'),
    })),
    clock: night,
    meterSinceMs: Date.parse('2026-11-01'),
  })
  const slaves = new Map<number, ModbusSlave>([
    [units.levelProbe, levelProbe],
    [units.controller, cabinet.controller],
    [units.meter, cabinet.meter],
  ])
  const server = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
  return { server, cabinet, setLevelRegister: (tenthsOfMm) => void registers.set(4, tenthsOfMm) }
}

interface Farm {
  readonly weatherPort: number
  readonly card: string
}

async function openFarm(folder: string, closers: (() => Promise<unknown>)[]): Promise<Farm> {
  const nowMs = systemClock.now()
  const station = await startWeatherStation({
    weather: createWeather(fieldSeed),
    simulated: createSimulatedClock(systemClock, { factor: 1, originMs: nowMs }),
    clock: systemClock,
    line: { port: 0 },
  })
  closers.push(() => station.close())
  return { weatherPort: station.port, card: await droneCard(folder, nowMs) }
}

/** The registers of profile qdy30a-level-temperature: unit mmH2O, one decimal, a level of 60.0 mm, 14.8 degrees. */
function levelProbeRegisters(): readonly [Map<number, number>, ModbusSlave] {
  const registers = new Map([units.levelProbe, 3, 8, 1, 600, 0, 148, 500].entries())
  return [registers, { holding: sparseTable(registers) }]
}

const quick: ReadonlySet<string> = new Set(['lamp-out', 'paddy-level-low', 'gateway-lost'])

function withShortDelays(rule: Readonly<Record<string, unknown>>): object {
  const has = (key: string): boolean => key in rule
  return { ...rule, ...(has('onDelayS') ? { onDelayS: 0.5 } : {}), ...(has('offDelayS') ? { offDelayS: 0.5 } : {}) }
}

/** The hub's own rules, of which those under test wait half a second instead of up to a minute. */
async function quickRules(): Promise<string> {
  const file = new URL('../../cloud/alarms/rules/default-rules.yaml', import.meta.url)
  const rules = parse(await readFile(file, 'utf8')) as readonly Readonly<Record<string, unknown>>[]
  const isQuick = (rule: Readonly<Record<string, unknown>>): boolean => quick.has(String(rule['id']))
  return stringify(rules.map((rule) => (isQuick(rule) ? withShortDelays(rule) : rule)))
}

async function startGateway(options: {
  readonly folder: string
  readonly data: string
  readonly hub: HubUnderTest
  readonly fieldPort: number
  readonly farm: Farm | undefined
}): Promise<Program> {
  const { folder, data, hub, fieldPort, farm } = options
  await mkdir(folder, { recursive: true })
  await runCa(['issue', 'gateway', '--data', data, '--tenant', tenant, '--gateway', gateway, '--out', folder])
  const file = join(folder, 'gateway.yaml')
  await writeFile(file, stringify(gatewayFile({ hub, fieldPort, farm })))
  const program = startProgram(['edge', '--config', file])
  try {
    await program.logged('the gateway agent runs')
    return program
  } catch (thrown) {
    await program.end('SIGKILL')
    throw thrown
  }
}

interface Wiring {
  readonly hub: HubUnderTest
  readonly fieldPort: number
  readonly farm: Farm | undefined
}

function gatewayFile({ hub, fieldPort, farm }: Wiring): object {
  const [paddy] = paddies
  if (paddy === undefined) throw new Error('the simulated field has no paddy')
  const shared = { connection: 'bus', intervalS: pollIntervalS, timeoutMs: 2000, retries: 1 }
  return {
    tenant,
    gateway,
    label: { ja: '小糸・中心市街地ゲートウェイ', en: 'Koito and town centre gateway' },
    data: 'outbox',
    hub: {
      url: `mqtts://localhost:${hub.mqttsPort}`,
      ca: 'ca.cert.pem',
      certificate: 'gateway.cert.pem',
      key: 'gateway.key.pem',
    },
    uplink: { reconnectBaseMs: 50, reconnectCapMs: 500 },
    sites: [
      {
        id: 'koito-1',
        kind: 'paddy',
        name: { ja: '小糸 1号田', en: 'Koito paddy 1' },
        position: paddy.position,
        ...(farm === undefined ? {} : { area: areaPolygon(paddy.area) }),
      },
      ...(farm === undefined ? [] : [{ ...place(weatherPlace), kind: 'weather' }]),
      {
        id: 'cabinet-1',
        kind: 'streetlight',
        name: { ja: '君津駅前通り 街路灯', en: 'Kimitsu Station street lights' },
        position: { lat: 35.3329, lon: 139.8968 },
      },
    ],
    connections: [
      { id: 'bus', type: 'modbus-tcp', host, port: fieldPort },
      ...(farm === undefined ? [] : [{ id: 'weather-line', type: 'line', host, port: farm.weatherPort }]),
    ],
    devices: [
      {
        ...shared,
        id: 'level-probe',
        site: 'koito-1',
        profile: 'qdy30a-level-temperature',
        address: { unitId: units.levelProbe },
      },
      {
        ...shared,
        id: 'lamp-controller',
        site: 'cabinet-1',
        profile: 'lamp-relay',
        address: { unitId: units.controller },
      },
      {
        ...shared,
        id: 'energy-meter',
        site: 'cabinet-1',
        profile: 'eastron-sdm120',
        address: { unitId: units.meter },
      },
      ...(farm === undefined
        ? []
        : [
            {
              ...shared,
              id: 'wxt530',
              site: weatherPlace.id,
              connection: 'weather-line',
              profile: 'vaisala-wxt530',
              address: { char: '0' },
            },
          ]),
    ],
    ...(farm === undefined ? {} : { images: imagesOf(farm, hub) }),
  }
}

function imagesOf({ card }: Farm, hub: HubUnderTest): object {
  return {
    import: [{ folder: card, settleS: 0 }],
    scanIntervalS: 0.5,
    upload: { url: `https://localhost:${hub.httpsPort}`, retryBaseMs: 50, retryCapMs: 500 },
    canopy: { model: 'paddy-canopy', cellM: 4, settleS: 1 },
  }
}

function place({ id, name, position }: typeof weatherPlace): object {
  return { id, name, position }
}
