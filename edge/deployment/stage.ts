// Makes a set beside the running one: fetched, put together, checked, and only then given its name. Nothing here touches what runs.
import { dirname, join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Artefact, DesiredState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { type ArtefactSources, bringArtefact } from './artefact-source.ts'
import { type Fault, faultOf } from './deployment-state.ts'
import { ensureFolder, moveTo } from './durable.ts'
import type { FilePort } from './file-port.ts'
import { documentName, placeInSet, type SetPlaces } from './set-places.ts'

export interface StageOptions {
  readonly signed: SignedDesiredState
  readonly state: DesiredState
  /** Sets that something may still need. */
  readonly keep: readonly number[]
  /** Artefacts of those sets, by sha-256. */
  readonly keepArtefacts: readonly string[]
  readonly sources: ArtefactSources
  /** What is wrong with the set in this folder; none: it may run. */
  readonly check: (folder: string) => Promise<readonly Fault[]>
}

/** What else the disk must have room for: links, folders, the readings of the next minutes. */
const reserveBytes = 8 * 2 ** 20

/** A program is unpacked beside its archive. */
const unpackedFactor = 4

/**
 * Resolves with the faults for which the set is refused; none: it stands under its revision, whole and on the medium. Throws what
 * another attempt may mend: `uplink.refused`, `deployment.disk-full`, `WindowClosed`; and `deployment.artefact`.
 */
export async function stageSet(options: StageOptions): Promise<readonly Fault[]> {
  const { state, sources, check } = options
  const { files, places } = sources
  for (const folder of [dirname(places.state), places.artefacts, places.sets]) await ensureFolder(files, folder)
  await collectGarbage(options)
  await checkRoom(state.items, files, places)
  for (const item of state.items) {
    const fault = await bringArtefact(item, sources).then(() => undefined, faultUnlessRetryable(item))
    if (fault !== undefined) return [fault]
  }
  const folder = places.unfinished(state.revision)
  await assemble(options, folder)
  const faults = await check(folder)
  if (faults.length > 0) await files.remove(folder)
  else await moveTo(files, folder, places.set(state.revision))
  return faults
}

/** Names the item that is at fault; what another attempt may mend is thrown again. */
function faultUnlessRetryable(item: Artefact): (thrown: unknown) => Fault {
  return (thrown) => {
    if (thrown instanceof AppError && !thrown.retryable) return faultOf(thrown, item)
    throw thrown
  }
}

/** Every file and every name below the folder is on the medium before the folder gets its name. */
async function assemble({ signed, state, sources }: StageOptions, folder: string): Promise<void> {
  const { files, places } = sources
  await files.remove(folder)
  await ensureFolder(files, folder)
  for (const item of state.items) {
    const place = join(folder, placeInSet(item))
    await ensureFolder(files, dirname(place))
    await files.link(places.artefact(item.sha256), place)
    await files.syncFolder(dirname(place))
  }
  const document = join(folder, documentName)
  await files.write(document, Buffer.from(JSON.stringify(signed)))
  await files.syncFile(document)
  await files.syncFolder(folder)
}

/** Sets that nothing needs any more go, among them whole ones of this revision that never came to run; then what only they held. */
async function collectGarbage({ state, keep, keepArtefacts, sources }: StageOptions): Promise<void> {
  const { files, places } = sources
  const kept = new Set(keep.map(String))
  for (const name of await files.list(places.sets)) {
    if (!kept.has(name)) await files.remove(join(places.sets, name))
  }
  const needed = new Set([...keepArtefacts, ...state.items.map(({ sha256 }) => sha256)])
  for (const name of await files.list(places.artefacts)) {
    if (!needed.has(name.replace(/\.part$/, ''))) await files.remove(join(places.artefacts, name))
  }
}

async function checkRoom(items: readonly Artefact[], files: FilePort, places: SetPlaces): Promise<void> {
  let missing = 0
  for (const { kind, sha256, bytes } of items) {
    if (kind === 'agent') missing += unpackedFactor * bytes
    const place = places.artefact(sha256)
    const here = (await files.sizeOf(place)) ?? (await files.sizeOf(`${place}.part`)) ?? 0
    missing += Math.max(0, bytes - here)
  }
  const free = await files.freeBytes(places.artefacts)
  if (free >= missing + reserveBytes) return
  const message = `${missing} bytes are to come and ${reserveBytes} must stay free, but the disk has ${free}`
  throw new AppError('deployment.disk-full', message)
}
