// The camera side of the gateway agent: opens cameras, keeps their frames, runs the inspections, and stops all in reverse.
import { AppError } from '../../broker/contract/app-error.ts'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { type Camera, createCamera } from '../../firmware-bridge/cameras/camera.ts'
import type { Frame } from '../../firmware-bridge/cameras/frame.ts'
import { loadCameraSource } from '../../firmware-bridge/cameras/registry.ts'
import type { TcpSettings } from '../../firmware-bridge/drivers/connection-settings.ts'
import type { OnTrigger, Relay, TriggerInput } from '../../firmware-bridge/line-io/line-io.ts'
import type { ModbusIo } from '../../firmware-bridge/line-io/modbus-io.ts'
import type { Counters } from '../counters.ts'
import type { DeviceCondition, PollOutcome } from '../device-poller.ts'
import type { ImageSink } from '../images/image-uplink.ts'
import { startWatch } from '../vision/watch.ts'
import { eventPicture, visionEvent } from '../vision/vision-event.ts'
import { visionInspector } from '../vision/vision-inspector.ts'
import type { VisionHost } from '../vision/vision-host.ts'
import type { CameraConfig, InspectionConfig, PictureChoice, WatchConfig } from './camera-config.ts'
import { lineConnections } from './camera-devices.ts'
import { type CameraHealth, startCameraHealth } from './camera-health.ts'
import { startFrameKeeper } from './frame-keeper.ts'
import { Inspection, type Inspector, type Verdict } from './inspection.ts'
import { createSorter } from './sorter.ts'
import { spooledFrames } from './spooled-frames.ts'
import { watchTrigger } from './trigger-health.ts'

export interface CamerasConfig {
  readonly cameras: readonly CameraConfig[]
  readonly inspections: readonly InspectionConfig[]
  readonly watches?: readonly WatchConfig[]
  readonly connections: readonly { readonly id: string; readonly settings: unknown }[]
}

export interface CamerasDependencies {
  readonly deliver: (outcome: PollOutcome) => void
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  /** [0, 1), for jitter. */
  readonly random: () => number
  /** Needed where a camera keeps frames. */
  readonly images: ImageSink | undefined
  /** What inspections and watches decide. */
  readonly emitEvent: (event: NewEvent, picture?: Uint8Array) => void
  /** Keeps the frame of a verdict for correction; see Teaching.keep. */
  readonly keepFrame?: (inspection: string, frame: Uint8Array) => string | undefined
  /** Which verdicts travel with a picture; absent: as configured. */
  readonly picturesNow?: ((inspection: string) => PictureChoice) | undefined
  /** Judges frames; needed where something inspects or watches. */
  readonly vision: VisionHost | undefined
  /** Another judge of an inspection than `vision`. */
  readonly inspectorOf?: ((inspection: InspectionConfig) => Promise<Inspector>) | undefined
}

export interface Cameras {
  readonly devices: readonly { readonly condition: DeviceCondition }[]
  /** Of each camera, with what went wrong with it. */
  readonly health: readonly Omit<CameraHealth, 'stop'>[]
  /** The next frame that is exposed. Throws `driver.timeout` when the signal aborts, `driver.connection` when the camera closes. */
  nextFrame(camera: string, signal: AbortSignal): Promise<Frame>
  stop(): Promise<void>
}

/** Throws `config.invalid` and `model.invalid`; a camera or module that is away is no error. */
export async function startCameras(config: CamerasConfig, dependencies: CamerasDependencies): Promise<Cameras> {
  const stops: (() => Promise<void> | void)[] = []
  const devices: { readonly condition: DeviceCondition }[] = []
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  try {
    const cameras = new Map<string, Camera>()
    for (const plan of config.cameras) cameras.set(plan.id, await openCamera(plan, dependencies))
    stops.push(async () => void (await Promise.all([...cameras.values()].map((camera) => camera.close()))))
    const modules = await openModules(config, dependencies)
    stops.push(async () => void (await Promise.all([...modules.values()].map((module) => module.close()))))
    for (const plan of config.inspections) {
      devices.push(...(await startInspection(plan, { ...dependencies, cameras, modules, stops })))
    }
    for (const plan of config.watches ?? []) devices.push(watchFrames(plan, { ...dependencies, cameras, stops }))
    // Readers stand before the first frame comes: a hot folder is not read for nobody.
    const health = config.cameras.flatMap((plan) => watchCamera(plan, cameras.get(plan.id), dependencies, stops))
    devices.push(...health)
    const { clock } = dependencies
    const nextFrame: Cameras['nextFrame'] = (id, signal) => nextOf(cameras.get(id), signal, clock.monotonic())
    return { devices, health, nextFrame, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function nextOf(camera: Camera | undefined, signal: AbortSignal, exposedSinceMs: number): Promise<Frame> {
  if (camera === undefined) throw new AppError('driver.connection', 'there is no such camera')
  const reader = camera.reader()
  try {
    const frame = await reader.next({ signal, exposedSinceMs })
    reader.release()
    return frame
  } finally {
    reader.close()
  }
}

async function openCamera(plan: CameraConfig, { clock, log, random, counters }: CamerasDependencies): Promise<Camera> {
  const factory = await loadCameraSource(plan.source.type)
  if (factory === undefined) throw new AppError('config.invalid', `"${plan.source.type}" is no source of frames`)
  const own = log.child({ camera: plan.id })
  return createCamera(plan, {
    source: factory.create(plan.source as never, { clock, log: own }),
    clock,
    log: own,
    random,
    onDrop: (reason) => counters.add('frames_dropped', reason),
  })
}

function watchCamera(
  plan: CameraConfig,
  camera: Camera | undefined,
  dependencies: CamerasDependencies,
  stops: (() => Promise<void> | void)[],
): readonly CameraHealth[] {
  if (camera === undefined) return []
  const { images } = dependencies
  if (plan.keepEveryS !== undefined && images !== undefined) {
    const sink = spooledFrames(images)
    const keeper = startFrameKeeper(camera, plan.keepEveryS, { ...dependencies, sink })
    stops.push(() => keeper.stop())
  }
  const staleMs = plan.source.type === 'hot-folder' ? undefined : plan.staleS * 1000
  const health = startCameraHealth(camera, { intervalMs: plan.healthIntervalS * 1000, staleMs }, dependencies)
  stops.push(() => health.stop())
  camera.open()
  return [health]
}

function watchFrames(
  plan: WatchConfig,
  parts: CamerasDependencies & Pick<InspectionParts, 'cameras' | 'stops'>,
): { readonly condition: DeviceCondition } {
  const camera = parts.cameras.get(plan.camera)
  if (camera === undefined) throw new AppError('config.invalid', `"${plan.camera}" is no camera`)
  const log = parts.log.child({ watch: plan.id })
  const watch = startWatch(plan, { ...parts, log, host: visionOf(parts), reader: camera.reader() })
  parts.stops.push(() => watch.stop())
  return watch
}

function visionOf({ vision }: CamerasDependencies): VisionHost {
  if (vision === undefined) throw new AppError('model.invalid', 'nothing here judges frames')
  return vision
}

type Modules = ReadonlyMap<string, ModbusIo>

async function openModules(config: CamerasConfig, { clock, log }: CamerasDependencies): Promise<Modules> {
  const used = lineConnections(config.inspections)
  if (used.size === 0) return new Map()
  const { openModbusIo } = await import('../../firmware-bridge/line-io/modbus-io.ts')
  return new Map(
    config.connections
      .filter(({ id }) => used.has(id))
      .map(({ id, settings }) => [
        id,
        openModbusIo(settings as TcpSettings, { clock, log: log.child({ connection: id }) }),
      ]),
  )
}

type InspectionParts = CamerasDependencies & {
  readonly cameras: ReadonlyMap<string, Camera>
  readonly modules: Modules
  readonly stops: (() => Promise<void> | void)[]
}

async function startInspection(
  plan: InspectionConfig,
  parts: InspectionParts,
): Promise<readonly { readonly condition: DeviceCondition }[]> {
  const { stops, cameras, clock, counters } = parts
  const log = parts.log.child({ inspection: plan.id })
  const camera = cameras.get(plan.camera)
  if (camera === undefined) throw new AppError('config.invalid', `"${plan.camera}" is no camera`)
  const leaving = (): PictureChoice => parts.picturesNow?.(plan.id) ?? plan.pictures
  const inspector = await (parts.inspectorOf?.(plan) ??
    visionInspector({ ...plan, pictures: leaving }, visionOf(parts)))
  const { signals = 'reject', pulseMs = 200, failSafe = 'reject' } = plan.relay
  const relay = await openRelay(plan, parts)
  const sorter = createSorter({ signals, pulseMs, failSafe }, { relay, clock, log, counters })
  const onVerdict = (frame: Frame, { pass, judged }: Verdict, latencyMs: number): void => {
    if (judged === undefined) return
    const kept = parts.keepFrame?.(plan.id, frame.bytes)
    const detail = { picture: 'plain', ...(kept === undefined ? {} : { frame: kept }) }
    const about = { source: plan.id, frame, state: pass ? ('pass' as const) : ('reject' as const), latencyMs, detail }
    parts.emitEvent(visionEvent(judged, about), eventPicture(judged, leaving()))
  }
  const inspection = new Inspection(plan, { ...parts, log, inspector, sorter, onVerdict, reader: camera.reader() })
  stops.push(() => inspection.stop())
  const devices: { readonly condition: DeviceCondition }[] = [inspection]
  if (plan.trigger.type === 'frame') {
    const running = inspection.inspectEveryFrame()
    // Ends when the inspection or the camera stops.
    stops.push(() => void running)
  } else {
    const input = await openTrigger(plan, parts, (atMs) => inspection.trigger(atMs))
    stops.push(() => input.close())
    const onBack = (): void => inspection.report()
    const health = watchTrigger(plan.id, () => input.fault, { ...parts, log, onBack })
    stops.push(() => health.stop())
    devices.push(health)
  }
  return devices
}

async function openTrigger(
  { trigger }: InspectionConfig,
  { modules, clock, log }: InspectionParts,
  onTrigger: OnTrigger,
): Promise<TriggerInput> {
  const { edge = 'rising', debounceMs = 10 } = trigger.type === 'frame' ? {} : trigger
  if (trigger.type === 'modbus') {
    const { unitId = 1, table = 'discrete', address, pollMs = 5 } = trigger
    return moduleOf(modules, trigger.connection).trigger(
      { unitId, table, address, pollMs, edge, debounceMs },
      onTrigger,
    )
  }
  if (trigger.type === 'frame') throw new AppError('config.invalid', 'a frame is no input')
  const { openGpioTrigger } = await import('../../firmware-bridge/line-io/gpio.ts')
  const { chip, line, activeLow = false } = trigger
  return openGpioTrigger({ chip, line, activeLow, edge, debounceMs }, onTrigger, { clock, log })
}

async function openRelay({ relay }: InspectionConfig, { modules, clock, log }: InspectionParts): Promise<Relay> {
  if (relay.type === 'modbus') {
    return moduleOf(modules, relay.connection).relay({ unitId: relay.unitId ?? 1, coil: relay.coil })
  }
  const { openGpioRelay } = await import('../../firmware-bridge/line-io/gpio.ts')
  const { chip, line, activeLow = false } = relay
  return openGpioRelay({ chip, line, activeLow }, { clock, log })
}

function moduleOf(modules: Modules, connection: string): ModbusIo {
  const module = modules.get(connection)
  if (module === undefined) throw new AppError('config.invalid', `"${connection}" is no connection`)
  return module
}
