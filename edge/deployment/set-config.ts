// The configuration that a set runs with: its own or the gateway's, but who the gateway is and whom it trusts is always the gateway's.
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseDocument } from 'yaml'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Artefact, DesiredState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { type ConfigSources, type GatewayConfig, loadConfig, parseConfig } from '../config.ts'
import { realFiles } from './file-port.ts'
import { documentName, placeInSet } from './set-places.ts'

type Section = Readonly<Record<string, unknown>>

/** Keys of gateway.yaml that no set may bring: identity, data and trust are the gateway's own. */
const ownKeys = ['data', 'deployment'] as const
const ownHubKeys = ['ca', 'certificate', 'key'] as const

export interface SetConfigPlaces {
  /** gateway.yaml as somebody put it there. */
  readonly base: string
  /** The folder of the set; undefined: the base alone. */
  readonly set: string | undefined
}

/**
 * Reads, joins and checks. Every file of the set is compared with its hash first. Paths in a set's configuration are relative
 * to the gateway's own gateway.yaml; models, profiles and flows of the set are named by their ids. Throws `config.invalid`,
 * `deployment.identity`, `deployment.set`.
 */
export async function loadSetConfig({ base, set }: SetConfigPlaces, sources: ConfigSources): Promise<GatewayConfig> {
  if (set === undefined) return loadConfig(base, sources)
  return parseConfig(JSON.stringify(await readSections({ base, set })), base, sources)
}

/** What the configuration says, joined and not checked. Throws `config.invalid`, `deployment.identity`, `deployment.set`. */
export async function readSections({ base, set }: SetConfigPlaces): Promise<Section> {
  const baseFile = sectionOf(await readFile(base, 'utf8'), base)
  if (set === undefined) return baseFile
  const items = await checkedItems(set)
  const own = items.some(({ kind }) => kind === 'config')
  const setFile = own ? sectionOf(await readFile(join(set, 'gateway.yaml'), 'utf8'), 'the config') : undefined
  return withSetParts(joinedFile(baseFile, setFile), items, set)
}

/** The items of a set whose files are all there, bit by bit. Throws `deployment.set`. */
async function checkedItems(set: string): Promise<readonly Artefact[]> {
  const signed = await realFiles.read(join(set, documentName))
  if (signed === undefined) throw new AppError('deployment.set', `${set} has no ${documentName}`)
  const { items } = documentOf(signed, set)
  for (const item of items) {
    const path = join(set, placeInSet(item))
    const found = await realFiles.sha256Of(path).catch(() => 'nothing')
    if (found !== item.sha256) throw new AppError('deployment.set', `${path} is not the file it was: ${found}`)
  }
  return items
}

function documentOf(signed: Buffer, set: string): DesiredState {
  try {
    const { document } = JSON.parse(signed.toString('utf8')) as SignedDesiredState
    return JSON.parse(document) as DesiredState
  } catch (cause) {
    throw new AppError('deployment.set', `${documentName} of ${set} cannot be read`, { cause })
  }
}

function sectionOf(text: string, name: string): Section {
  const document = parseDocument(text)
  const [fault] = document.errors
  // The lines that follow quote the file, and a password may stand in them.
  const [told = ''] = fault?.message.split(':\n', 1) ?? []
  if (fault !== undefined) throw new AppError('config.invalid', `${name} is no YAML: ${told}`)
  return mapOf(document.toJS({ maxAliasCount: 100 }))
}

/** Sections that the set names are the set's, the others stay. Throws `deployment.identity`, `config.invalid`. */
export function joinedFile(base: Section, own: Section | undefined): Section {
  if (own === undefined) return base
  for (const key of ['tenant', 'gateway'] as const) {
    if (own[key] === undefined || own[key] === base[key]) continue
    const message = `the config is for ${key} ${JSON.stringify(own[key])}, this gateway is ${JSON.stringify(base[key])}`
    throw new AppError('deployment.identity', message)
  }
  const [hub, ownHub] = [mapOf(base['hub']), mapOf(own['hub'])]
  const foreign = [
    ...ownKeys.filter((key) => own[key] !== undefined).map((key) => `/${key}`),
    ...ownHubKeys.filter((key) => ownHub[key] !== undefined).map((key) => `/hub/${key}`),
  ]
  if (foreign.length > 0) {
    const message = `${foreign.join(', ')} cannot be set from afar: they stand in the gateway's own gateway.yaml`
    throw new AppError('config.invalid', message)
  }
  return { ...base, ...own, hub: { ...hub, ...ownHub } }
}

/** Models, profiles and flows that the configuration names by an id of the set are those of the set. */
export function withSetParts(file: Section, items: readonly Artefact[], set: string): Section {
  const from = (kind: Artefact['kind'], named: unknown): unknown => {
    const item = items.find((candidate) => candidate.kind === kind && candidate.id === named)
    return item === undefined ? named : join(set, placeInSet(item))
  }
  const renamed = (list: unknown, key: string, kind: Artefact['kind']): unknown =>
    Array.isArray(list)
      ? list.map((entry: unknown) => (isMap(entry) ? { ...entry, [key]: from(kind, entry[key]) } : entry))
      : list
  const replaced: Record<string, unknown> = { ...file }
  const lists = [
    ['devices', 'profile', 'profile'],
    ['models', 'package', 'model'],
    ['circuits', 'package', 'model'],
    ['inspections', 'model', 'model'],
    ['vision', 'model', 'model'],
  ] as const
  for (const [section, key, kind] of lists) {
    if (file[section] !== undefined) replaced[section] = renamed(file[section], key, kind)
  }
  const { images, flows } = file
  if (isMap(images) && isMap(images['canopy'])) {
    const canopy = images['canopy']
    replaced['images'] = { ...images, canopy: { ...canopy, model: from('model', canopy['model']) } }
  }
  if (isMap(flows) && typeof flows['file'] === 'string') {
    const id = basename(flows['file']).replace(/\.json$/, '')
    const found = from('flow', id)
    if (found !== id) replaced['flows'] = { ...flows, file: found }
  }
  return replaced
}

function mapOf(value: unknown): Section {
  return isMap(value) ? value : {}
}

function isMap(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
