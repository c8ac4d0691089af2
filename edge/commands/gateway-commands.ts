// Which commands this gateway knows; a new one is a line here or in care.ts.
import { AppError } from '../../broker/contract/app-error.ts'
import type { StatusDocument } from '../../broker/contract/documents.ts'
import { gatewayKey } from '../../broker/contract/topics.ts'
import type { Cameras } from '../cameras/cameras.ts'
import type { GatewayConfig } from '../config.ts'
import type { FieldDevice } from '../field-devices.ts'
import type { MachineGauges } from '../health.ts'
import type { PictureSwitch } from '../cameras/picture-switch.ts'
import type { AskedPicture } from '../teach/teach-part.ts'
import type { Teaching } from '../teach/teaching.ts'
import { type AskedFrame, type Care, frameLimitMs, openCare } from './care.ts'
import { type CommandHandler, type CommandPorts, type Commands, createCommands } from './commands.ts'
import type { LogTail } from './log-tail.ts'
import type { HubDoor } from './report-request.ts'
import type { SetConfigPlaces } from '../deployment/set-config.ts'

type Offer = NonNullable<StatusDocument['commands']>[number]

export interface GatewayCommands extends Commands {
  /** What the hub is told that it may ask. */
  readonly offers: readonly Offer[]
  stop(): Promise<void>
}

/** What the main gives. */
export interface CareDependencies {
  /** With which the agent was started. */
  readonly configPlaces: SetConfigPlaces
  readonly agentVersion: string
  readonly machine: Pick<MachineGauges, 'rssBytes'>
  readonly tail: LogTail
  /** `/sys/class/leds` */
  readonly ledsFolder: string
  /** Asks the main for a stop and a start anew in the same process, with the configuration read again; returns at once. */
  readonly restart: () => void
}

/** What the agent is at the moment of a command; it begins with less than it ends with. */
export interface AgentView {
  readonly teaching: Teaching | undefined
  readonly pictures: PictureSwitch | undefined
  readonly devices: () => readonly FieldDevice[]
  readonly cameras: () => Cameras | undefined
  /** As on `/metrics`. */
  readonly metrics: () => string
  readonly publishLog: (payload: Uint8Array) => boolean
}

type Ports = Omit<CommandPorts, 'handlers'>

export function openGatewayCommands(
  config: GatewayConfig,
  dependencies: CareDependencies,
  { view, ...ports }: Ports & { readonly view: AgentView },
): GatewayCommands {
  const cameras = config.cameras.filter(({ remoteFrames }) => remoteFrames).map(({ id }) => id)
  const frameOf = (camera: string) => (signal: AbortSignal) => nextFrame(view, camera, signal)
  const { clock, log } = ports
  const care = openCare({
    ...dependencies,
    ...view,
    dataFolder: config.dataFolder,
    hub: doorOf(config),
    led: config.led,
    facts: () => factsOf(config, dependencies, view),
    cameras: new Map(cameras.map((camera) => [camera, frameOf(camera)])),
    clock,
    log,
  })
  const handlers = new Map<string, CommandHandler>(care.handlers)
  const { teaching } = view
  if (teaching !== undefined) {
    handlers.set('correct-verdict', (given) => teaching.correct(given))
    handlers.set('teach', (given, command) =>
      teaching.teach(given, (camera) => askedPicture(camera, command, { view, care, cameras })),
    )
  }
  const { pictures } = view
  if (pictures !== undefined) handlers.set('pictures', (given) => pictures.command(given))
  const inspections = config.inspections.map(({ id }) => id)
  const choices = new Map([
    ['frame', cameras],
    ['teach', [...(teaching?.lines ?? [])]],
    ['pictures', inspections],
  ])
  const offers = [...handlers.keys()].map((kind) => {
    const of = choices.get(kind)
    return of === undefined ? { kind } : { kind, choices: of }
  })
  return { ...createCommands({ ...ports, handlers }), offers, stop: () => care.stop() }
}

/** The next frame of a camera, shown at the hub only where its frames may leave. */
function askedPicture(
  camera: string,
  command: string,
  { view, care, cameras }: { readonly view: AgentView; readonly care: Care; readonly cameras: readonly string[] },
): AskedPicture {
  let frame: AskedFrame | undefined
  const { sendFrame } = care
  const mayLeave = cameras.includes(camera) && sendFrame !== undefined
  return {
    command,
    async take() {
      frame = await nextFrame(view, camera, AbortSignal.timeout(frameLimitMs))
      return frame.bytes
    },
    show: mayLeave
      ? async () => {
          if (frame === undefined) throw new AppError('internal', 'nothing was taken')
          return (await sendFrame(frame, camera, command)).file
        }
      : undefined,
  }
}

function doorOf({ hub }: GatewayConfig): HubDoor | undefined {
  const { https: url, ca: caFile, certificate: certificateFile, key: keyFile } = hub
  if (caFile === undefined || certificateFile === undefined || keyFile === undefined) return undefined
  return { url, caFile, certificateFile, keyFile }
}

function factsOf(
  { identity, dataFolder }: GatewayConfig,
  { agentVersion, machine, tail }: CareDependencies,
  { devices, metrics }: AgentView,
) {
  return {
    gateway: gatewayKey(identity),
    dataFolder,
    agentVersion,
    rssBytes: machine.rssBytes(),
    devices: devices().map(({ plan, condition }) => ({ id: plan.device, condition })),
    metrics: metrics(),
    log: tail.last(),
  }
}

async function nextFrame({ cameras }: AgentView, camera: string, signal: AbortSignal): Promise<AskedFrame> {
  const open = cameras()
  if (open === undefined) return Promise.reject(signal.reason)
  return open.nextFrame(camera, signal)
}
