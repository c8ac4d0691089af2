// The section `flows` complete, and the faults that its shape alone does not show.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { LocalizedText } from '../../broker/contract/documents.ts'
import { deviceUnits } from '../../firmware-bridge/device-units.ts'
import type { DriverSchemas } from '../../firmware-bridge/driver.ts'
import type { Fault } from '../config-faults.ts'
import { flowFaults } from './flow-file.ts'
import type { FlowsFile } from './flows-config-schema.ts'

interface FlowChannelConfig {
  readonly id: string
  /** As configured; what travels is its SenML primary unit. */
  readonly unit: string | undefined
  readonly label: LocalizedText
  readonly min: number
  readonly max: number
}

export interface SetpointConfig {
  readonly id: string
  readonly device: string
  readonly channel: string
  readonly min: number
  readonly max: number
  readonly maxPerS: number | undefined
  readonly failSafe: number
  readonly renewWithinS: number | undefined
}

export interface FlowsConfig {
  /** The deployed flows. */
  readonly file: string
  readonly maxMemoryMb: number
  readonly editor: boolean
  readonly channels: readonly FlowChannelConfig[]
  readonly setpoints: readonly SetpointConfig[]
}

/** The device under which flows send readings. */
export const flowDevice = 'flow'
const defaultMemoryMb = 200

/** `folder` is where relative paths begin. */
export function completedFlows(file: FlowsFile | undefined, folder: string): FlowsConfig | undefined {
  if (file === undefined) return undefined
  return {
    file: resolve(folder, file.file),
    maxMemoryMb: file.maxMemoryMb ?? defaultMemoryMb,
    editor: file.editor ?? false,
    channels: (file.channels ?? []).map(({ id, unit, label, min, max }) => ({
      id,
      unit,
      label: label ?? { ja: id, en: id },
      min: min ?? -Infinity,
      max: max ?? Infinity,
    })),
    setpoints: (file.setpoints ?? []).map((setpoint) => ({
      ...setpoint,
      maxPerS: setpoint.maxPerS,
      renewWithinS: setpoint.renewWithinS,
    })),
  }
}

interface ConfiguredDevice {
  readonly id: string
  readonly connection: string
  readonly profile: string
}

export interface FlowSurroundings {
  readonly folder: string
  readonly devices: readonly ConfiguredDevice[]
  readonly connections: readonly { readonly id: string; readonly type: string }[]
  /** By type of connection. */
  readonly drivers: ReadonlyMap<string, DriverSchemas>
  /** By what a device names. Throws for one that is not there, which is told at the device. */
  readonly loadProfile: (profile: string) => Promise<unknown>
}

/** `file` need not fit its schema: what has no shape is passed over here, and told there. */
export async function flowsFaults(file: FlowsFile | undefined, around: FlowSurroundings): Promise<readonly Fault[]> {
  if (typeof file !== 'object' || file === null) return []
  const channels = objects(file.channels)
  const setpoints = objects(file.setpoints)
  const ofSetpoints = await Promise.all(
    setpoints.map((setpoint, index) => setpointFaults(setpoint, `/flows/setpoints/${index}`, around)),
  )
  return [
    ...around.devices.flatMap(({ id }, index) =>
      id === flowDevice
        ? [{ path: `/devices/${index}/id`, message: `"${flowDevice}" is what flows send, e.g. id: level-1` }]
        : [],
    ),
    ...repeated(channels.map(({ id }) => id)).map((index) => ({
      path: `/flows/channels/${index}/id`,
      message: 'is the id of an earlier channel, e.g. id: pump-on-2',
    })),
    ...repeated(setpoints.map(({ id }) => id)).map((index) => ({
      path: `/flows/setpoints/${index}/id`,
      message: 'is the id of an earlier setpoint, e.g. id: pump-2',
    })),
    ...repeated(setpoints.map(({ device, channel }) => `${device}:${channel}`)).map((index) => ({
      path: `/flows/setpoints/${index}/channel`,
      message: 'is set by an earlier setpoint already; keep one of the two',
    })),
    ...channels.flatMap((channel, index) => channelFaults(channel, `/flows/channels/${index}`)),
    ...ofSetpoints.flat(),
    ...(await fileFaults(file, around.folder)),
  ]
}

function objects<T extends object>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? list.map((entry: unknown) => Object(entry) as T) : []
}

/** Places of values that came before. */
function repeated(values: readonly unknown[]): readonly number[] {
  return values.flatMap((value, index) => (value !== undefined && values.indexOf(value) < index ? [index] : []))
}

function channelFaults(
  { unit, min, max }: { unit?: string; min?: number; max?: number },
  at: string,
): readonly Fault[] {
  const faults: Fault[] = []
  if (typeof unit === 'string' && !deviceUnits.isKnown(unit)) {
    faults.push({ path: `${at}/unit`, message: `"${unit}" is not known, e.g. unit: m` })
  }
  if (typeof min === 'number' && typeof max === 'number' && min >= max) {
    faults.push({ path: `${at}/min`, message: 'must be below max, e.g. min: 0' })
  }
  return faults
}

type Setpoint = NonNullable<FlowsFile['setpoints']>[number]

async function setpointFaults(setpoint: Setpoint, at: string, around: FlowSurroundings): Promise<readonly Fault[]> {
  const { min, max, failSafe } = setpoint
  const faults: Fault[] = []
  if (min >= max) faults.push({ path: `${at}/min`, message: 'must be below max, e.g. min: 0' })
  if (failSafe < min || failSafe > max) {
    faults.push({ path: `${at}/failSafe`, message: `must lie within min and max, e.g. failSafe: ${min}` })
  }
  const misfit = await targetMisfit(setpoint, around)
  return misfit === undefined ? faults : [...faults, { path: `${at}/${misfit[0]}`, message: misfit[1] }]
}

async function targetMisfit(
  { device: id, channel }: Setpoint,
  { devices, connections, drivers, loadProfile }: FlowSurroundings,
): Promise<readonly [key: 'device' | 'channel', message: string] | undefined> {
  if (typeof id !== 'string' || typeof channel !== 'string') return undefined
  const device = devices.find((one) => one.id === id)
  if (device === undefined)
    return ['device', `"${id}" is not in /devices, e.g. device: ${devices[0]?.id ?? 'pump-station'}`]
  const type = connections.find((connection) => connection.id === device.connection)?.type
  const schemas = type === undefined ? undefined : drivers.get(type)
  if (schemas === undefined) return undefined
  if (schemas.unwritable === undefined)
    return ['device', `is on a connection of type ${type}, which sets nothing, e.g. use modbus-tcp`]
  const profile = await loadProfile(device.profile).catch(() => undefined)
  const hindrance = profile === undefined ? undefined : schemas.unwritable(profile, channel)
  return hindrance === undefined
    ? undefined
    : ['channel', `cannot be set: ${hindrance}, e.g. name a coil or holding register`]
}

async function fileFaults(file: FlowsFile, folder: string): Promise<readonly Fault[]> {
  if (typeof file.file !== 'string') return []
  const path = '/flows/file'
  const text = await readFile(resolve(folder, file.file), 'utf8').catch(() => undefined)
  if (text === undefined) return [{ path, message: `"${file.file}" cannot be read, e.g. file: flows.json` }]
  const names = {
    setpoints: objects(file.setpoints).map(({ id }) => id),
    channels: objects(file.channels).map(({ id }) => id),
  }
  return flowFaults(text, names).map((fault) => ({ path, message: fault }))
}
