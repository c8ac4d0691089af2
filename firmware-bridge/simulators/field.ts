// The whole simulated field of Kimitsu on real protocols: paddies, weather, streetlights and access points over one nature.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { startAccessPointAgent } from './devices/access-point-agent.ts'
import { createLampCabinet, type LampCabinet } from './devices/lamp-cabinet.ts'
import type { SnmpAgent } from './devices/net-snmp-agent.ts'
import { levelProbe, soilProbe } from './devices/paddy-probes.ts'
import { serveSnapshots, type SnapshotCamera } from './devices/snapshot-camera.ts'
import { startWeatherStation, type WeatherStation } from './devices/weather-station.ts'
import { type InspectionLine, type LinePorts, startInspectionLine } from './factory/inspection-line.ts'
import type { FieldFault } from './field-fault.ts'
import {
  accessPoints,
  cabinets,
  cabinetUnits,
  lakeside,
  lampsInstalledMs,
  paddies,
  snmpCommunity,
  weatherPlace,
} from './kimitsu.ts'
import { lakesidePicture } from './lakeside/lakeside-picture.ts'
import { visitorsAt } from './lakeside/visitors.ts'
import type { Misbehaviour } from './modbus/misbehaviour.ts'
import { serveModbusTcp, type ModbusServer } from './modbus/modbus-server.ts'
import type { ModbusSlave } from './modbus/modbus-slave.ts'
import { createAccessPoint } from './nature/access-point.ts'
import { createPaddy, undisturbed, type Paddy } from './nature/paddy.ts'
import { createSimulatedClock, type SimulatedClock } from './nature/simulated-clock.ts'
import { createWeather, type WeatherModel } from './nature/weather.ts'

/** Loopback ports, in the order of kimitsu.ts. `weather` is undefined when the station is on a serial line. */
export interface FieldPorts {
  readonly paddyBus: number
  readonly weather: number | undefined
  readonly cabinets: readonly number[]
  readonly accessPoints: readonly number[]
  readonly line: LinePorts
  /** HTTP: `/snapshot.jpg`. */
  readonly lakeside: number
}

export interface FieldOptions {
  readonly seed: number
  /** Simulated seconds per wall second, ≥ 1. */
  readonly timeLapse: number
  /** Wall time at which simulated and wall time agree, Unix ms. Keep it for continuity over restarts. */
  readonly originMs: number
  /** The serial path of the weather station; undefined: TCP. */
  readonly weatherPath: string | undefined
  /** The ports of an earlier run, to come back on; undefined: any. */
  readonly ports: FieldPorts | undefined
  readonly clock: Clock
}

export interface Field {
  readonly ports: FieldPorts
  /** Throws `not-found` for a device that does not exist. */
  inject(fault: FieldFault): void
  /** Ends the fault; a leaking paddy is also filled again. */
  clear(fault: FieldFault): void
  close(): Promise<void>
}

export async function startField(options: FieldOptions): Promise<Field> {
  const world: World = {
    options,
    simulated: createSimulatedClock(options.clock, { factor: options.timeLapse, originMs: options.originMs }),
    weather: createWeather(options.seed),
  }
  const opened: { close(): Promise<void> }[] = []
  const keep = <T extends { close(): Promise<void> }>(device: T): T => {
    opened.push(device)
    return device
  }
  const close = async (): Promise<void> => {
    for (const device of opened.toReversed()) await device.close()
  }
  try {
    return fieldOf(await openDevices(world, keep), options, close)
  } catch (thrown) {
    await close()
    throw thrown
  }
}

interface World {
  readonly options: FieldOptions
  readonly simulated: SimulatedClock
  readonly weather: WeatherModel
}

interface Devices {
  readonly paddies: ReadonlyMap<string, Paddy>
  readonly bus: ModbusServer
  readonly station: WeatherStation
  readonly cabinets: ReadonlyMap<string, LampCabinet>
  readonly cabinetServers: readonly ModbusServer[]
  readonly agents: ReadonlyMap<string, SnmpAgent>
  readonly line: InspectionLine
  readonly lakeside: SnapshotCamera
}

type Keep = <T extends { close(): Promise<void> }>(device: T) => T

async function openDevices(world: World, keep: Keep): Promise<Devices> {
  const water = new Map(paddies.map((place) => [place.id, openPaddy(world, place.id)]))
  const lights = new Map(cabinets.map(({ id }) => [id, openCabinet(world, id)]))
  const bus = keep(await openPaddyBus(world, water))
  const station = keep(await openStation(world))
  const cabinetServers: ModbusServer[] = []
  for (const [index, cabinet] of [...lights.values()].entries()) {
    cabinetServers.push(keep(await openCabinetServer(world, cabinet, index)))
  }
  const agents = new Map<string, SnmpAgent>()
  for (const [index, place] of accessPoints.entries()) {
    const read = createAccessPoint({ ...place, seed: world.options.seed }, world.simulated)
    const port = world.options.ports?.accessPoints[index] ?? 0
    const names = { name: place.id, location: place.name.en, community: snmpCommunity }
    agents.set(place.id, keep(await startAccessPointAgent({ ...names, port, read })))
  }
  const line = keep(await openLine(world))
  const camera = keep(await openLakeside(world))
  return { paddies: water, bus, station, cabinets: lights, cabinetServers, agents, line, lakeside: camera }
}

async function openLakeside({ options, simulated }: World): Promise<SnapshotCamera> {
  const place = find(accessPoints, lakeside)
  const photograph = () => lakesidePicture(visitorsAt(options.seed, place, simulated.now()))
  return await serveSnapshots(photograph, options.ports?.lakeside ?? 0)
}

const partEveryMs = 15_000

/** The number of a part rises with the time, over restarts too. */
async function openLine({ options }: World): Promise<InspectionLine> {
  const { seed, ports, clock } = options
  const first = Math.floor(clock.now() / partEveryMs)
  return await startInspectionLine({ seed, first, everyMs: partEveryMs, ports: ports?.line, clock })
}

const weirAboveTargetMm = 30

function openPaddy({ options, simulated, weather }: World, id: string): Paddy {
  const { targetMm, percolationMmDay } = find(paddies, id)
  const parameters = { seed: options.seed, id, targetMm, weirMm: targetMm + weirAboveTargetMm, percolationMmDay }
  return createPaddy(parameters, weather, simulated.now())
}

async function openPaddyBus({ options, simulated }: World, water: ReadonlyMap<string, Paddy>): Promise<ModbusServer> {
  const slaves = new Map<number, ModbusSlave>()
  for (const { id, levelUnit, soilUnit, ph } of paddies) {
    const shared = { paddy: known(water.get(id), id), now: () => simulated.now() }
    slaves.set(levelUnit, levelProbe({ ...shared, unitId: levelUnit }))
    slaves.set(soilUnit, soilProbe({ ...shared, unitId: soilUnit, ph }))
  }
  return await serveModbusTcp({
    framing: 'rtu-tcp',
    port: options.ports?.paddyBus ?? 0,
    slaves,
    clock: options.clock,
  })
}

const stationBaudRate = 19_200

async function openStation({ options, simulated, weather }: World): Promise<WeatherStation> {
  const { weatherPath, clock, ports } = options
  const line =
    weatherPath === undefined ? { port: ports?.weather ?? 0 } : { path: weatherPath, baudRate: stationBaudRate }
  return await startWeatherStation({ weather, simulated, clock, line })
}

function openCabinet({ options, simulated }: World, id: string): LampCabinet {
  const { seed } = options
  const lamps = find(cabinets, id).ratedW.map((ratedW, index) => ({
    seed,
    id: `${id}/lamp-${index + 1}`,
    ratedW,
    installedMs: lampsInstalledMs,
  }))
  return createLampCabinet({ seed, id, lamps, clock: simulated, meterSinceMs: lampsInstalledMs })
}

async function openCabinetServer({ options }: World, cabinet: LampCabinet, index: number): Promise<ModbusServer> {
  return await serveModbusTcp({
    framing: 'tcp',
    port: options.ports?.cabinets[index] ?? 0,
    slaves: new Map([
      [cabinetUnits.controller, cabinet.controller],
      [cabinetUnits.meter, cabinet.meter],
    ]),
    clock: options.clock,
  })
}

function fieldOf(devices: Devices, options: FieldOptions, close: () => Promise<void>): Field {
  return {
    ports: {
      paddyBus: devices.bus.port,
      weather: options.weatherPath === undefined ? devices.station.port : undefined,
      cabinets: devices.cabinetServers.map(({ port }) => port),
      accessPoints: [...devices.agents.values()].map(({ port }) => port),
      line: devices.line.ports,
      lakeside: devices.lakeside.port,
    },
    inject: (fault) => apply(devices, options, fault, true),
    clear: (fault) => apply(devices, options, fault, false),
    close,
  }
}

/** A burst bund empties a field in about a minute of wall time, and the repair fills it in as much. */
const leakWallMmH = 4_800
const refillWallMmH = 3_600
const deviceFailure = 4

const probeMisbehaviours = {
  'probe-wrong-crc': { kind: 'wrong-crc' },
  'probe-truncated': { kind: 'truncated' },
  'probe-exception': { kind: 'exception', code: deviceFailure },
  'probe-silent': { kind: 'silence' },
} as const satisfies Record<string, Misbehaviour>

function apply(devices: Devices, options: FieldOptions, fault: FieldFault, on: boolean): void {
  switch (fault.kind) {
    case 'lamp-out':
    case 'day-burning':
    case 'flicker':
      known(devices.cabinets.get(fault.cabinet), fault.cabinet).setFault(fault.lamp, on ? fault.kind : undefined)
      break
    case 'cable-break': {
      const { ratedW } = find(cabinets, fault.cabinet)
      for (let lamp = fault.lamp; lamp <= ratedW.length; lamp += 1) {
        known(devices.cabinets.get(fault.cabinet), fault.cabinet).setFault(lamp, on ? 'cable-break' : undefined)
      }
      break
    }
    case 'pump-leak': {
      const flow = on
        ? { leakMmH: leakWallMmH / options.timeLapse, refillMmH: 0 }
        : { ...undisturbed, refillMmH: refillWallMmH / options.timeLapse }
      known(devices.paddies.get(fault.paddy), fault.paddy).interfere(flow)
      break
    }
    case 'access-point-down':
      known(devices.agents.get(fault.accessPoint), fault.accessPoint).setSilent(on)
      break
    case 'probe-wrong-crc':
    case 'probe-truncated':
    case 'probe-exception':
    case 'probe-silent':
      if (on) devices.bus.misbehave.set(fault.unitId, probeMisbehaviours[fault.kind])
      else devices.bus.misbehave.clear(fault.unitId)
      break
    case 'weather-silent':
      known(devices.station, weatherPlace.id).setSilent(on)
      break
    default:
  }
}

function find<T extends { readonly id: string }>(places: readonly T[], id: string): T {
  return known(
    places.find((place) => place.id === id),
    id,
  )
}

function known<T>(device: T | undefined, id: string): T {
  if (device === undefined) throw new AppError('not-found', `The simulated field has no "${id}"`)
  return device
}
