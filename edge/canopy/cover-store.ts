// The covers of past flights, on disk: what the next flight over the same field is compared with.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { coverMap } from '../../models/canopy/cover-map.ts'
import type { ChangedCell } from '../../models/canopy/cover-change.ts'
import type { CoveredCell } from '../../models/canopy/flight-cover.ts'
import type { GroundGrid } from '../../models/canopy/ground-grid.ts'

interface KeptCover {
  readonly timeMs: number
  readonly model: string
  readonly grid: GroundGrid
  readonly cells: readonly CoveredCell[]
}

const ending = '.cover.json'
/** The oldest beyond this are deleted. */
const keptCovers = 100

export interface CoverStore {
  /** Also writes `{flight}.cover.geojson`, which has the change too. */
  keep(flight: string, cover: KeptCover & { readonly cells: readonly ChangedCell[] }): Promise<void>
  /** Cells of the newest cover before `timeMs` of the same model on the same grid that shares a cell; not of the flight itself. */
  before(flight: string, cover: KeptCover): Promise<readonly CoveredCell[] | undefined>
}

/** Files that cannot be read are passed over: the next flight is then compared with an older one. */
export function createCoverStore(folder: string): CoverStore {
  /** Oldest first: the id of a flight begins with its time. */
  const flights = async (): Promise<readonly string[]> => {
    const names = await readdir(folder).catch(() => [])
    return names
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length))
      .toSorted()
  }
  return {
    async keep(flight, cover) {
      await mkdir(folder, { recursive: true })
      const cells = cover.cells.map(({ row, column, values, pixels }) => ({ row, column, values, pixels }))
      await replace(join(folder, `${flight}.cover.geojson`), JSON.stringify(coverMap(cover.grid, cover.cells)))
      await replace(join(folder, `${flight}${ending}`), JSON.stringify({ ...cover, cells }))
      for (const old of (await flights()).slice(0, -keptCovers)) {
        for (const name of [`${old}${ending}`, `${old}.cover.geojson`]) await rm(join(folder, name), { force: true })
      }
    },
    async before(flight, { timeMs, model, grid, cells }) {
      const seen = new Set(cells.map(({ row, column }) => `${row}:${column}`))
      for (const candidate of (await flights()).toReversed()) {
        if (candidate === flight) continue
        const kept = await readCover(join(folder, `${candidate}${ending}`))
        if (kept === undefined || kept.timeMs >= timeMs || kept.model !== model || !isSameGrid(kept.grid, grid))
          continue
        if (kept.cells.some(({ row, column }) => seen.has(`${row}:${column}`))) return kept.cells
      }
      return undefined
    },
  }
}

function isSameGrid(a: GroundGrid, b: GroundGrid): boolean {
  return a.cellM === b.cellM && a.degreeM.lon === b.degreeM.lon && a.degreeM.lat === b.degreeM.lat
}

async function readCover(file: string): Promise<KeptCover | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as KeptCover
  } catch {
    return undefined
  }
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text)
  await rename(`${file}.part`, file)
}
