// Whether the sections of gateway.yaml fit to each other, to the drivers and to the files that they name.
import { resolve } from 'node:path'
import { Value } from 'typebox/value'
import { toAppError } from '../broker/contract/app-error.ts'
import { gatewayDevice } from '../broker/contract/gateway-device.ts'
import type { DriverSchemas } from '../firmware-bridge/driver.ts'
import type { DriverRegistry } from '../firmware-bridge/drivers/registry.ts'
import { calibrationFaults } from './calibration.ts'
import { cameraFaults, packageAt } from './cameras/camera-config.ts'
import type { ConfigSources } from './config.ts'
import { type Fault, schemaFaults } from './config-faults.ts'
import { CalibrationSchema, type GatewayFile } from './config-schema.ts'
import { flowsFaults } from './flows/flows-config.ts'
import { areaFaults, imagesFaults } from './images/images-config.ts'
import { circuitFaults } from './inference/circuit-config.ts'

/** The sections that refer to each other. */
type Checkable = Pick<
  GatewayFile,
  | 'sites'
  | 'connections'
  | 'devices'
  | 'hub'
  | 'images'
  | 'cameras'
  | 'inspections'
  | 'circuits'
  | 'modelTrust'
  | 'flows'
  | 'deployment'
>

/** With faults of shape elsewhere, what refers to each other is still checked, as far as it has a shape. */
export function soundParts(value: unknown): Checkable {
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
  const flows = { flows: root['flows'] }
  return {
    hub,
    modelTrust,
    ...flows,
    ...Object.fromEntries(lists.map((key) => [key, entries(key)])),
  } as unknown as Checkable
}

export async function referenceFaults(
  file: Checkable,
  folder: string,
  sources: ConfigSources,
): Promise<readonly Fault[]> {
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
    ...(await flowsFaults(file.flows, {
      folder,
      drivers,
      devices: file.devices,
      connections: file.connections,
      loadProfile: (profile) => loadProfile(profilePath(profile, folder)),
    })),
    ...(await keyFaults('/modelTrust/keys', file.modelTrust?.keys ?? [], folder, sources)),
    ...(await keyFaults('/deployment/keys', file.deployment?.keys ?? [], folder, sources)),
    ...(await cameraFaults(file, (model, use) => {
      return (sources.inspectionModel ?? refuseModel)(packageAt(model, folder), use)
    })),
  ]
}

async function keyFaults(
  at: string,
  keys: readonly string[],
  folder: string,
  { modelKey }: ConfigSources,
): Promise<readonly Fault[]> {
  if (modelKey === undefined) return []
  const misfits = await Promise.all(keys.map((key) => modelKey(resolve(folder, key))))
  return misfits.flatMap((message, index) => (message === undefined ? [] : [{ path: `${at}/${index}`, message }]))
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

/** An id stays as it is; a path is taken relative to the configuration. */
export function profilePath(profile: string, folder: string): string {
  return /[/\\]|\.ya?ml$/.test(profile) ? resolve(folder, profile) : profile
}
