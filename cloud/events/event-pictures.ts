// Thumbnails of events on the hub's disk: each under its hash, in a folder of the day on which it came.
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { EventPicture } from '../ingest/commit-group.ts'

/** `receivedMs` of the event finds the day. */
type PictureKey = Omit<EventPicture, 'bytes'>

export interface PictureLimits {
  readonly days: number
  /** Bound on the whole folder; the oldest days go first. */
  readonly maxBytes: number
}

export interface EventPictures {
  /** Durable when it resolves; the same picture may be kept again. Throws `store.unavailable`. */
  keep(pictures: readonly EventPicture[]): Promise<void>
  /** Undefined: expired. */
  find(key: PictureKey): Promise<Buffer | undefined>
  /** Deletes what is too old, and the oldest days beyond the bound. Gives how many days of tenants went. */
  expire(nowMs: number): Promise<number>
}

const dayMs = 86_400_000
const dayPattern = /^\d{4}-\d{2}-\d{2}$/

export function openEventPictures(folder: string, limits: PictureLimits): EventPictures {
  const folderOf = ({ tenant, receivedMs }: PictureKey) => join(folder, tenant, dayOf(receivedMs))
  return {
    async keep(pictures) {
      try {
        const folders = new Set(pictures.map(folderOf))
        for (const one of folders) await mkdir(one, { recursive: true })
        await Promise.all(pictures.map((picture) => write(folderOf(picture), picture)))
        for (const one of folders) await sync(one)
      } catch (cause) {
        throw new AppError('store.unavailable', `thumbnails cannot be kept in ${folder}`, { cause })
      }
    },
    find: (key) => readFile(join(folderOf(key), `${key.sha256}.jpg`)).catch(() => undefined),
    async expire(nowMs) {
      const oldest = dayOf(nowMs - limits.days * dayMs)
      const days = await daysOf(folder)
      let bytes = days.reduce((sum, day) => sum + day.bytes, 0)
      let dropped = 0
      for (const day of days.toSorted((a, b) => (a.day < b.day ? -1 : 1))) {
        if (day.day >= oldest && bytes <= limits.maxBytes) break
        await rm(day.path, { recursive: true, force: true })
        bytes -= day.bytes
        dropped += 1
      }
      return dropped
    },
  }
}

/** The UTC day. */
function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

/** Appears whole, or not at all. One that is there has the same bytes: its name is their hash. */
async function write(folder: string, { sha256, bytes }: EventPicture): Promise<void> {
  const path = join(folder, `${sha256}.jpg`)
  if ((await stat(path).catch(() => undefined))?.size === bytes.length) return
  const handle = await open(`${path}.part`, 'w')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${path}.part`, path)
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

interface KeptDay {
  readonly path: string
  readonly day: string
  readonly bytes: number
}

async function daysOf(folder: string): Promise<readonly KeptDay[]> {
  const days: KeptDay[] = []
  for (const tenant of await readdir(folder).catch(() => [])) {
    for (const day of await readdir(join(folder, tenant)).catch(() => [])) {
      if (!dayPattern.test(day)) continue
      const path = join(folder, tenant, day)
      days.push({ path, day, bytes: await bytesIn(path) })
    }
  }
  return days
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder)) {
    bytes += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0
  }
  return bytes
}
