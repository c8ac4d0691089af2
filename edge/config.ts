// Reads gateway.yaml once, at the border: what comes out is complete, checked and frozen, or every fault is told at once.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { AppError } from '../broker/contract/app-error.ts'
import type { LocalizedText, Site } from '../broker/contract/documents.ts'
import type { GatewayIdentity } from '../broker/contract/topics.ts'
import type { DriverRegistry } from '../firmware-bridge/drivers/registry.ts'
import { deviceUnits } from '../firmware-bridge/device-units.ts'
import type { Calibrations } from './calibration.ts'
import {
  type CameraConfig,
  completedCameras,
  completedInspections,
  completedWatches,
  type InspectionConfig,
  type InspectionModelCheck,
  type WatchConfig,
} from './cameras/camera-config.ts'
import type { PackageTrust } from './checks/checked-package.ts'
import { type Fault, schemaFaults } from './config-faults.ts'
import { profilePath, referenceFaults, soundParts } from './config-references.ts'
import { GatewayFile } from './config-schema.ts'
import { completedDeployment, type DeploymentConfig } from './deployment/deployment-config.ts'
import type { Channel } from './device-channels.ts'
import { completedFlows, type FlowsConfig } from './flows/flows-config.ts'
import { completedImages, type ImagesConfig } from './images/images-config.ts'
import { completedCircuits } from './inference/circuit-config.ts'
import type { LightingCircuit } from './inference/lighting-circuit.ts'
import type { LocalPageConfig } from './local-page/local-page.ts'
import { completedLocalPage } from './local-page/local-page-schema.ts'
import type { Priority } from './outbox/message.ts'
import { uplinkDefaults } from './uplink/uplink.ts'

const estPort = 8444
const httpsPort = 8443

/** What the agent needs of a profile, whatever its driver. */
interface LoadedProfile {
  readonly id: string
  readonly label: LocalizedText
  readonly channels: readonly { readonly id: string; readonly label: LocalizedText; readonly unit?: string }[]
}

export interface ConfigSources {
  readonly drivers: DriverRegistry
  /** By id or absolute path. Throws AppError `not-found` or `config.invalid`. */
  readonly loadProfile: (idOrPath: string) => Promise<LoadedProfile>
  /** Absent: no model judges frames. */
  readonly inspectionModel?: InspectionModelCheck
  /** Why the key in a file (absolute path) cannot check packages; undefined where it can. Absent: keys are not looked at. */
  readonly modelKey?: (file: string) => Promise<string | undefined>
}

interface ConnectionConfig {
  readonly id: string
  /** Of the driver. */
  readonly type: string
  readonly settings: unknown
}

export interface DeviceConfig {
  readonly id: string
  readonly site: string | undefined
  readonly connection: string
  readonly profile: LoadedProfile
  readonly address: unknown
  readonly intervalS: number
  readonly timeoutMs: number
  readonly retries: number
  readonly priority: Priority
  readonly label: LocalizedText
  readonly calibration: Calibrations
  readonly channels: readonly Omit<Channel, 'declared'>[]
}

export interface GatewayConfig {
  readonly identity: GatewayIdentity
  readonly label: LocalizedText
  readonly dataFolder: string
  readonly hub: {
    readonly url: string
    readonly ca: string | undefined
    readonly certificate: string | undefined
    readonly key: string | undefined
    /** `host:port` where the certificate is renewed; undefined without certificate. */
    readonly est: string | undefined
    /** `https://host:port` where files are exchanged. */
    readonly https: string
  }
  readonly outbox: {
    readonly maxBytes: number
    readonly maxMemoryBytes: number
    readonly groupCommitMs: number
    readonly lingerMs: number
  }
  readonly uplink: Readonly<Record<keyof typeof uplinkDefaults, number>>
  readonly health: { readonly intervalS: number; readonly port: number | undefined }
  /** Undefined: nothing listens for the engineer. */
  readonly localPage: LocalPageConfig | undefined
  /** The light of the board that blinks when somebody looks for it; undefined: the likeliest one. */
  readonly led: string | undefined
  readonly sites: readonly Site[]
  readonly connections: readonly ConnectionConfig[]
  readonly devices: readonly DeviceConfig[]
  readonly models: readonly { readonly package: string; readonly inputs: readonly string[] }[]
  readonly circuits: readonly LightingCircuit[]
  readonly modelTrust: PackageTrust
  readonly cameras: readonly CameraConfig[]
  readonly inspections: readonly InspectionConfig[]
  /** The section `vision`. */
  readonly watches: readonly WatchConfig[]
  /** Undefined: this gateway sends no images. */
  readonly images: ImagesConfig | undefined
  /** Undefined: nothing of the flows is loaded. */
  readonly flows: FlowsConfig | undefined
  /** Undefined: this gateway takes no updates. */
  readonly deployment: DeploymentConfig | undefined
}

const outboxDefaults = { maxBytes: 268_435_456, maxMemoryBytes: 8_388_608, groupCommitMs: 200, lingerMs: 10 } as const
const deviceDefaults = { timeoutMs: 1000, retries: 2, priority: 'normal' } as const
/** Connection keys that name a file, taken relative to the configuration. */
const fileKeys = ['file', 'passwordFile', 'usersFile', 'ca', 'certificate', 'key'] as const

/** Throws AppError `config.invalid` whose message lists every fault with its path and an example. */
export async function loadConfig(path: string, sources: ConfigSources): Promise<GatewayConfig> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new AppError('config.invalid', `the configuration ${path} cannot be read`, { cause })
  }
  return parseConfig(text, path, sources)
}

/** As loadConfig, from text; `path` names the file in messages and is where relative paths begin. */
export async function parseConfig(text: string, path: string, sources: ConfigSources): Promise<GatewayConfig> {
  const value = parsedYaml(text, path)
  const shape = schemaFaults(GatewayFile, value)
  const sound = shape.length === 0
  const file = value as GatewayFile
  const faults = [...shape, ...(await referenceFaults(sound ? file : soundParts(value), dirname(path), sources))]
  if (faults.length > 0) throw invalid(path, faults)
  return completed(file, dirname(path), sources)
}

function parsedYaml(text: string, path: string): unknown {
  const document = parseDocument(text, { prettyErrors: true })
  // What is wrong and where; the lines that follow quote the file, and a password may stand in them.
  const syntax = document.errors.map(({ message }) => ({ path: '/', message: message.split(':\n', 1)[0] ?? '' }))
  if (syntax.length > 0) throw invalid(path, syntax)
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (thrown) {
    // An alias that is not defined, or a small document that would unfold to a huge one.
    throw invalid(path, [{ path: '/', message: thrown instanceof Error ? thrown.message : String(thrown) }])
  }
}

function invalid(path: string, faults: readonly Fault[]): AppError {
  const lines = faults.map((fault) => `  ${fault.path} ${fault.message}`)
  return new AppError(
    'config.invalid',
    `${path} has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${lines.join('\n')}`,
  )
}

/** The hub's EST listener, `host:port`. */
function estAddress({ url, est, certificate }: GatewayFile['hub']): string | undefined {
  if (certificate === undefined) return undefined
  return est === undefined ? `${new URL(url).hostname}:${estPort}` : new URL(est).host
}

async function completed(file: GatewayFile, folder: string, sources: ConfigSources): Promise<GatewayConfig> {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path))
  const { url, ca, certificate, key } = file.hub
  const https = file.hub.https ?? `https://${new URL(url).hostname}:${httpsPort}`
  return {
    identity: { tenant: file.tenant, gateway: file.gateway },
    label: file.label ?? { ja: file.gateway, en: file.gateway },
    dataFolder: resolve(folder, file.data),
    hub: { url, ca: at(ca), certificate: at(certificate), key: at(key), est: estAddress(file.hub), https },
    outbox: { ...outboxDefaults, ...file.outbox },
    uplink: { ...uplinkDefaults, ...file.uplink },
    health: { intervalS: file.health?.intervalS ?? 30, port: file.health?.port },
    localPage: completedLocalPage(file.localPage),
    led: file.identify?.led,
    sites: file.sites ?? [],
    connections: file.connections.map((connection) => completedConnection(connection, folder)),
    devices: await Promise.all(file.devices.map((device) => completedDevice(device, folder, sources))),
    models: file.models ?? [],
    circuits: completedCircuits(file.circuits),
    modelTrust: {
      keyFiles: (file.modelTrust?.keys ?? []).map((path) => resolve(folder, path)),
      allowUnsigned: file.modelTrust?.allowUnsigned ?? false,
    },
    cameras: completedCameras(file, folder),
    inspections: completedInspections(file, folder),
    watches: completedWatches(file, folder),
    images: file.images && completedImages(file.images, folder, https),
    flows: completedFlows(file.flows, folder),
    deployment: file.deployment && completedDeployment(file.deployment, folder),
  }
}

function completedConnection(
  { id, type, ...settings }: GatewayFile['connections'][number],
  folder: string,
): ConnectionConfig {
  const resolved: Record<string, unknown> = { ...settings }
  for (const key of fileKeys) {
    const path = resolved[key]
    if (typeof path === 'string') resolved[key] = resolve(folder, path)
  }
  return { id, type, settings: resolved }
}

async function completedDevice(
  device: GatewayFile['devices'][number],
  folder: string,
  { loadProfile }: ConfigSources,
): Promise<DeviceConfig> {
  const profile = await loadProfile(profilePath(device.profile, folder))
  return {
    ...deviceDefaults,
    ...device,
    site: device.site,
    profile,
    address: device.address ?? {},
    label: device.label ?? profile.label,
    calibration: device.calibration ?? {},
    channels: profile.channels.map(({ id, label, unit }) => ({
      id,
      label,
      unit: unit === undefined ? undefined : deviceUnits.toPrimary(0, unit)?.unit,
    })),
  }
}
