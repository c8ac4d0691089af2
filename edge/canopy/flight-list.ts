// The flights whose canopy is still to be analysed, on disk: images are imported before a flight is over, and by two programs.
import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'

export interface ListedImage {
  readonly path: string
  /** A file of the spool that stands for it; it is gone once the hub has the image. */
  readonly copy: string | undefined
  readonly facts: ImageFacts
}

export interface WaitingFlight {
  readonly flight: string
  /** When the last of its images was found, Unix ms. */
  readonly lastAddedMs: number
  readonly images: readonly ListedImage[]
}

interface Line extends ListedImage {
  readonly addedMs: number
}

const ending = '.flight.jsonl'
const flightPattern = /^[a-z0-9-]{1,40}$/
/** Bounds of the list; owner: the agent and `musubi images`. What does not fit is not analysed, and the caller counts it. */
const limits = { flights: 100, flightBytes: 16 * 2 ** 20 } as const

export interface FlightList {
  /** Images that were not taken: the list is full. */
  add(images: readonly ListedImage[], nowMs: number): Promise<number>
  waiting(): Promise<readonly WaitingFlight[]>
  remove(flight: string): Promise<void>
}

export function createFlightList(folder: string): FlightList {
  const fileOf = (flight: string): string => join(folder, `${flight}${ending}`)
  const names = async (): Promise<readonly string[]> => {
    const found = await readdir(folder).catch(() => [])
    return found.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length))
  }

  async function addFlight(flight: string, images: readonly ListedImage[], nowMs: number): Promise<number> {
    if (!flightPattern.test(flight)) return images.length
    const size = await stat(fileOf(flight)).then(
      ({ size }) => size,
      () => undefined,
    )
    if (size === undefined && (await names()).length >= limits.flights) return images.length
    const lines = images.map((image) => `${JSON.stringify({ ...image, addedMs: nowMs } satisfies Line)}\n`).join('')
    if ((size ?? 0) + lines.length > limits.flightBytes) return images.length
    // The line break in front ends a line that a power cut left half written.
    await appendFile(fileOf(flight), `\n${lines}`)
    return 0
  }

  return {
    async add(images, nowMs) {
      await mkdir(folder, { recursive: true })
      let left = 0
      for (const [flight, members] of Map.groupBy(images, ({ facts }) => facts.flight ?? ''))
        left += await addFlight(flight, members, nowMs)
      return left
    },
    async waiting() {
      const flights: WaitingFlight[] = []
      for (const flight of await names()) {
        const lines = linesOf(await readFile(fileOf(flight), 'utf8').catch(() => ''))
        const lastAddedMs = lines.reduce((last, { addedMs }) => Math.max(last, addedMs), 0)
        flights.push({ flight, lastAddedMs, images: lines.map(({ path, copy, facts }) => ({ path, copy, facts })) })
      }
      return flights.toSorted((a, b) => a.lastAddedMs - b.lastAddedMs)
    },
    remove: (flight) => rm(fileOf(flight), { force: true }),
  }
}

function linesOf(text: string): readonly Line[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Line]
    } catch {
      return []
    }
  })
}
