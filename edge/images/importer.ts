// Takes the images of a folder or a card into the spool: found, read, hashed, sorted into flights. A bad file never stops it.
import { open, opendir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { toAppError } from '../../broker/contract/app-error.ts'
import { imageMediaType } from '../../broker/contract/images.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { ListedImage } from '../canopy/flight-list.ts'
import type { Counters } from '../counters.ts'
import { sortIntoFlights, type FlightRule } from './flights.ts'
import { readImageFacts } from './image-facts.ts'
import { JpegEnd } from './jpeg-end.ts'
import type { SpoolFolder } from './spool-folder.ts'
import type { Spool, SpooledImage } from './spool.ts'

/** What became of a file. `unsettled`: perhaps still being written; looked at again with the next scan. */
export type ImportOutcome =
  | 'imported'
  | 'known'
  | 'duplicate'
  | 'not-an-image'
  | 'truncated'
  | 'unreadable'
  | 'unsettled'
  | 'spool-full'

export interface ImportReport {
  readonly counts: Readonly<Partial<Record<ImportOutcome, number>>>
  /** Files that were not taken, and images whose own words could not be read; at most `maxListed`. */
  readonly listed: readonly { readonly path: string; readonly outcome: ImportOutcome; readonly fault: string }[]
  /** Flights that got images. */
  readonly flights: readonly string[]
}

export interface ImportSource {
  readonly folder: string
  /** Copies each image into the spool, for cards that are pulled before the hub has everything. */
  readonly copy: boolean
  /** Deletes the original after the hub's confirmation. */
  readonly remove: boolean
  /** Passes over files that were written within this time. */
  readonly settleMs: number
}

export interface ImporterOptions {
  /** Bound on copies in the spool; at it images stay on their card, counted, until there is room. */
  readonly maxCopiedBytes: number
  /** Of cameras that write no offset from UTC. */
  readonly zone: string
  readonly flight: FlightRule
}

export interface ImporterDependencies {
  readonly spool: Spool
  readonly folder: SpoolFolder
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Log
  /** Told of images once their flight is known, whatever becomes of them; must not throw. */
  readonly sorted?: (images: readonly ListedImage[]) => Promise<void>
}

const maxListed = 1000
const maxDepth = 12
const jpegHeadBytes = 524_288
/** The directory of a TIFF may stand at its end; a longer one is read as far as this. */
const tiffHeadBytes = 64 * 2 ** 20
const readBytes = 262_144

export class Importer {
  readonly #options: ImporterOptions
  readonly #dependencies: ImporterDependencies

  constructor(options: ImporterOptions, dependencies: ImporterDependencies) {
    this.#options = options
    this.#dependencies = dependencies
  }

  /** Throws `spool.full` and `spool.corrupt`, and for a folder that is not there what the file system throws. */
  async import(source: ImportSource, signal?: AbortSignal): Promise<ImportReport> {
    const counts: Partial<Record<ImportOutcome, number>> = {}
    const listed: { path: string; outcome: ImportOutcome; fault: string }[] = []
    await stat(source.folder)
    for await (const path of filesBelow(source.folder)) {
      if (signal?.aborted === true) break
      const { outcome, fault } = await this.#take(path, source)
      counts[outcome] = (counts[outcome] ?? 0) + 1
      if (outcome !== 'known' && outcome !== 'unsettled') this.#dependencies.counters.add('images_found', outcome)
      if (fault !== undefined && listed.length < maxListed) listed.push({ path, outcome, fault })
    }
    return { counts, listed, flights: await this.sort() }
  }

  /** Gives every image in the spool that has no flight one; also what an earlier run left. Returns the flights. */
  async sort(): Promise<readonly string[]> {
    const { spool, sorted } = this.#dependencies
    const images = spool.unsorted()
    const sortable = images.flatMap(({ id, facts }) => (facts === undefined ? [] : [{ key: id, facts }]))
    if (sortable.length === 0) return []
    const times = sortable.map(({ facts }) => facts.timeMs)
    const { gapMs } = this.#options.flight
    const bounds = times.reduce(({ from, to }, time) => ({ from: Math.min(from, time), to: Math.max(to, time) }), {
      from: Number.POSITIVE_INFINITY,
      to: Number.NEGATIVE_INFINITY,
    })
    const known = spool.flights(bounds.from - gapMs, bounds.to + gapMs)
    const { flightOf, flights } = sortIntoFlights(sortable, known, this.#options.flight)
    spool.sorted(images, flightOf, flights)
    await sorted?.(
      images.flatMap(({ id, path, copy, facts }) => {
        const flight = flightOf.get(id)
        return facts === undefined || flight === undefined ? [] : [{ path, copy, facts: { ...facts, flight } }]
      }),
    )
    return flights.map(({ id }) => id)
  }

  async #take(path: string, source: ImportSource): Promise<{ outcome: ImportOutcome; fault?: string }> {
    try {
      return await this.#takeFile(path, source)
    } catch (thrown) {
      const error = toAppError(thrown, 'image.invalid')
      if (error.code === 'spool.corrupt' || error.code === 'spool.full') throw error
      // The card was pulled, or a sector cannot be read: it is tried again with the next scan.
      return { outcome: 'unreadable', fault: error.message }
    }
  }

  async #takeFile(path: string, source: ImportSource): Promise<{ outcome: ImportOutcome; fault?: string }> {
    const { spool, clock } = this.#dependencies
    const { size: bytes, mtimeMs } = await stat(path)
    const known = spool.find(path)
    if (known !== undefined && known.bytes === bytes && known.mtimeMs === mtimeMs && known.state !== 'found') {
      if (known.state === 'missing') spool.settle(known, 'hashed', undefined)
      return { outcome: 'known' }
    }
    if (Math.abs(clock.now() - mtimeMs) < source.settleMs) return { outcome: 'unsettled' }
    if (source.copy && spool.copiedBytes() + bytes > this.#options.maxCopiedBytes) {
      return { outcome: 'spool-full', fault: 'the spool has no room for a copy: the image stays on its card' }
    }
    const image = spool.found({ path, name: basename(path).slice(-255), bytes, mtimeMs, remove: source.remove })
    const { outcome, fault, head } = await examine(path, bytes)
    if (outcome !== undefined) {
      spool.settle(image, 'refused', fault)
      return { outcome, fault }
    }
    return await this.#read(image, head, source)
  }

  async #read(
    image: SpooledImage,
    head: Buffer,
    source: ImportSource,
  ): Promise<{ outcome: ImportOutcome; fault?: string }> {
    const { spool, folder, log } = this.#dependencies
    const { facts, fault } = await readImageFacts(head, { fileTimeMs: image.mtimeMs, zone: this.#options.zone })
    const { sha256, copy } = await folder.take(image.path, source.copy)
    const after = await stat(image.path)
    // It grew while it was read: it is taken as a whole by the next scan.
    if (after.size !== image.bytes || after.mtimeMs !== image.mtimeMs) return { outcome: 'unsettled' }
    const state = spool.hashed(image.id, { sha256, facts, copy, sorted: false })
    if (fault !== undefined) log.warn({ path: image.path, fault }, 'the metadata of an image could not be read')
    const outcome = state === 'duplicate' ? 'duplicate' : 'imported'
    return fault === undefined ? { outcome } : { outcome, fault: `its metadata cannot be read: ${fault}` }
  }
}

type Examined =
  | { readonly outcome: ImportOutcome; readonly fault: string; readonly head?: never }
  | { readonly outcome?: never; readonly fault?: never; readonly head: Buffer }

/** Whether a file is an image, whole as far as its own markers say; and the part of it that holds its metadata. */
async function examine(path: string, bytes: number): Promise<Examined> {
  const handle = await open(path, 'r')
  try {
    const read = async (from: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, bytes - from)))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, from)
      return buffer.subarray(0, bytesRead)
    }
    const mediaType = imageMediaType(await read(0, 8))
    if (mediaType === undefined) return { outcome: 'not-an-image', fault: 'neither JPEG, TIFF nor PNG' }
    const head = await read(0, mediaType === 'image/tiff' ? tiffHeadBytes : jpegHeadBytes)
    const truncated = mediaType === 'image/jpeg' && !(await jpegEnds(read, bytes))
    return truncated ? { outcome: 'truncated', fault: 'a JPEG without its end: it was cut short' } : { head }
  } finally {
    await handle.close()
  }
}

const endOfJpeg = Buffer.from([0xff, 0xd9])

/** Most files end with the marker itself; where more stands behind it, the file is read up to there. */
async function jpegEnds(read: (from: number, length: number) => Promise<Buffer>, bytes: number): Promise<boolean> {
  if ((await read(Math.max(0, bytes - 2), 2)).equals(endOfJpeg)) return true
  const end = new JpegEnd()
  for (let from = 0; from < bytes; from += readBytes) {
    if (end.push(await read(from, readBytes))) return true
  }
  return false
}

/** Regular files in the order of their names, which is that of time on a camera's card; hidden ones and links are left out. */
async function* filesBelow(folder: string, depth = 0): AsyncGenerator<string> {
  const entries = []
  for await (const entry of await opendir(folder)) if (!entry.name.startsWith('.')) entries.push(entry)
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && depth < maxDepth) yield* filesBelow(path, depth + 1)
    else if (entry.isFile()) yield path
  }
}
