// Brings the plain files of a data folder into a back-up: copied once, and from then on shared with the back-up before.
import { constants } from 'node:fs'
import { appendFile, chmod, copyFile, link, mkdir, rm, stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { dirname, join } from 'node:path'
import { isSystemFault } from '../../broker/contract/system-fault.ts'
import { backupNames, damaged, type ListedFile, listedFiles, readManifest, sha256Of } from './backup-manifest.ts'
import { type FoundFile, walkData } from './data-walk.ts'
import { syncPath } from './sync-path.ts'

export interface KeeperTask {
  readonly dataFolder: string
  /** The folder of the new back-up. */
  readonly target: string
  /** Whole paths that are copied by their own means, or not at all. */
  readonly exclude: readonly string[]
  /** The folder of a whole back-up on the same file system. */
  readonly previous: string | undefined
}

export interface Gathered {
  readonly files: number
  readonly bytes: number
  /** Of what no earlier back-up has. */
  readonly newBytes: number
}

/** A file that was changed in the same moment in which the last back-up looked at it looks unchanged. */
const racyMs = 2_000
const copiesAtOnce = 4
const tries = 3
const privateMode = 0o600
const linesAtOnce = 1_000

type Kept = ListedFile & { readonly isNew: boolean }

export class FileKeeper {
  readonly #task: KeeperTask
  readonly #exclude: ReadonlySet<string>
  readonly #kept = new Map<string, Kept>()
  readonly #folders = new Set<string>()
  #previous: ReadonlyMap<string, ListedFile> | undefined
  #bytes = 0
  #newBytes = 0

  constructor(task: KeeperTask) {
    this.#task = task
    this.#exclude = new Set(task.exclude)
  }

  /** What there is, and how much of it has to be copied. */
  async measure(): Promise<Gathered> {
    const previous = await this.#filesBefore()
    let [files, bytes, newBytes] = [0, 0, 0]
    for await (const found of walkData(this.#task.dataFolder, this.#exclude)) {
      files += 1
      bytes += found.bytes
      if (!isSame(previous.get(found.path), found)) newBytes += found.bytes
    }
    return { files, bytes, newBytes }
  }

  /** Copies what is new or changed since the last time. A file that is written meanwhile is taken as it was at one moment of its growth. */
  async gather(onProgress: (soFar: Gathered) => void): Promise<void> {
    const previous = await this.#filesBefore()
    const found = walkData(this.#task.dataFolder, this.#exclude)
    const worker = async (): Promise<void> => {
      for await (const file of { [Symbol.asyncIterator]: () => ({ next: () => found.next() }) }) {
        if (isUnchanged(this.#kept.get(file.path), file)) continue
        await this.#keep(file, previous.get(file.path))
        onProgress(this.#sum())
      }
    }
    await Promise.all(Array.from({ length: copiesAtOnce }, worker))
  }

  /** Takes up what was copied by its own means; a copied SQLite file is closed and checked. */
  async seal(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const file = join(this.#task.target, backupNames.files, path)
      if (!path.endsWith('.duckdb')) sealSqlite(file)
      await this.#makePlace(path)
      await chmod(file, privateMode)
      await syncPath(file)
      const { size: bytes, mtimeMs } = await stat(file)
      const sha256 = await sha256Of(file)
      const modifiedMs = Math.floor(mtimeMs)
      this.#put({ path, bytes, sha256, modifiedMs, mode: privateMode, isNew: true })
    }
  }

  /** Writes the list; everything is on the medium when it resolves. */
  async finish(): Promise<Gathered & { readonly sha256: string }> {
    const { target } = this.#task
    const list = join(target, backupNames.list)
    const files = [...this.#kept.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
    await appendFile(list, '', { mode: privateMode })
    for (let first = 0; first < files.length; first += linesAtOnce) {
      const lines = files.slice(first, first + linesAtOnce).map((file) => `${JSON.stringify(lineOf(file))}\n`)
      await appendFile(list, lines.join(''))
    }
    await syncPath(list)
    for (const folder of [...this.#folders, join(target, backupNames.files), target]) await syncPath(folder)
    return { ...this.#sum(), sha256: await sha256Of(list) }
  }

  async #keep(found: FoundFile, before: ListedFile | undefined): Promise<void> {
    await this.#makePlace(found.path)
    const to = join(this.#task.target, backupNames.files, found.path)
    await rm(to, { force: true })
    this.#drop(found.path)
    if (before !== undefined && isSame(before, found) && (await this.#share(before, to))) {
      this.#put({ ...before, isNew: false })
      return
    }
    const copied = await copyStill(join(this.#task.dataFolder, found.path), to)
    if (copied === undefined) return
    await chmod(to, privateMode)
    await syncPath(to)
    const { size: bytes } = await stat(to)
    const { path, mode } = found
    const sha256 = await sha256Of(to)
    this.#put({ path, bytes, sha256, modifiedMs: copied.modifiedMs, mode, isNew: true })
  }

  /** False where the file system has no hard links, or no more of this one, or the earlier file is not what it was. */
  async #share(before: ListedFile, to: string): Promise<boolean> {
    const from = join(this.#task.previous ?? '', backupNames.files, before.path)
    const found = await stat(from).catch(() => undefined)
    if (found?.size !== before.bytes) return false
    return await link(from, to).then(
      () => true,
      () => false,
    )
  }

  async #makePlace(path: string): Promise<void> {
    const root = join(this.#task.target, backupNames.files)
    const parts = dirname(path).split('/')
    for (let depth = 1; depth <= parts.length; depth++) this.#folders.add(join(root, ...parts.slice(0, depth)))
    await mkdir(join(root, ...parts), { recursive: true, mode: 0o700 })
  }

  async #filesBefore(): Promise<ReadonlyMap<string, ListedFile>> {
    const { previous } = this.#task
    this.#previous ??= previous === undefined ? new Map() : await filesOf(previous)
    return this.#previous
  }

  #put(file: Kept): void {
    this.#drop(file.path)
    this.#kept.set(file.path, file)
    this.#count(file, 1)
  }

  #drop(path: string): void {
    const file = this.#kept.get(path)
    if (file !== undefined && this.#kept.delete(path)) this.#count(file, -1)
  }

  #count({ bytes, isNew }: Kept, times: 1 | -1): void {
    this.#bytes += times * bytes
    if (isNew) this.#newBytes += times * bytes
  }

  #sum(): Gathered {
    return { files: this.#kept.size, bytes: this.#bytes, newBytes: this.#newBytes }
  }
}

function lineOf({ path, bytes, sha256, modifiedMs, mode }: Kept): ListedFile {
  return { path, bytes, sha256, modifiedMs, mode }
}

/** Those of which it is sure that they had been at rest. Nothing where the earlier back-up cannot be read: everything is copied then. */
async function filesOf(folder: string): Promise<ReadonlyMap<string, ListedFile>> {
  const files = new Map<string, ListedFile>()
  try {
    const { startedMs } = await readManifest(folder)
    for await (const file of listedFiles(folder)) {
      if (file.modifiedMs < startedMs - racyMs) files.set(file.path, file)
    }
  } catch {
    return new Map()
  }
  return files
}

function isUnchanged(kept: ListedFile | undefined, { bytes, modifiedMs }: FoundFile): boolean {
  return kept?.bytes === bytes && kept.modifiedMs === modifiedMs
}

function isSame(before: ListedFile | undefined, found: FoundFile): boolean {
  return isUnchanged(before, found) && before?.mode === found.mode
}

/** Undefined: it has gone away. A file that does not come to rest is taken as it is: it grows at its end, and goes on from there. */
async function copyStill(from: string, to: string): Promise<{ readonly modifiedMs: number } | undefined> {
  for (let left = tries; ; left--) {
    try {
      const before = await stat(from)
      // Shares the blocks where the file system can, and copies them where it cannot.
      await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
      const after = await stat(from)
      const isStill = before.size === after.size && before.mtimeMs === after.mtimeMs
      if (isStill || left <= 1) return { modifiedMs: Math.floor(before.mtimeMs) }
    } catch (thrown) {
      await rm(to, { force: true })
      // Else it is the place of the copy that has gone away.
      if (isSystemFault(thrown, 'ENOENT') && !(await stat(from).catch(() => undefined))) return undefined
      throw thrown
    }
    await rm(to, { force: true })
  }
}

/** One file without a log beside it. Throws `backup.damaged`. */
function sealSqlite(file: string): void {
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA journal_mode = DELETE')
    const found = database.prepare('PRAGMA quick_check').get()
    if (found?.['quick_check'] !== 'ok') throw damaged(`the copy ${file} is not whole: ${JSON.stringify(found)}`)
  } finally {
    database.close()
  }
}
