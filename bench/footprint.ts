// S4: memory of a gateway that polls Modbus, serial and SNMP devices, beside bare Node with MQTT.js and onnxruntime-node.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { parse, stringify } from 'yaml'
import { demoGateways, gatewayFile, type FieldWiring } from '../bin/demo/gateway-files.ts'
import { openSerialPair } from '../bin/demo/serial-pair.ts'
import { nodeEnvironment, nodeFlags as programFlags } from '../bin/node-flags.ts'
import { systemClock } from '../broker/contract/ports.ts'
import { startField } from '../firmware-bridge/simulators/field.ts'
import { startProgram, type Program } from '../test/programs/program.ts'
import { openEveryDriver } from './load/every-driver.ts'
import { startHubProgram, type HubProgram } from './load/hub-program.ts'
import { familyMbOf } from './load/process-usage.ts'
import { packageFolder } from '../models/package-folder.ts'
import { openVisionCamera } from './load/vision-camera.ts'
import { provisionQuietly, registerTenant } from './load/register-gateway.ts'
import { median, printReport } from './report.ts'

const gateway = 'everything'
const smallFlags = programFlags.edge
const sampleEveryMs = 500
const targetMb = { plain: 105, models: 165 } as const

interface Timing {
  readonly settleMs: number
  readonly measureMs: number
}

/** VmRSS of all processes in MB of 2^20 bytes; `unionMb` counts the pages of a file once. */
interface Footprint {
  readonly medianMb: number
  readonly maxMb: number
  readonly unionMb: number
}

type Rows = Record<
  | 'small'
  | 'everyDriver'
  | 'untuned'
  | 'bare'
  | 'smallModels'
  | 'untunedModels'
  | 'bareModels'
  | 'vision'
  | 'bareVision',
  Footprint
>

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { settle: text, measure: text, only: text, vision: text } })
  const timing = { settleMs: Number(values.settle ?? 30_000), measureMs: Number(values.measure ?? 15_000) }
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, maxRetries: 5 })]
  try {
    const hub = await startHubProgram({ data: join(folder, 'hub') })
    stops.push(async () => hub.end('SIGTERM'))
    const wiring = await openField(folder, hub, stops)
    const scene = { folder, hub, wiring, timing, vision: packageFolder(values.vision ?? 'surface-inspection') }
    if (values.only === 'vision') reportVision(await measureVision(scene))
    else report(await measureAll(scene), wiring)
  } finally {
    for (const stop of stops.toReversed()) await stop()
  }
}

/** Simulated devices in this process: Modbus TCP and RTU over TCP, a weather station on a serial pair, SNMP access points. */
async function openField(folder: string, hub: HubProgram, stops: (() => Promise<void>)[]): Promise<FieldWiring> {
  const logFile = join(folder, 'socat.log')
  const onDeath = () => undefined
  const pair = await openSerialPair(join(folder, 'tty'), { clock: systemClock, random: Math.random, onDeath, logFile })
  if (pair !== undefined) stops.push(() => pair.program.stop())
  const field = await startField({
    seed: 1,
    timeLapse: 1,
    originMs: Date.now(),
    weatherPath: pair?.stationPath,
    ports: undefined,
    clock: systemClock,
  })
  stops.push(() => field.close())
  return {
    ports: field.ports,
    weatherPath: pair?.gatewayPath,
    hubPort: hub.mqttsPort,
    httpsPort: 8443,
    withModels: true,
    taught: undefined,
  }
}

interface Scene {
  readonly folder: string
  readonly hub: HubProgram
  readonly wiring: FieldWiring
  readonly timing: Timing
  /** The folder of the vision model. */
  readonly vision: string
}

async function measureAll(scene: Scene): Promise<Rows> {
  return {
    small: await measureGateway(scene, { models: false, small: true }),
    everyDriver: await measureEveryDriver(scene),
    untuned: await measureGateway(scene, { models: false, small: false }),
    bare: await measureBare(scene, []),
    smallModels: await measureGateway(scene, { models: true, small: true }),
    untunedModels: await measureGateway(scene, { models: true, small: false }),
    bareModels: await measureBare(scene, [modelFile('lamp-power-anomaly')]),
    ...(await measureVision(scene)),
  }
}

/** One camera of 1 MP, judged once a second in a process of its own; beside it one bare process with the same libraries. */
async function measureVision(scene: Scene): Promise<Pick<Rows, 'vision' | 'bareVision'>> {
  const more = await openVisionCamera(scene.vision)
  try {
    const graph = join(scene.vision, 'model.onnx')
    return {
      vision: await measureGateway(scene, { models: false, small: true, more }),
      bareVision: await measureBare(scene, [graph, more.picturePath]),
    }
  } finally {
    await more.close()
  }
}

const modelFile = (name: string) => join(import.meta.dirname, '../models/packages', name, 'model.onnx')

/** Parts of gateway.yaml beside those of the demo; `ready`: the log line after which all of it runs. */
interface MoreOfGateway {
  readonly connections?: readonly unknown[]
  readonly devices?: readonly unknown[]
  readonly cameras?: readonly unknown[]
  readonly sections?: Readonly<Record<string, unknown>>
  readonly ready?: string
}

interface Variant {
  readonly models: boolean
  readonly small: boolean
  /** Drivers and cameras beside those of the demo. */
  readonly more?: MoreOfGateway
}

async function measureEveryDriver(scene: Scene): Promise<Footprint> {
  const more = await openEveryDriver(scene.folder)
  try {
    return await measureGateway(scene, { models: false, small: true, more })
  } finally {
    await more.close()
  }
}

async function measureGateway(scene: Scene, variant: Variant): Promise<Footprint> {
  const { more } = variant
  const config = await writeGateway(scene, variant)
  const start = () =>
    startProgram(
      ['edge', '--config', config],
      variant.small ? { nodeFlags: smallFlags, env: smallEnvironment(scene) } : {},
    )
  // The first start fills the compile cache, as the first start on a real gateway does.
  if (variant.small) await endAfterConnect(start(), more?.ready)
  const edge = start()
  try {
    await Promise.all(
      ['connected to the hub', more?.ready].flatMap((line) => (line === undefined ? [] : [edge.logged(line)])),
    )
    return await watchMemory(edge.pid, scene.timing)
  } finally {
    await edge.end('SIGTERM')
  }
}

const smallEnvironment = ({ folder }: Scene) => ({
  ...nodeEnvironment.edge,
  NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
})

async function endAfterConnect(edge: Program, ready = 'the gateway agent runs'): Promise<void> {
  await Promise.all([edge.logged('connected to the hub'), edge.logged('the gateway agent runs'), edge.logged(ready)])
  await edge.end('SIGTERM')
}

/** The devices of all demo gateways at one gateway. */
async function writeGateway({ folder, hub, wiring }: Scene, { models, small, more }: Variant): Promise<string> {
  const out = join(
    folder,
    ['gateway', models, small, more?.ready ?? more !== undefined]
      .map((part) => String(part).replaceAll(' ', '-'))
      .join('-'),
  )
  await mkdir(out)
  await provisionQuietly(hub.data, gateway, out)
  const parts = demoGateways.map((name) => parse(gatewayFile(name, wiring)) as Record<string, unknown[]>)
  const all = (key: string) => parts.flatMap((part) => part[key] ?? [])
  const lists = {
    sites: all('sites'),
    connections: [...all('connections'), ...(more?.connections ?? [])],
    devices: [...all('devices'), ...(more?.devices ?? [])],
    cameras: more?.cameras ?? [],
  }
  const file = {
    ...parts[0],
    ...lists,
    tenant: registerTenant,
    gateway,
    ...(models ? { models: all('models') } : {}),
    ...more?.sections,
  }
  await writeFile(join(out, 'gateway.yaml'), stringify(file))
  return join(out, 'gateway.yaml')
}

async function measureBare(scene: Scene, models: readonly string[]): Promise<Footprint> {
  const program = join(import.meta.dirname, 'load/bare-gateway.ts')
  const url = `mqtt://127.0.0.1:${scene.hub.mqttPort}`
  const start = async () => {
    const child = spawn(process.execPath, [...smallFlags, program, url, ...models], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...smallEnvironment(scene) },
    })
    await once(child.stdout, 'data')
    return child
  }
  const end = async (child: Awaited<ReturnType<typeof start>>) => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  await end(await start())
  const child = await start()
  try {
    return await watchMemory(child.pid ?? 0, scene.timing)
  } finally {
    await end(child)
  }
}

async function watchMemory(pid: number, { settleMs, measureMs }: Timing): Promise<Footprint> {
  await pause(settleMs)
  const samples: { readonly rssMb: number; readonly unionMb: number }[] = []
  const endMs = performance.now() + measureMs
  while (performance.now() < endMs) {
    samples.push(await familyMbOf(pid))
    await pause(sampleEveryMs)
  }
  const rss = samples.map(({ rssMb }) => rssMb)
  return { medianMb: median(rss), maxMb: Math.max(...rss), unionMb: median(samples.map(({ unionMb }) => unionMb)) }
}

const round = (value: number) => Number(value.toFixed(1))

function footprintRow(name: string, { medianMb, maxMb, unionMb }: Footprint, target: number | string) {
  return [name, round(medianMb), round(maxMb), round(unionMb), target]
}

function visionRows({ vision, bareVision }: Pick<Rows, 'vision' | 'bareVision'>) {
  return [
    footprintRow('gateway with one vision model and its camera, both processes', vision, targetMb.models),
    footprintRow('bare Node + MQTT.js + onnxruntime-node + sharp, one process', bareVision, ''),
  ]
}

function visionResults({ vision, bareVision }: Pick<Rows, 'vision' | 'bareVision'>) {
  return {
    visionRssMb: round(vision.medianMb),
    visionUnionMb: round(vision.unionMb),
    bareVisionRssMb: round(bareVision.medianMb),
    targetModelsMb: targetMb.models,
  }
}

const columns = ['all processes, MB', 'VmRSS', 'max', 'files once', 'target']

function reportVision(rows: Pick<Rows, 'vision' | 'bareVision'>): void {
  printReport({ bench: 'footprint', figure: 'S4', columns, rows: visionRows(rows), results: visionResults(rows) })
}

function report(rows: Rows, wiring: FieldWiring): void {
  const row = (name: string, footprint: Footprint, target: number | string) => footprintRow(name, footprint, target)
  const serial = wiring.weatherPath === undefined ? 'serial over TCP' : 'serial'
  printReport({
    bench: 'footprint',
    figure: 'S4',
    columns,
    rows: [
      row(`gateway: Modbus, ${serial}, SNMP; small start`, rows.small, targetMb.plain),
      row('the same with every other driver and a camera open', rows.everyDriver, ''),
      row('the first, Node without flags', rows.untuned, ''),
      row('bare Node + MQTT.js, small start', rows.bare, ''),
      row('gateway with two models, small start', rows.smallModels, targetMb.models),
      row('the same, Node without flags', rows.untunedModels, ''),
      row('bare Node + MQTT.js + onnxruntime-node with both models, small start', rows.bareModels, ''),
      ...visionRows(rows),
    ],
    results: {
      gatewayMb: round(rows.small.medianMb),
      gatewayMaxMb: round(rows.small.maxMb),
      everyDriverMb: round(rows.everyDriver.medianMb),
      gatewayUntunedMb: round(rows.untuned.medianMb),
      bareMb: round(rows.bare.medianMb),
      gatewayModelsMb: round(rows.smallModels.medianMb),
      gatewayModelsMaxMb: round(rows.smallModels.maxMb),
      gatewayModelsUntunedMb: round(rows.untunedModels.medianMb),
      bareModelsMb: round(rows.bareModels.medianMb),
      serialPair: wiring.weatherPath !== undefined,
      targetMb: targetMb.plain,
      ...visionResults(rows),
    },
  })
}
