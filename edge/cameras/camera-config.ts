// Checks what `cameras`, `inspections` and `vision` refer to, and completes them; every fault is told, each with an example.
import { join, resolve } from 'node:path'
import type { Static } from 'typebox'
import type { LocalizedText } from '../../broker/contract/documents.ts'
import { cameraSourceTypes, loadCameraSource } from '../../firmware-bridge/cameras/registry.ts'
import { type Fault, schemaFaults } from '../config-faults.ts'
import {
  type ConfiguredCamera,
  type ConfiguredInspection,
  type ConfiguredRelay,
  type ConfiguredTrigger,
  type ConfiguredWatch,
  relaySchemas,
  triggerSchemas,
} from './camera-config-schema.ts'

export interface CameraConfig {
  readonly id: string
  readonly site: string | undefined
  readonly label: LocalizedText
  readonly source: { readonly type: string }
  readonly healthIntervalS: number
  readonly staleS: number
  readonly maxFrameBytes: number
  readonly latencyMs: number
  readonly exifOffset: string | undefined
  /** 0: every frame. */
  readonly keepEveryS: number | undefined
  /** The hub may ask for a frame. */
  readonly remoteFrames: boolean
}

export interface InspectionConfig {
  readonly id: string
  readonly site: string | undefined
  readonly label: LocalizedText
  readonly camera: string
  readonly model: string
  readonly trigger: ConfiguredTrigger
  readonly relay: ConfiguredRelay
  readonly limitMs: number
  readonly expectEveryS: number
  readonly pictures: PictureChoice
  /** Undefined: it does not learn. */
  readonly teach?: TeachConfig | undefined
}

/** See Teach in camera-config-schema.ts. */
export interface TeachConfig {
  /** Absolute path. */
  readonly examples: string
  readonly good: number | undefined
  readonly bad: number | undefined
  readonly exampleBytes: number | undefined
  readonly frames: number
  readonly frameBytes: number
}

/** Which events carry a picture with its heat map. */
export type PictureChoice = 'all' | 'over' | 'none'

/** A camera that a model watches; see ConfiguredWatch. */
export interface WatchConfig {
  readonly id: string
  readonly site: string | undefined
  readonly label: LocalizedText
  readonly camera: string
  readonly model: string
  readonly everyS: number
  readonly medianOf: number | undefined
  readonly raise: number | undefined
  readonly clear: number | undefined
  readonly pictures: PictureChoice
  /** Only numbers are told of it. */
  readonly counts?: 'people' | undefined
  readonly metresPerPixel: number | undefined
  readonly settings: unknown
}

/** The parts of gateway.yaml that are checked here, as far as they have a shape. */
export interface CameraSections {
  readonly cameras?: readonly Static<typeof ConfiguredCamera>[] | undefined
  readonly inspections?: readonly Static<typeof ConfiguredInspection>[] | undefined
  readonly vision?: readonly Static<typeof ConfiguredWatch>[] | undefined
  readonly sites?: readonly { readonly id: string }[] | undefined
  readonly connections: readonly { readonly id: string; readonly type: string }[]
  readonly devices: readonly { readonly id: string; readonly connection: string }[]
  /** The data folder. */
  readonly data?: string
  /** The section of the image uplink. */
  readonly images?: unknown
}

export type ModelUse = 'inspection' | 'taught' | 'watch' | 'count'
/** Why a model package cannot judge parts on a line, learn there, or watch; undefined where it can. */
export type InspectionModelCheck = (model: string, use: ModelUse) => Promise<string | undefined>

const defaultIntervalS = 10

/** Ids stand beside those of devices: a camera and an inspection are devices at the hub. */
export async function cameraFaults(file: CameraSections, checkModel: InspectionModelCheck): Promise<readonly Fault[]> {
  const { cameras = [], inspections = [], vision = [] } = file
  const own = [
    ...cameras.map(({ id, site }, index) => ({ id, site, at: `/cameras/${index}` })),
    ...inspections.map(({ id, site }, index) => ({ id, site, at: `/inspections/${index}` })),
    ...vision.map(({ id, site }, index) => ({ id, site, at: `/vision/${index}` })),
  ]
  const sources = await Promise.all(cameras.map((camera, index) => sourceFaults(camera, file, `/cameras/${index}`)))
  const checks = await Promise.all([
    ...inspections.map(async (inspection, index) => {
      const at = `/inspections/${index}`
      const use = inspection.teach === undefined ? 'inspection' : 'taught'
      const misfits = await modelFaults(inspection.model, use, at, checkModel)
      return [...lensFaults(inspection.camera, file, at), ...inspectionFaults(inspection, file, at), ...misfits]
    }),
    ...vision.map(async (watch, index) => {
      const at = `/vision/${index}`
      const misfits = await modelFaults(watch.model, watch.counts === undefined ? 'watch' : 'count', at, checkModel)
      return [
        ...lensFaults(watch.camera, file, at),
        ...watchFaults(watch, at),
        ...countFaults(watch, file, at),
        ...misfits,
      ]
    }),
  ])
  return [...placeFaults(own, file), ...sources.flat(), ...checks.flat()]
}

function placeFaults(
  own: readonly { readonly id: string; readonly site: string | undefined; readonly at: string }[],
  { devices, sites = [] }: CameraSections,
): readonly Fault[] {
  const takenBy = new Map<string, string>(devices.map(({ id }, index) => [id, `/devices/${index}`]))
  takenBy.set('gateway', 'the gateway itself')
  return own.flatMap(({ id, site, at }) => {
    const faults: Fault[] = []
    const holder = takenBy.get(id)
    if (holder !== undefined)
      faults.push({ path: `${at}/id`, message: `"${id}" is already the id of ${holder}, e.g. id: ${id}-2` })
    else if (typeof id === 'string') takenBy.set(id, at)
    if (typeof site === 'string' && !sites.some((known) => known.id === site)) {
      faults.push({
        path: `${at}/site`,
        message: `"${site}" is not in /sites, e.g. site: ${sites[0]?.id ?? 'factory-1'}`,
      })
    }
    return faults
  })
}

async function sourceFaults(
  { id, source, keep }: Static<typeof ConfiguredCamera>,
  { inspections = [], vision = [], images }: CameraSections,
  at: string,
): Promise<readonly Fault[]> {
  const type: unknown = source?.type
  if (typeof type !== 'string') return []
  const factory = await loadCameraSource(type)
  if (factory === undefined) {
    return [
      {
        path: `${at}/source/type`,
        message: `"${type}" is no source of frames; known are ${cameraSourceTypes.join(', ')}`,
      },
    ]
  }
  const faults = [...schemaFaults(await factory.schema(), source, `${at}/source`)]
  const { password, passwordFile, username, host, endpoint } = source as Readonly<Record<string, unknown>>
  if (password !== undefined && passwordFile !== undefined) {
    faults.push({ path: `${at}/source`, message: 'has password and passwordFile: give one of them' })
  }
  if ((password !== undefined || passwordFile !== undefined) && username === undefined) {
    faults.push({ path: `${at}/source/username`, message: 'is missing beside the password, e.g. username: viewer' })
  }
  if (type === 'onvif' && (host === undefined) === (endpoint === undefined)) {
    faults.push({ path: `${at}/source`, message: 'needs host or endpoint, one of them, e.g. host: 192.168.1.30' })
  }
  if (keep !== undefined && images === undefined) {
    faults.push({ path: `${at}/keep`, message: 'needs the section images, e.g. images: {}' })
  }
  const isRead = keep !== undefined || [...inspections, ...vision].some(({ camera }) => camera === id)
  if (type === 'hot-folder' && !isRead) {
    faults.push({
      path: at,
      message: 'has files that nobody takes: add keep, an inspection or vision, e.g. keep: { everyS: 0 }',
    })
  }
  return faults
}

function inspectionFaults(
  { id, camera, model, trigger, relay, teach }: Static<typeof ConfiguredInspection>,
  file: CameraSections,
  at: string,
): readonly Fault[] {
  const faults: Fault[] = []
  const watched = file.cameras?.find(({ id }) => id === camera)
  if (watched?.source?.type === 'hot-folder' && trigger?.type !== 'frame') {
    faults.push({
      path: `${at}/trigger/type`,
      message: 'must be frame: the file of a hot folder is its own trigger, e.g. type: frame',
    })
  }
  faults.push(
    ...lineFaults(trigger, triggerSchemas, `${at}/trigger`, file),
    ...lineFaults(relay, relaySchemas, `${at}/relay`, file),
  )
  const { inspections = [], vision = [] } = file
  const other = [...inspections, ...vision].find((user) => user.id !== id && user.model === model)
  if (teach !== undefined && other !== undefined) {
    const message = `would change the verdicts of "${other.id}", which has the same model: give it a copy of its own`
    faults.push({ path: `${at}/teach`, message })
  }
  return faults
}

function watchFaults({ raise, clear }: Static<typeof ConfiguredWatch>, at: string): readonly Fault[] {
  if (typeof raise !== 'number' || typeof clear !== 'number' || clear <= raise) return []
  return [{ path: `${at}/clear`, message: `must not be over raise, e.g. clear: ${raise / 2}` }]
}

/** Of a camera that counts people nothing but numbers may leave: no other part of the configuration may send its pictures. */
function countFaults(
  { id, camera, counts, pictures, raise, clear }: Static<typeof ConfiguredWatch>,
  { cameras = [], inspections = [], vision = [] }: CameraSections,
  at: string,
): readonly Fault[] {
  if (counts === undefined) return []
  const index = cameras.findIndex((one) => one.id === camera)
  const lens = cameras[index]
  const others = [
    ...inspections.map((one, place) => ({ one, path: `/inspections/${place}` })),
    ...vision.map((one, place) => ({ one, path: `/vision/${place}` })).filter(({ one }) => one.counts === undefined),
  ].filter(({ one }) => one.camera === camera)
  const why = `"${id}" counts the people there, of whom no picture may leave`
  return [
    ...(pictures === undefined || pictures === 'none'
      ? []
      : [{ path: `${at}/pictures`, message: 'must be none beside counts, e.g. pictures: none' }]),
    ...(raise === undefined && clear === undefined
      ? []
      : [{ path: at, message: 'has raise or clear, but a count raises no alarm: a rule at the hub does' }]),
    ...(lens?.keep === undefined ? [] : [{ path: `/cameras/${index}/keep`, message: `must be away: ${why}` }]),
    ...(lens?.remoteFrames === true
      ? [{ path: `/cameras/${index}/remoteFrames`, message: `must be away: ${why}` }]
      : []),
    ...others.map(({ path }) => ({ path: `${path}/camera`, message: `must be another camera: ${why}` })),
  ]
}

function lensFaults(camera: unknown, { cameras = [] }: CameraSections, at: string): readonly Fault[] {
  if (typeof camera !== 'string' || cameras.some(({ id }) => id === camera)) return []
  const example = cameras[0] === undefined ? 'add one to /cameras' : `e.g. camera: ${cameras[0].id}`
  return [{ path: `${at}/camera`, message: `"${camera}" is not in /cameras, ${example}` }]
}

async function modelFaults(
  model: unknown,
  use: ModelUse,
  at: string,
  checkModel: InspectionModelCheck,
): Promise<readonly Fault[]> {
  const misfit = typeof model === 'string' ? await checkModel(model, use) : undefined
  return misfit === undefined ? [] : [{ path: `${at}/model`, message: misfit }]
}

function lineFaults(
  line: { readonly type?: unknown } | undefined,
  schemas: Readonly<Record<string, Parameters<typeof schemaFaults>[0]>>,
  at: string,
  { connections, devices }: CameraSections,
): readonly Fault[] {
  const type = line?.type
  if (typeof type !== 'string') return []
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined
  if (schema === undefined) {
    return [{ path: `${at}/type`, message: `must be one of ${Object.keys(schemas).join(', ')}, e.g. type: modbus` }]
  }
  const faults = [...schemaFaults(schema, line, at)]
  const { connection } = line as { readonly connection?: unknown }
  if (type !== 'modbus' || typeof connection !== 'string') return faults
  const found = connections.find(({ id }) => id === connection)
  if (found === undefined) faults.push({ path: `${at}/connection`, message: `"${connection}" is not in /connections` })
  else if (found.type !== 'modbus-tcp') {
    faults.push({
      path: `${at}/connection`,
      message: `"${connection}" is ${found.type}; inputs and relays need modbus-tcp`,
    })
  }
  if (devices.some((device) => device.connection === connection)) {
    faults.push({
      path: `${at}/connection`,
      message: `"${connection}" has devices, whose reads would hold the relay up: add a connection of its own, e.g. connection: io-1`,
    })
  }
  return faults
}

/** Keys of a source that name a file or folder, taken relative to the configuration. */
const fileKeys = ['passwordFile', 'ca', 'folder'] as const

export function completedCameras(file: CameraSections, folder: string): readonly CameraConfig[] {
  return (file.cameras ?? []).map(({ id, site, label, source, keep, remoteFrames, ...given }) => {
    const resolved: Record<string, unknown> & { type: string } = { ...source }
    for (const key of fileKeys) {
      const path = resolved[key]
      if (typeof path === 'string') resolved[key] = resolve(folder, path)
    }
    const healthIntervalS = given.healthIntervalS ?? defaultIntervalS
    return {
      id,
      site,
      label: label ?? { ja: id, en: id },
      source: resolved,
      healthIntervalS,
      staleS: given.staleS ?? 30,
      maxFrameBytes: given.maxFrameBytes ?? 8_388_608,
      latencyMs: given.latencyMs ?? 0,
      exifOffset: given.exifOffset,
      keepEveryS: keep?.everyS,
      remoteFrames: remoteFrames ?? false,
    }
  })
}

export function completedInspections(
  { inspections = [], data = '.' }: CameraSections,
  folder: string,
): readonly InspectionConfig[] {
  return inspections.map(({ id, site, label, camera, model, trigger, relay, limitMs, expectEveryS, ...given }) => ({
    id,
    site,
    label: label ?? { ja: id, en: id },
    camera,
    model: packageAt(model, folder),
    trigger: trigger as ConfiguredTrigger,
    relay: relay as ConfiguredRelay,
    limitMs: limitMs ?? 1000,
    expectEveryS: expectEveryS ?? 86_400,
    pictures: given.pictures ?? 'over',
    teach: given.teach && {
      examples: resolve(folder, given.teach.examples ?? join(data, 'teach', id, 'examples')),
      good: given.teach.good,
      bad: given.teach.bad,
      exampleBytes: given.teach.exampleBytes,
      frames: given.teach.frames ?? 200,
      frameBytes: given.teach.frameBytes ?? 67_108_864,
    },
  }))
}

export function completedWatches({ vision = [] }: CameraSections, folder: string): readonly WatchConfig[] {
  return vision.map(({ id, site, label, camera, model, everyS, medianOf, raise, clear, ...given }) => ({
    id,
    site,
    label: label ?? { ja: id, en: id },
    camera,
    model: packageAt(model, folder),
    everyS: everyS ?? 10,
    medianOf,
    raise,
    clear,
    pictures: given.counts === undefined ? (given.pictures ?? 'over') : 'none',
    counts: given.counts,
    metresPerPixel: given.metresPerPixel,
    settings: given.settings,
  }))
}

/** A path is relative to the configuration; an id under models/packages stays an id. */
export function packageAt(model: string, folder: string): string {
  return /^\.|[/\\]|\.tgz$|\.tar\.gz$/.test(model) ? resolve(folder, model) : model
}
