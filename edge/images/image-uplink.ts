// The image side of the gateway agent: watched folders and snapshots into the spool, and out of it to the hub.
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'
import { imageMediaType } from '../../broker/contract/images.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'
import { createFlightList } from '../canopy/flight-list.ts'
import type { CanopySettings } from '../canopy/messages.ts'
import type { Counters } from '../counters.ts'
import { HubRequests, type HubTls } from './hub-requests.ts'
import { Importer, type ImporterDependencies, type ImporterOptions, type ImportSource } from './importer.ts'
import { ChunkSize, Pace } from './pacing.ts'
import { SpoolFolder } from './spool-folder.ts'
import { Spool, type ImageState } from './spool.ts'
import { Uploader, type UploaderOptions } from './uploader.ts'

export interface ImageUplinkOptions extends ImporterOptions {
  /** Holds `images.sqlite` and the folder `images`. */
  readonly dataFolder: string
  readonly sources: readonly ImportSource[]
  /** Flights are listed for the canopy watch; undefined: they are not analysed. */
  readonly canopy?: CanopySettings
  readonly scanIntervalS: number
  readonly upload: UploaderOptions & {
    /** kbit/s; undefined: no cap. */
    readonly maxKbitPerS: number | undefined
    readonly idleMs: number
  }
}

export interface ImageUplinkDependencies {
  readonly tls: HubTls
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Log
  /** [0, 1) */
  readonly random: () => number
}

/** Takes single pictures of cameras: they go to the hub like those of drones. */
export interface ImageSink {
  /**
   * On the medium when it resolves. `facts` may leave out what is not known; `timeFrom: 'gateway'` is the gateway's clock.
   * `duplicate`: the same bytes are waiting or confirmed. Throws `image.invalid` for what is no JPEG, TIFF or PNG,
   * `spool.full` where the spool is at its bound: the caller counts what it drops.
   */
  put(picture: {
    readonly name: string
    readonly bytes: Uint8Array
    readonly facts: ImageFacts
  }): Promise<'spooled' | 'duplicate'>
}

export interface ImageUplink {
  readonly sink: ImageSink
  stop(): Promise<void>
}

/** The spool of a gateway with this data folder, and where its copies lie. */
export function spoolOf(dataFolder: string): { readonly spool: Spool; readonly folder: SpoolFolder } {
  // The card may come before the agent's first start.
  mkdirSync(dataFolder, { recursive: true })
  return { spool: new Spool(join(dataFolder, 'images.sqlite')), folder: new SpoolFolder(join(dataFolder, 'images')) }
}

/** Where the canopy watch keeps its flights and covers. */
export function canopyFolder(dataFolder: string): string {
  return join(dataFolder, 'canopy')
}

/** The part of an importer's dependencies that lists flights for the canopy watch, where one is configured. */
export function canopyListing(
  { canopy, dataFolder }: Pick<ImageUplinkOptions, 'canopy' | 'dataFolder'>,
  { clock, log, counters }: Pick<ImageUplinkDependencies, 'clock' | 'log' | 'counters'>,
): Pick<ImporterDependencies, 'sorted'> {
  if (canopy === undefined) return {}
  const list = createFlightList(canopyFolder(dataFolder))
  return {
    async sorted(images) {
      try {
        const left = await list.add(images, clock.now())
        if (left > 0) counters.add('canopy_images_dropped', 'list-full', left)
      } catch (thrown) {
        counters.add('canopy_images_dropped', 'not-written', images.length)
        log.error({ err: thrown }, 'the list of flights for the canopy watch cannot be written')
      }
    },
  }
}

/** In these an image is not on its way: its bytes are welcome again. */
const lostStates: readonly (ImageState | undefined)[] = [undefined, 'found', 'missing']

/** Leftovers of a power cut are removed when they are this old. */
const leftoverMs = 3_600_000

/** Throws `spool.full` and `spool.corrupt`. */
export async function startImageUplink(
  options: ImageUplinkOptions,
  dependencies: ImageUplinkDependencies,
): Promise<ImageUplink> {
  const { clock, tls } = dependencies
  const { upload } = options
  const { spool, folder } = spoolOf(options.dataFolder)
  await folder.sweep(spool.copies(), clock.now() - leftoverMs)
  const chunk = new ChunkSize(upload.parallel)
  const pace = new Pace(((upload.maxKbitPerS ?? Number.POSITIVE_INFINITY) * 1000) / 8, clock)
  const requests = new HubRequests({ ...upload, tls }, { pace, chunk, clock })
  const uploader = new Uploader(upload, { ...dependencies, spool, requests, chunk })
  const importer = new Importer(options, { ...dependencies, ...canopyListing(options, dependencies), spool, folder })
  const scan = startScan(options, { ...dependencies, importer, found: () => uploader.wake() })
  uploader.start()
  return {
    sink: createSink(options, { spool, folder, clock, spooled: () => uploader.wake() }),
    async stop() {
      await scan.stop()
      await uploader.stop()
      spool.close()
    },
  }
}

function createSink(
  { maxCopiedBytes }: ImageUplinkOptions,
  parts: { readonly spool: Spool; readonly folder: SpoolFolder; readonly clock: Clock; readonly spooled: () => void },
): ImageSink {
  const { spool, folder, clock, spooled } = parts
  return {
    async put({ name, bytes, facts }) {
      if (imageMediaType(bytes) === undefined) throw new AppError('image.invalid', 'neither JPEG, TIFF nor PNG')
      if (spool.copiedBytes() + bytes.length > maxCopiedBytes) {
        throw new AppError('spool.full', `the image spool holds its ${maxCopiedBytes} bytes: is the hub away?`)
      }
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const path = folder.pathOf(sha256)
      if (!lostStates.includes(spool.find(path)?.state)) return 'duplicate'
      await folder.keep(bytes, sha256)
      const image = spool.found({ path, name, bytes: bytes.length, mtimeMs: clock.now(), remove: false })
      const state = spool.hashed(image.id, { sha256, facts, copy: path, sorted: true })
      spooled()
      return state === 'duplicate' ? 'duplicate' : 'spooled'
    },
  }
}

/** Looks into the watched folders, one after the other; a card that is not mounted is no fault. */
function startScan(
  { sources, scanIntervalS }: ImageUplinkOptions,
  parts: Pick<ImageUplinkDependencies, 'clock' | 'log' | 'counters'> & {
    readonly importer: Importer
    readonly found: () => void
  },
): { stop(): Promise<void> } {
  const { clock, log, counters, importer, found } = parts
  const stopping = new AbortController()
  let timer: Timer | undefined
  let running: Promise<void> = Promise.resolve()

  async function round(): Promise<void> {
    for (const source of sources) {
      try {
        const { counts, listed } = await importer.import(source, stopping.signal)
        for (const { path, outcome, fault } of listed)
          log.warn({ path, outcome }, `an image is not as it should be: ${fault}`)
        if ((counts.imported ?? 0) > 0) log.info({ folder: source.folder, counts }, 'images were found')
      } catch (thrown) {
        const absent = isSystemFault(thrown, 'ENOENT')
        const error = toAppError(thrown, 'image.invalid')
        if (!absent) counters.add('image_scan_failures', error.code)
        log.debug({ err: error, folder: source.folder }, 'a folder of images could not be looked into')
      }
    }
    found()
  }

  function schedule(delayMs: number): void {
    timer = clock.setTimer(() => {
      running = round().finally(() => {
        if (!stopping.signal.aborted) schedule(scanIntervalS * 1000)
      })
    }, delayMs)
  }

  if (sources.length > 0) schedule(0)
  return {
    async stop() {
      stopping.abort()
      timer?.cancel()
      await running
    },
  }
}
