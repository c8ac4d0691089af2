// Reads gateway.yaml once, at the border: what comes out is complete, checked and frozen, or every fault is told at once.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Value } from 'typebox/value'
import { parseDocument } from 'yaml'
import { AppError, toAppError } from '../broker/contract/app-error.ts'
import type { LocalizedText, Site } from '../broker/contract/documents.ts'
import { gatewayDevice } from '../broker/contract/gateway-device.ts'
import type { GatewayIdentity } from '../broker/contract/topics.ts'
import type { DriverSchemas } from '../firmware-bridge/driver.ts'
import type { DriverRegistry } from '../firmware-bridge/drivers/registry.ts'
import { deviceUnits } from '../firmware-bridge/device-units.ts'
import { calibrationFaults, type Calibrations } from './calibration.ts'
import {
  type CameraConfig,
  cameraFaults,
  completedCameras,
  completedInspections,
  completedWatches,
  packageAt,
  type InspectionConfig,
  type InspectionModelCheck,
  type WatchConfig,
} from './cameras/camera-config.ts'
import type { PackageTrust } from './checks/checked-package.ts'
import { type Fault, schemaFaults } from './config-faults.ts'
import { CalibrationSchema, GatewayFile } from './config-schema.ts'
import type { Channel } from './device-channels.ts'
import { areaFaults, completedImages, imagesFaults, type ImagesConfig } from './images/images-config.ts'
import { circuitFaults, completedCircuits } from './inference/circuit-config.ts'
import type { LightingCircuit } from './inference/lighting-circuit.ts'
import type { Priority } from './outbox/message.ts'
import { uplinkDefaults } from './uplink/uplink.ts'

const estPort = 8444

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
  }
  readonly outbox: {
    readonly maxBytes: number
    readonly maxMemoryBytes: number
    readonly groupCommitMs: number
    readonly lingerMs: number
  }
  readonly uplink: Readonly<Record<keyof typeof uplinkDefaults, number>>
  readonly health: { readonly intervalS: number; readonly port: number | undefined }
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
  const syntax = document.errors.map(({ message }) => ({ path: '/', message }))
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

type Checkable = Pick<
  GatewayFile,
  'sites' | 'connections' | 'devices' | 'hub' | 'images' | 'cameras' | 'inspections' | 'circuits' | 'modelTrust'
>

/** With faults of shape elsewhere, what refers to each other is still checked, as far as it has a shape. */
function soundParts(value: unknown): Checkable {
  const root = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  const entries = (key: string): Readonly<Record<string, unknown>>[] => {
    const list = root[key]
    return Array.isArray(list)
      ? (list.map((entry: unknown) => (typeof entry === 'object' ? entry : null) ?? {}) as never)
      : []
  }
  const hub = (typeof root['hub'] === 'object' ? root['hub'] : null) ?? { url: '' }
  const lists = ['sites', 'connections', 'devices', 'cameras', 'inspections', 'vision'] as const
  const { keys } = Object(root['modelTrust']) as { readonly keys?: unknown }
  const modelTrust = { keys: Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [] }
  return { hub, modelTrust, ...Object.fromEntries(lists.map((key) => [key, entries(key)])) } as unknown as Checkable
}

async function referenceFaults(file: Checkable, folder: string, sources: ConfigSources): Promise<readonly Fault[]> {
  const sites = file.sites ?? []
  const { loadProfile } = sources
  const drivers = await driverSchemas(file.connections, sources.drivers)
  const devices = await Promise.all(
    file.devices.map((device, index) =>
      deviceFaults(device, `/devices/${index}`, { file, folder, loadProfile, drivers }),
    ),
  )
  return [
    ...hubFaults(file.hub),
    ...circuitFaults(file.circuits, new Set(file.devices.map(({ id }) => id))),
    ...imagesFaults(file.images, file.hub.certificate !== undefined),
    ...areaFaults(sites),
    ...duplicateFaults('sites', sites),
    ...duplicateFaults('connections', file.connections),
    ...duplicateFaults('devices', file.devices),
    ...file.connections.flatMap((connection, index) => {
      return connectionFaults(connection, `/connections/${index}`, { drivers, types: sources.drivers.types })
    }),
    ...devices.flat(),
    ...(await keyFaults(file.modelTrust?.keys ?? [], folder, sources)),
    ...(await cameraFaults(file, (model, use) => {
      return (sources.inspectionModel ?? refuseModel)(packageAt(model, folder), use)
    })),
  ]
}

async function keyFaults(
  keys: readonly string[],
  folder: string,
  { modelKey }: ConfigSources,
): Promise<readonly Fault[]> {
  if (modelKey === undefined) return []
  const misfits = await Promise.all(keys.map((key) => modelKey(resolve(folder, key))))
  return misfits.flatMap((message, index) =>
    message === undefined ? [] : [{ path: `/modelTrust/keys/${index}`, message }],
  )
}

async function refuseModel(model: string): Promise<string> {
  return `"${model}" is no model package that judges frames; remove what names it`
}

/** The schemas of the drivers that connections name, by type; a type that is not known is not in it. */
async function driverSchemas(
  connections: Checkable['connections'],
  registry: DriverRegistry,
): Promise<ReadonlyMap<string, DriverSchemas>> {
  const schemas = new Map<string, DriverSchemas>()
  for (const type of new Set(connections.map((connection) => connection.type))) {
    const factory = await registry.load(type)
    if (factory !== undefined) schemas.set(type, await factory.schemas())
  }
  return schemas
}

function hubFaults(hub: GatewayFile['hub']): readonly Fault[] {
  const secured = typeof hub.url === 'string' && hub.url.startsWith('mqtts:')
  const given = [hub.ca, hub.certificate, hub.key]
  if (secured && given.includes(undefined)) {
    return [{ path: '/hub', message: 'with mqtts:// needs ca, certificate and key, e.g. ca: ca.cert.pem' }]
  }
  return []
}

function duplicateFaults(list: string, entries: readonly { readonly id?: unknown }[]): readonly Fault[] {
  const firstIndex = new Map<unknown, number>()
  return entries.flatMap(({ id }, index) => {
    const first = firstIndex.get(id)
    if (first === undefined) firstIndex.set(id, index)
    if (typeof id !== 'string' || first === undefined) return []
    return [
      { path: `/${list}/${index}/id`, message: `"${id}" is already the id of /${list}/${first}, e.g. id: ${id}-2` },
    ]
  })
}

function connectionFaults(
  connection: GatewayFile['connections'][number],
  at: string,
  { drivers, types }: { readonly drivers: ReadonlyMap<string, DriverSchemas>; readonly types: readonly string[] },
): readonly Fault[] {
  const { id: _, type, ...settings } = connection
  if (typeof type !== 'string') return []
  const schemas = drivers.get(type)
  if (schemas !== undefined) return schemaFaults(schemas.connection, settings, at)
  return [{ path: `${at}/type`, message: `"${type}" is not a driver; known are ${types.join(', ')}` }]
}

interface Surroundings {
  readonly file: Checkable
  readonly folder: string
  readonly loadProfile: ConfigSources['loadProfile']
  readonly drivers: ReadonlyMap<string, DriverSchemas>
}

async function deviceFaults(
  device: GatewayFile['devices'][number],
  at: string,
  { file, folder, loadProfile, drivers }: Surroundings,
): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  const unknown = (key: 'site' | 'connection', ids: readonly string[]): void => {
    if (typeof device[key] !== 'string' || ids.includes(device[key])) return
    const example = ids[0] === undefined ? `add one to /${key}s` : `e.g. ${key}: ${ids[0]}`
    faults.push({ path: `${at}/${key}`, message: `"${device[key]}" is not in /${key}s, ${example}` })
  }
  unknown(
    'site',
    (file.sites ?? []).map(({ id }) => id),
  )
  unknown(
    'connection',
    file.connections.map(({ id }) => id),
  )
  if (device.id === gatewayDevice) {
    faults.push({ path: `${at}/id`, message: `"${gatewayDevice}" is the gateway itself, e.g. id: level-1` })
  }
  for (const [channel, calibration] of Object.entries(device.calibration ?? {})) {
    const own = `${at}/calibration/${channel}`
    if (Value.Check(CalibrationSchema, calibration)) faults.push(...calibrationFaults(calibration, own))
  }
  const type = file.connections.find(({ id }) => id === device.connection)?.type
  const schemas = type === undefined ? undefined : drivers.get(type)
  if (schemas !== undefined) faults.push(...schemaFaults(schemas.address, device.address ?? {}, `${at}/address`))
  return [...faults, ...(await profileFaults(device, at, { folder, loadProfile, type, schemas }))]
}

async function profileFaults(
  device: GatewayFile['devices'][number],
  at: string,
  given: Pick<Surroundings, 'folder' | 'loadProfile'> & {
    readonly type: string | undefined
    readonly schemas: DriverSchemas | undefined
  },
): Promise<readonly Fault[]> {
  if (typeof device.profile !== 'string') return []
  try {
    const profile = await given.loadProfile(profilePath(device.profile, given.folder))
    const faults: Fault[] = []
    if (given.schemas !== undefined && !Value.Check(given.schemas.profile, profile)) {
      faults.push({
        path: `${at}/profile`,
        message: `"${device.profile}" is not a profile for ${given.type} connections`,
      })
    } else {
      const misfit = given.schemas?.fits?.(device.address ?? {}, profile)
      if (misfit !== undefined) faults.push({ path: `${at}/address`, message: misfit })
    }
    const channels = profile.channels.map(({ id }) => id)
    for (const channel of Object.keys(device.calibration ?? {}).filter((id) => !channels.includes(id))) {
      faults.push({
        path: `${at}/calibration/${channel}`,
        message: `is not a channel of ${profile.id}, e.g. ${channels[0] ?? 'none is listed there'}`,
      })
    }
    return faults
  } catch (error) {
    return [{ path: `${at}/profile`, message: toAppError(error, 'config.invalid').message }]
  }
}

function profilePath(profile: string, folder: string): string {
  return /[/\\]|\.ya?ml$/.test(profile) ? resolve(folder, profile) : profile
}

/** The hub's EST listener, `host:port`. */
function estAddress({ url, est, certificate }: GatewayFile['hub']): string | undefined {
  if (certificate === undefined) return undefined
  return est === undefined ? `${new URL(url).hostname}:${estPort}` : new URL(est).host
}

async function completed(file: GatewayFile, folder: string, sources: ConfigSources): Promise<GatewayConfig> {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path))
  const { url, ca, certificate, key } = file.hub
  return {
    identity: { tenant: file.tenant, gateway: file.gateway },
    label: file.label ?? { ja: file.gateway, en: file.gateway },
    dataFolder: resolve(folder, file.data),
    hub: { url, ca: at(ca), certificate: at(certificate), key: at(key), est: estAddress(file.hub) },
    outbox: { ...outboxDefaults, ...file.outbox },
    uplink: { ...uplinkDefaults, ...file.uplink },
    health: { intervalS: file.health?.intervalS ?? 30, port: file.health?.port },
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
    images: file.images && completedImages(file.images, folder, url),
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
