// `musubi demo`: a hub, a simulated field and four gateways as separate programs, which meet only over real protocols.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { silentLog, type Clock } from '../../broker/contract/ports.ts'
import type { FieldFault } from '../../firmware-bridge/simulators/field-fault.ts'
import type { FieldPorts } from '../../firmware-bridge/simulators/field.ts'
import { createLink, type Link } from '../../firmware-bridge/simulators/link.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { authorityFolder } from '../commands/ca.ts'
import {
  createChildProgram,
  type ChildProgram,
  type ChildProgramOptions,
  type ProgramCommand,
} from './child-program.ts'
import type { DemoOptions } from './demo-options.ts'
import { taughtModel, teachFactory, tellFactoryPast } from './factory-teaching.ts'
import { droneCard } from './drone-card.ts'
import { press } from './demo-keys.ts'
import { settle } from './demo-settling.ts'
import { createFaultDesk } from './fault-desk.ts'
import { createFieldProgram, type FieldProgram } from './field-program.ts'
import { nodeEnvironment, nodeFlags } from '../node-flags.ts'
import { lockFolder } from './folder-lock.ts'
import { ensureGatewayCredentials } from './gateway-credentials.ts'
import { demoGateways, demoTenant, gatewayFile, type DemoGateway, type FieldWiring } from './gateway-files.ts'
import { reserveHubPorts, type HubPorts } from './hub-ports.ts'
import { whenReady } from './readiness.ts'
import { openSerialPair, type SerialPair } from './serial-pair.ts'

export interface DemoDependencies {
  readonly clock: Clock
  /** [0, 1) */
  readonly random: () => number
  /** A line for the person who watches. */
  readonly say: (line: string) => void
  readonly warn: (line: string) => void
  /** Hands over what a key does; returns the end of listening. */
  readonly listen: (onKey: (key: string) => void) => () => void
  /** Aborted when the demo shall end in order, by `stop` or from outside. */
  readonly stopping: AbortSignal
  readonly stop: () => void
  /** Aborted when it shall end at once. */
  readonly leaving: AbortSignal
}

/** Ends of what was started, to be called in reverse order. */
type Ends = (() => Promise<void> | void)[]

/**
 * Runs the demo until it is stopped; returns the exit code. Throws `port.busy` and `data.locked` before anything has
 * been started. Prints `ready http://localhost:PORT` when all gateways have fresh readings on the API.
 */
export async function runDemo(options: DemoOptions, dependencies: DemoDependencies): Promise<number> {
  const ends: Ends = []
  try {
    const { httpPort, mqttPort, mqttsPort, httpsPort, estPort } = options
    const ports = await reserveHubPorts({ httpPort, mqttPort, mqttsPort, httpsPort, estPort })
    keepLocked(options, dependencies, ends)
    const demo = await prepare(options, dependencies, ports, ends)
    demo.hub.start()
    const field = await startField(demo, ends)
    const links = await openLinks(demo, ends)
    const gateways = await startGateways(demo, field, links, ends)
    await operate(demo, { field, links, gateways }, ends)
    return 0
  } catch (thrown) {
    // Asked to stop while it was still starting: what was waited for is no longer wanted.
    if (dependencies.stopping.aborted) return 0
    throw thrown
  } finally {
    await endAll(ends, dependencies)
  }
}

async function endAll(ends: Ends, { warn }: DemoDependencies): Promise<void> {
  for (const end of ends.toReversed()) {
    try {
      await end()
    } catch (thrown) {
      // The others must still be ended.
      warn(`while stopping: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }
}

function keepLocked({ dataFolder }: DemoOptions, { leaving }: DemoDependencies, ends: Ends): void {
  const release = lockFolder(dataFolder)
  leaving.addEventListener('abort', release, { once: true })
  ends.push(release)
}

interface Demo {
  readonly options: DemoOptions
  readonly dependencies: DemoDependencies
  readonly ports: HubPorts
  readonly startedMs: number
  readonly hub: ChildProgram
  readonly programOptions: (name: string) => Pick<ChildProgramOptions, 'clock' | 'random' | 'onDeath' | 'logFile'>
}

const musubi = fileURLToPath(new URL('../musubi.ts', import.meta.url))
const endWithParent = new URL('end-with-parent.ts', import.meta.url).href

/** The command line of one of our own programs, on the Node that runs the demo. */
function musubiCommand(program: keyof typeof nodeFlags, args: readonly string[]): ProgramCommand {
  return {
    file: process.execPath,
    args: [...nodeFlags[program], '--import', endWithParent, musubi, program, ...args],
    env: nodeEnvironment[program],
  }
}

async function prepare(
  options: DemoOptions,
  dependencies: DemoDependencies,
  ports: HubPorts,
  ends: Ends,
): Promise<Demo> {
  const { clock, random, warn } = dependencies
  const logs = join(options.dataFolder, 'logs')
  await mkdir(logs, { recursive: true })
  const programOptions: Demo['programOptions'] = (name) => ({
    clock,
    random,
    logFile: join(logs, `${name}.log`),
    onDeath: ({ how, restartInMs }) =>
      warn(`${name} ended (${how}); it starts again in ${restartInMs} ms; its log: ${join(logs, `${name}.log`)}`),
  })
  const hubFolder = join(options.dataFolder, 'hub')
  const backups = join(options.dataFolder, 'backups')
  await mkdir(backups, { recursive: true, mode: 0o700 })
  await issueCredentials(options, clock)
  const hubArguments = [
    `--http-port=${ports.httpPort}`,
    `--mqtt-port=${ports.mqttPort}`,
    `--mqtts-port=${ports.mqttsPort}`,
    `--https-port=${ports.httpsPort}`,
    `--est-port=${ports.estPort}`,
    `--data=${hubFolder}`,
    `--notifications=${options.notifications}`,
    `--backups=${backups}`,
  ]
  const hub = createChildProgram({
    ...programOptions('hub'),
    name: 'hub',
    onMessage: () => undefined,
    command: () => musubiCommand('hub', hubArguments),
  })
  keep(hub, dependencies, ends)
  return { options, dependencies, ports, startedMs: clock.now(), hub, programOptions }
}

function keep(program: ChildProgram, { leaving }: DemoDependencies, ends: Ends): void {
  leaving.addEventListener('abort', () => program.destroy(), { once: true })
  ends.push(() => program.stop())
}

/** The hub's authority is made here, before the hub opens the same folder, so that the gateways can start beside it. */
async function issueCredentials({ dataFolder }: DemoOptions, clock: Clock): Promise<void> {
  const folder = authorityFolder(join(dataFolder, 'hub'))
  const authority = await openAuthority({ folder, clock, log: silentLog })
  for (const gateway of demoGateways) {
    await ensureGatewayCredentials({
      authority,
      identity: { tenant: demoTenant, gateway },
      folder: gatewayFolder(dataFolder, gateway),
      clock,
    })
  }
}

function gatewayFolder(dataFolder: string, gateway: DemoGateway): string {
  return join(dataFolder, 'gateways', gateway)
}

interface RunningField {
  readonly program: FieldProgram
  readonly ports: FieldPorts
  readonly pair: SerialPair | undefined
}

async function startField(demo: Demo, ends: Ends): Promise<RunningField> {
  const { options, dependencies } = demo
  const pairOptions = demo.programOptions('socat')
  const station: { program: FieldProgram | undefined } = { program: undefined }
  const pair = await openSerialPair(join(options.dataFolder, 'serial'), {
    ...pairOptions,
    onDeath(event) {
      pairOptions.onDeath(event)
      // The station hangs on the old terminal: it starts again on the new one.
      station.program?.kill()
    },
  })
  if (pair === undefined) dependencies.say('socat is not installed: the weather station is on TCP')
  else keep(pair.program, dependencies, ends)
  const originMs = await simulatedOrigin(options, demo.startedMs)
  const program = createFieldProgram({
    ...demo.programOptions('field'),
    command: (ports) =>
      musubiCommand('field', [
        `--time-lapse=${options.timeLapse}`,
        `--origin-ms=${originMs}`,
        ...(pair === undefined ? [] : [`--weather-path=${pair.stationPath}`]),
        ...(ports === undefined ? [] : [`--ports=${JSON.stringify(ports)}`]),
      ]),
  })
  station.program = program
  keep(program, dependencies, ends)
  return { program, pair, ports: await program.ready(dependencies.stopping) }
}

/** The simulated clock goes on where an earlier start with the same time lapse left it. */
async function simulatedOrigin({ dataFolder, timeLapse }: DemoOptions, nowMs: number): Promise<number> {
  const file = join(dataFolder, 'simulated-time.json')
  const kept = await keptOrigin(file)
  if (kept.timeLapse === timeLapse && typeof kept.originMs === 'number') return kept.originMs
  await writeFile(file, JSON.stringify({ timeLapse, originMs: nowMs }))
  return nowMs
}

/** Nothing where the file is missing, or was cut short by an end in the middle of its writing. */
async function keptOrigin(file: string): Promise<{ readonly timeLapse?: unknown; readonly originMs?: unknown }> {
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'))
    return typeof kept === 'object' && kept !== null ? kept : {}
  } catch {
    return {}
  }
}

type Links = Readonly<Record<DemoGateway, Link>>

/** Each gateway reaches the hub over a link of its own, which can be cut. */
async function openLinks({ ports, dependencies }: Demo, ends: Ends): Promise<Links> {
  const open = async (): Promise<Link> => {
    const target = { host: '127.0.0.1', port: ports.mqttsPort }
    const link = await createLink({ listen: { port: 0 }, target, clock: dependencies.clock })
    ends.push(() => link.close())
    return link
  }
  return await forEachGateway(open)
}

async function forEachGateway<T>(
  make: (gateway: DemoGateway) => Promise<T>,
): Promise<Readonly<Record<DemoGateway, T>>> {
  return {
    'paddy-koito': await make('paddy-koito'),
    'streetlight-center': await make('streetlight-center'),
    'wifi-city': await make('wifi-city'),
    'factory-kazusa': await make('factory-kazusa'),
  }
}

type Gateways = Readonly<Record<DemoGateway, ChildProgram>>

async function startGateways(demo: Demo, field: RunningField, links: Links, ends: Ends): Promise<Gateways> {
  const start = async (gateway: DemoGateway): Promise<ChildProgram> => {
    const file = await writeGatewayFile(gateway, { demo, field, links })
    const program = createChildProgram({
      ...demo.programOptions(gateway),
      name: gateway,
      onMessage: () => undefined,
      command: () => musubiCommand('edge', ['--config', file]),
    })
    program.start()
    return program
  }
  const gateways = await forEachGateway(start)
  const programs = Object.values(gateways)
  demo.dependencies.leaving.addEventListener('abort', () => programs.forEach((program) => program.destroy()), {
    once: true,
  })
  // Gateways drain into the hub side by side, while it still runs.
  ends.push(async () => void (await Promise.all(programs.map((program) => program.stop()))))
  return gateways
}

/** Returns its path. */
async function writeGatewayFile(
  gateway: DemoGateway,
  { demo, field, links }: { readonly demo: Demo; readonly field: RunningField; readonly links: Links },
): Promise<string> {
  const folder = gatewayFolder(demo.options.dataFolder, gateway)
  const file = join(folder, 'gateway.yaml')
  const wiring: FieldWiring = {
    ports: field.ports,
    weatherPath: field.pair?.gatewayPath,
    hubPort: links[gateway].port,
    httpsPort: demo.ports.httpsPort,
    withModels: demo.options.timeLapse === 1,
    ...(gateway === 'paddy-koito' && demo.options.timeLapse === 1
      ? { droneCard: await droneCard(folder, demo.startedMs) }
      : {}),
    taught: taughtModel(folder),
  }
  await writeFile(file, gatewayFile(gateway, wiring))
  return file
}

/** The first start teaches the factory its part while the demo runs; later ones find the model. Never rejects. */
async function ensureTaughtFactory(demo: Demo, { field, links, gateways }: Running): Promise<void> {
  const { clock, say, warn, stopping } = demo.dependencies
  const folder = gatewayFolder(demo.options.dataFolder, 'factory-kazusa')
  if (taughtModel(folder) !== undefined) return
  try {
    say('factory: 30 good and 10 bad parts are being shown to the model; inspection begins when it has learnt them')
    const logFile = join(demo.options.dataFolder, 'logs', 'teaching.log')
    const given = {
      gatewayFolder: folder,
      logFile,
      nodeArguments: ['--import', endWithParent],
      clock,
      signal: stopping,
    }
    await teachFactory(given)
    const past = { ...given, mqttPort: demo.ports.mqttPort }
    if (demo.options.historyDays > 0) await tellFactoryPast(past).catch((thrown: unknown) => warn(String(thrown)))
    if (stopping.aborted) return
    await writeGatewayFile('factory-kazusa', { demo, field, links })
    await gateways['factory-kazusa'].restart()
    say('factory: the model has learnt its part; the line is being inspected')
  } catch (thrown) {
    if (!stopping.aborted) warn(`factory: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

const readyLimitMs = 60_000

interface Running {
  readonly field: RunningField
  readonly links: Links
  readonly gateways: Gateways
}

/** From the first readings to the end: keys, the schedule of faults, and waiting. */
async function operate(demo: Demo, running: Running, ends: Ends): Promise<void> {
  const { field, links, gateways } = running
  const { options, dependencies, ports, startedMs } = demo
  const { clock, say, warn, stopping } = dependencies
  const desk = createFaultDesk({
    field: {
      inject: (fault: FieldFault) => field.program.inject(fault),
      clear: (fault: FieldFault) => field.program.clear(fault),
    },
    links,
    killGateway: (gateway) => gateways[gateway].kill(),
    say,
    clock,
  })
  ends.push(() => desk.close())
  ends.push(dependencies.listen((key) => press(key, { desk, say, stop: dependencies.stop })))
  const ready = await whenReady({
    httpPort: ports.httpPort,
    sinceMs: startedMs,
    clock,
    signal: stopping,
    limitMs: readyLimitMs,
    onLate: (missing) =>
      warn(`no readings yet from ${missing.join(', ')}: look into ${join(options.dataFolder, 'logs')}`),
  })
  if (!ready) return
  say(`ready http://localhost:${ports.httpPort}`)
  const settled = settle(demo)
  ends.push(() => settled)
  if (options.scheduledFaults) desk.startSchedule()
  const taught = ensureTaughtFactory(demo, running)
  ends.push(() => taught)
  if (stopping.aborted) return
  await new Promise<void>((resolve) => stopping.addEventListener('abort', () => resolve(), { once: true }))
}
