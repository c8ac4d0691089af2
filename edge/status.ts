// What a gateway says of itself to the hub: the birth, the announced end and the last will.
import { basename } from 'node:path'
import type {
  DeviceDescription,
  InspectionDescription,
  SeriesDescription,
  StatusDocument,
} from '../broker/contract/documents.ts'
import type { GatewayCondition } from '../broker/contract/gateway-condition.ts'
import { gatewayDevice } from '../broker/contract/gateway-device.ts'
import { cameraDevices } from './cameras/camera-devices.ts'
import { describeCalibration } from './calibration.ts'
import type { GatewayConfig } from './config.ts'
import type { DeviceChannels } from './device-channels.ts'
import { flowDevice } from './flows/flows-config.ts'

export interface StatusSources {
  readonly config: Pick<GatewayConfig, 'label' | 'sites' | 'devices' | 'health'> &
    Partial<Pick<GatewayConfig, 'cameras' | 'inspections' | 'watches' | 'flows'>>
  readonly channels: DeviceChannels
  readonly agentVersion: string
  readonly epoch: () => string
  readonly models: () => readonly { readonly id: string; readonly version: string }[]
  /** Packages that are not used, and why. */
  readonly refused?: () => readonly { readonly folder: string; readonly message: string }[]
  readonly inspections?: () => readonly InspectionDescription[]
  readonly condition?: () => GatewayCondition
  /** What the hub may ask; see CommandDocument. */
  readonly offers?: readonly NonNullable<StatusDocument['commands']>[number][]
  readonly nowMs: () => number
}

/** `shutdown` and `lost` are short: the hub keeps what the birth told it. */
export function statusDocument(state: 'online' | 'shutdown' | 'lost', sources: StatusSources): StatusDocument {
  const common = { v: 1, timeMs: sources.nowMs(), epoch: sources.epoch() } as const
  if (state !== 'online') return { ...common, state: 'offline', reason: state }
  return {
    ...common,
    state: 'online',
    agent: sources.agentVersion,
    label: sources.config.label,
    sites: [...sources.config.sites],
    devices: describedDevices(sources),
    models: sources.models().map(({ id, version }) => ({ id, version })),
    ...inspectionsOf(sources),
    ...(sources.offers === undefined ? {} : { commands: [...sources.offers] }),
    ...refusedModels(sources),
    ...conditionOf(sources),
  }
}

/** What is new since the birth, for those who look after the gateway: it describes nothing, and the hub keeps what the birth told it. */
export function conditionDocument(sources: StatusSources): StatusDocument {
  return { v: 1, timeMs: sources.nowMs(), epoch: sources.epoch(), state: 'online', ...conditionOf(sources) }
}

function conditionOf({ condition }: StatusSources): Pick<StatusDocument, 'condition'> {
  return condition === undefined ? {} : { condition: condition() }
}

function inspectionsOf({ inspections }: StatusSources): Pick<StatusDocument, 'inspections'> {
  const list = inspections?.() ?? []
  return list.length === 0 ? {} : { inspections: list.slice(0, 100) }
}

/** The last part of the package's place is what a person configured. */
function refusedModels({ refused }: StatusSources): Pick<StatusDocument, 'refusedModels'> {
  const list = refused?.() ?? []
  if (list.length === 0) return {}
  return {
    refusedModels: list
      .slice(0, 100)
      .map(({ folder, message }) => ({ package: basename(folder).slice(0, 64), reason: message.slice(0, 500) })),
  }
}

/** An overdue calibration is seen at the hub by its day; it changes no reading. */
function withCalibration(
  series: SeriesDescription,
  { id, calibration }: Pick<GatewayConfig['devices'][number], 'id' | 'calibration'>,
): SeriesDescription {
  const own = calibration[series.name.slice(id.length + 1)]
  return own === undefined ? series : { ...series, calibration: describeCalibration(own) }
}

/** What flows send, when they have something to say: no interval is expected of it. */
const flowIntervalS = 86_400

function describedFlows({ config, channels }: Pick<StatusSources, 'config' | 'channels'>): DeviceDescription[] {
  if (config.flows === undefined || config.flows.channels.length === 0) return []
  const label = { ja: 'フロー', en: 'Flows' }
  return [{ id: flowDevice, profile: 'flow', label, series: channels.series(flowDevice, flowIntervalS) }]
}

function describedDevices({ config, channels }: StatusSources): DeviceDescription[] {
  const gatewaySite = config.sites.find(({ kind }) => kind === 'gateway')
  const gateway: DeviceDescription = {
    id: gatewayDevice,
    ...(gatewaySite === undefined ? {} : { site: gatewaySite.id }),
    profile: 'gateway-health',
    label: config.label,
    series: channels.series(gatewayDevice, config.health.intervalS),
  }
  const devices = config.devices.map((device) => ({
    id: device.id,
    ...(device.site === undefined ? {} : { site: device.site }),
    profile: device.profile.id,
    label: device.label,
    series: channels.series(device.id, device.intervalS).map((series) => withCalibration(series, device)),
  }))
  const cameras = cameraDevices(config).map(({ id, site, profile, label, intervalS }) => ({
    id,
    ...(site === undefined ? {} : { site }),
    profile: profile.id,
    label,
    series: channels.series(id, intervalS),
  }))
  return [gateway, ...devices, ...cameras, ...describedFlows({ config, channels })]
}
