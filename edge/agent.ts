// The gateway agent: puts drivers, devices, pipeline, outbox and uplink together, starts them in order and stops them in reverse.
import { join } from 'node:path'
import type { NewEvent } from '../broker/contract/event-codec.ts'
import type { GatewayCondition } from '../broker/contract/gateway-condition.ts'
import type { Clock, Log } from '../broker/contract/ports.ts'
import type { Sample } from '../broker/contract/sample.ts'
import type { DriverRegistry } from '../firmware-bridge/drivers/registry.ts'
import { gatewayDevice } from '../broker/contract/gateway-device.ts'
import { cameraDevices } from './cameras/camera-devices.ts'
import type { Cameras } from './cameras/cameras.ts'
import {
  type AgentView,
  type CareDependencies,
  type GatewayCommands,
  openGatewayCommands,
} from './commands/gateway-commands.ts'
import { openCondition, watchCondition } from './condition.ts'
import type { GatewayConfig } from './config.ts'
import { type Counters, createCounters } from './counters.ts'
import type { DeploymentPort } from './deployment/deployment.ts'
import { DeviceChannels } from './device-channels.ts'
import { closeDrivers, createDevices, type FieldDevice, openDrivers, stopDevices } from './field-devices.ts'
import type { FlowHost } from './flows/flow-host.ts'
import { declaredFlowChannels, flowFigures, flowMounts, openFlows } from './flows/open-flows.ts'
import { healthChannels, type HealthSources, type MachineGauges } from './health.ts'
import { type HealthReports, startHealthReports } from './health-reports.ts'
import type { CertificateKeeper } from './identity/certificate-renewal.ts'
import type { LatencySnapshot } from './inference/latency-histogram.ts'
import type { ImageSink, ImageUplink } from './images/image-uplink.ts'
import type { ImagesConfig } from './images/images-config.ts'
import type { LocalPage } from './local-page/local-page.ts'
import { openLocalPage } from './local-page/open-local-page.ts'
import { Outbox } from './outbox/outbox.ts'
import { createPipeline, type Pipeline, type PipelineDependencies, type Scorer } from './pipeline.ts'
import { conditionDocument, statusDocument } from './status.ts'
import { type EyesDependencies, openEyes } from './vision/eyes.ts'
import type { VisionHost } from './vision/vision-host.ts'
import type { HubAddress } from './uplink/connection.ts'
import { Uplink } from './uplink/uplink.ts'

/** The models of this gateway; made by edge/inference. */
interface ModelHost extends Scorer {
  readonly models: readonly { readonly id: string; readonly version: string }[]
  /** Packages that are not used, and why. */
  readonly refused?: readonly { readonly folder: string; readonly message: string }[]
  /** From the request of a run to its scores; undefined: no graph scores. */
  readonly latency?: LatencySnapshot | undefined
  /** The score of the newest of some values. Throws AppError `not-found`, `model.*`. */
  infer?(model: string, values: readonly { readonly timeMs: number; readonly value: number }[]): Promise<number>
  close(): Promise<void>
}

export interface AgentDependencies extends EyesDependencies, CareDependencies {
  readonly clock: Clock
  readonly log: Log
  /** [0, 1), for jitter. */
  readonly random: () => number
  readonly machine: MachineGauges
  /** The hub with its certificates read. */
  readonly hub: HubAddress
  /** Has the certificate in `hub` renewed until cancelled; absent or undefined: there is none, or somebody else cares for it. */
  readonly keepCertificate?: (counters: Counters) => CertificateKeeper | undefined
  /** Undefined: this gateway takes no desired state. */
  readonly deployment?: DeploymentPort | undefined
  readonly drivers: DriverRegistry
  /**
   * Called only when models are configured, so that a gateway without models does not pay for their runtime. What is
   * not scored is counted in `counters`.
   */
  readonly createModelHost: (
    models: Pick<GatewayConfig, 'models' | 'circuits'>,
    ports: { readonly counters: Counters; readonly emitEvent: (event: NewEvent) => void },
  ) => Promise<ModelHost>
  /** Called only when images are configured, for the same reason. */
  readonly createImageUplink: (images: ImagesConfig, counters: Counters) => Promise<ImageUplink>
  /** Called only when `images.canopy` is configured. */
  readonly createCanopyWatch?: (
    config: GatewayConfig,
    ports: { readonly counters: Counters; readonly emitEvent: (event: NewEvent) => void },
  ) => Promise<{ stop(): Promise<void> }>
}

export interface Agent {
  readonly counters: Counters
  readonly uplinkConnected: boolean
  /** The port of `/metrics` and `/healthz`, where configured. */
  readonly healthPort: number | undefined
  /** Where cameras put single pictures; undefined: images are not configured. */
  readonly imageSink: ImageSink | undefined
  /** Stops sampling, commits the outbox, announces the end and disconnects. */
  stop(): Promise<void>
}

const scoreDrainMs = 2000

/** What a command or the local page may ask for while the rest still starts. */
interface OpenSoFar {
  page?: LocalPage | undefined
  devices: readonly FieldDevice[]
  cameras?: Cameras | undefined
  flows?: FlowHost | undefined
  health?: HealthReports
}

/** Throws `data.locked` when another agent uses the data folder (which exists), `port.busy`, `model.invalid`. */
export async function startAgent(config: GatewayConfig, dependencies: AgentDependencies): Promise<Agent> {
  const { log } = dependencies
  const counters = createCounters()
  const stops: (() => Promise<void> | void)[] = []
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  const open: OpenSoFar = { devices: [] }
  try {
    const way = await openWay(config, dependencies, { counters, stops, open })
    const { port: healthPort } = await openField(config, dependencies, { counters, stops, open, way })
    const { uplink, outbox, images } = way
    stops.push(attachedDeployment(dependencies, { ...way, counters }))
    log.info(
      { gateway: config.identity, devices: config.devices.length, epoch: outbox.epoch, healthPort },
      'the gateway agent runs',
    )
    return {
      counters,
      healthPort,
      imageSink: images?.sink,
      get uplinkConnected() {
        return uplink.connected
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Parts {
  readonly counters: Counters
  readonly stops: (() => Promise<void> | void)[]
  readonly open: OpenSoFar
}

/** What a sample goes through, from the models to the hub. */
interface Way {
  readonly outbox: Outbox
  readonly channels: DeviceChannels
  readonly host: ModelHost | undefined
  readonly eyes: Awaited<ReturnType<typeof openEyes>>
  readonly refused: () => NonNullable<ModelHost['refused']>
  readonly uplink: Uplink
  readonly condition: () => GatewayCondition
  readonly images: ImageUplink | undefined
  readonly pipeline: Pipeline
}

async function openWay(
  config: GatewayConfig,
  dependencies: AgentDependencies,
  { counters, stops, open }: Parts,
): Promise<Way> {
  const { clock, log } = dependencies
  const outbox = openOutbox(config, { clock, log, counters })
  stops.push(() => outbox.close())
  const emitEvent = (event: NewEvent): void => pipeline.emitEvent(event)
  const host = hasModels(config) ? await dependencies.createModelHost(config, { counters, emitEvent }) : undefined
  if (host !== undefined) stops.push(() => host.close())
  const channels = new DeviceChannels(() => uplink.statusChanged())
  declareChannels(channels, config)
  const onModels = (): void => uplink.statusChanged()
  const eyes = await openEyes(config, dependencies, { counters, emitEvent, onModels, stops })
  const models = () => [...(host?.models ?? []), ...(eyes.vision?.models ?? [])]
  const refused = () => [...(host?.refused ?? []), ...(eyes.vision?.refused ?? [])]
  const answer: Uplink['answer'] = (...result) => uplink.answer(...result)
  const view: AgentView = {
    teaching: eyes.teaching,
    pictures: eyes.pictures,
    devices: () => open.devices,
    cameras: () => open.cameras,
    metrics: () => open.health?.text() ?? '',
    publishLog: (payload) => uplink.publishLog(payload),
  }
  const commands = openGatewayCommands(config, dependencies, { view, clock, log, counters, answer })
  stops.push(() => commands.stop())
  const keeper = dependencies.keepCertificate?.(counters)
  stops.push(() => keeper?.cancel())
  const certificate = () => keeper?.condition()
  const condition = openCondition(config, {
    devices: () => [...open.devices, ...(open.cameras?.health ?? [])],
    counters,
    certificate,
    clock,
  })
  const uplink: Uplink = createUplink(config, dependencies, {
    ...eyes,
    condition,
    outbox,
    counters,
    channels,
    models,
    refused,
    commands,
  })
  uplink.start()
  stops.push(() => uplink.stop())
  stops.push(() => outbox.flush())
  const images = config.images && (await dependencies.createImageUplink(config.images, counters))
  if (images !== undefined) stops.push(() => images.stop())
  const observe = (samples: readonly Sample[]): void => {
    open.page?.take(samples)
    open.flows?.take(samples)
    dependencies.deployment?.observe(samples)
  }
  const pipeline = openPipeline(config, { scorer: host, channels, outbox, clock, log, counters, observe })
  stops.push(() => pipeline.drain(scoreDrainMs))
  return { outbox, channels, host, eyes, refused, uplink, condition, images, pipeline }
}

/** Devices, flows, the engineer's page and cameras: what gives samples, and what watches them. */
async function openField(
  config: GatewayConfig,
  dependencies: AgentDependencies,
  { counters, stops, open, way }: Parts & { readonly way: Way },
): Promise<HealthReports> {
  const { clock, log, random } = dependencies
  const { outbox, channels, host, eyes, uplink, condition, images, pipeline } = way
  const emitEvent = (event: NewEvent): void => pipeline.emitEvent(event)
  const drivers = await openDrivers(config, { clock, log, counters, registry: dependencies.drivers })
  stops.push(() => closeDrivers(drivers))
  const devices = createDevices(config, drivers, { pipeline, outbox, clock, log, counters, random })
  for (const device of devices) device.start()
  stops.push(() => stopDevices(devices))
  open.devices = devices
  const deliver: Pipeline['carry'] = (outcome) => pipeline.carry(outcome)
  const flowPorts = { clock, log, counters, random, drivers, channels, models: host, deliver, emitEvent }
  open.flows = await openFlows(config, flowPorts)
  stops.push(() => open.flows?.stop())
  const mounts = flowMounts(open.flows)
  open.page = await openLocalPage(config, dependencies, { outbox, uplink: () => uplink, devices, counters, mounts })
  stops.push(() => open.page?.stop())
  open.cameras = await openCameras(config, dependencies, { pipeline, counters, eyes, images: images?.sink })
  stops.push(() => open.cameras?.stop())
  if (config.images?.canopy !== undefined) {
    const canopy = await dependencies.createCanopyWatch?.(config, { counters, emitEvent })
    if (canopy !== undefined) stops.push(() => canopy.stop())
  }
  const { machine } = dependencies
  const [models, conditions] = [modelFigures(host, eyes.vision, open), [...devices, ...(open.cameras?.devices ?? [])]]
  open.health = await startHealthReports(
    config,
    { outbox, devices: conditions, counters, models, machine, clock },
    stops,
  )
  const { intervalS } = config.health
  const watch = watchCondition({ condition, intervalS, clock, tell: () => uplink.conditionChanged() })
  stops.push(() => watch.cancel())
  return open.health
}

function openPipeline({ devices }: GatewayConfig, parts: Omit<PipelineDependencies, 'devices'>): Pipeline {
  return createPipeline({ devices: new Map(devices.map((device) => [device.id, device])), ...parts })
}

/** What `/metrics` shows of the models besides their counters. */
function modelFigures(
  host: ModelHost | undefined,
  vision: VisionHost | undefined,
  { flows }: Pick<OpenSoFar, 'flows'>,
): NonNullable<HealthSources['models']> {
  return {
    latencies: () => ({
      ...(host?.latency === undefined ? {} : { 'inference-latency': host.latency }),
      ...(vision === undefined ? {} : { 'vision-latency': vision.stats().latency }),
    }),
    gauges() {
      if (vision === undefined) return flowFigures(flows)
      const { waiting, rssBytes } = vision.stats()
      return { ...flowFigures(flows), 'vision-waiting': waiting, 'vision-memory': rssBytes }
    },
  }
}

function hasModels({ models, circuits }: GatewayConfig): boolean {
  return models.length + circuits.length > 0
}

/** From here on the set that runs is judged, and others are taken; returns what ends that. */
function attachedDeployment(
  { deployment }: AgentDependencies,
  parts: {
    readonly uplink: Uplink
    readonly outbox: Outbox
    readonly counters: Counters
    readonly refused: () => NonNullable<ModelHost['refused']>
  },
): () => Promise<void> | void {
  const { uplink, outbox, counters, refused } = parts
  const detach = deployment?.attach({
    uplinkConnected: () => uplink.connected,
    isOutboxHealthy: () => outbox.condition === 'healthy',
    refusedModels: () => refused().map(({ folder, message }) => `${folder}: ${message}`),
    reportChanged: () => uplink.reportChanged(),
    counters,
  })
  return () => detach?.()
}

type Ports = Pick<AgentDependencies, 'clock' | 'log'> & { readonly counters: Counters }

function openOutbox({ dataFolder, outbox }: GatewayConfig, ports: Ports): Outbox {
  const path = join(dataFolder, 'outbox.sqlite')
  return new Outbox({ path, ...outbox, maxFileBytes: outbox.maxBytes * 2 + 16 * 2 ** 20 }, ports)
}

function declareChannels(channels: DeviceChannels, config: GatewayConfig): void {
  channels.declare(gatewayDevice, healthChannels)
  const flows = declaredFlowChannels(config)
  for (const device of [...config.devices, ...cameraDevices(config), ...flows])
    channels.declare(device.id, device.channels)
}

function createUplink(
  config: GatewayConfig,
  { clock, log, random, hub, agentVersion, deployment }: AgentDependencies,
  parts: {
    readonly outbox: Outbox
    readonly counters: Counters
    readonly channels: DeviceChannels
    readonly models: () => ModelHost['models']
    readonly refused: () => NonNullable<ModelHost['refused']>
    readonly inspections: Way['eyes']['inspections']
    readonly commands: GatewayCommands
    readonly condition: () => GatewayCondition
  },
): Uplink {
  const { outbox, counters, channels, models, refused, inspections, commands, condition } = parts
  const sources = {
    config,
    channels,
    agentVersion,
    models,
    refused,
    inspections,
    condition,
    epoch: () => outbox.epoch,
    offers: commands.offers,
    nowMs: () => clock.now(),
  }
  return new Uplink(
    { ...config.uplink, identity: config.identity, hub },
    {
      outbox,
      clock,
      log,
      counters,
      random,
      status: (state) => statusDocument(state, sources),
      condition: () => conditionDocument(sources),
      onCommand: (id, payload) => commands.received(id, payload),
      deployment,
    },
  )
}

/** Loaded only where cameras are configured, so that a gateway without them does not pay for it. */
async function openCameras(
  config: GatewayConfig,
  { clock, log, random, createInspector }: AgentDependencies,
  parts: {
    readonly pipeline: Pipeline
    readonly counters: Counters
    readonly eyes: Way['eyes']
    readonly images: ImageSink | undefined
  },
): Promise<Cameras | undefined> {
  if (config.cameras.length === 0) return undefined
  const { startCameras } = await import('./cameras/cameras.ts')
  const { pipeline, counters, eyes, images } = parts
  return startCameras(config, {
    deliver: (outcome) => pipeline.carry(outcome),
    emitEvent: (event, picture) => pipeline.emitEvent(event, picture),
    vision: eyes.vision,
    keepFrame: (inspection, frame) => eyes.teaching?.keep(inspection, frame),
    picturesNow: eyes.pictures && ((inspection) => eyes.pictures?.now(inspection) ?? 'none'),
    clock,
    log,
    counters,
    random,
    images,
    inspectorOf: createInspector,
  })
}
