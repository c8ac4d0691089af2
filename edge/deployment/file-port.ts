// What deployment asks of the disk, as single steps: so that a test can cut the power after each, and lose what was not synced.
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import {
  appendFile,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises'
import { AppError } from '../../broker/contract/app-error.ts'

export interface FilePort {
  /** Undefined where there is no such file. */
  read(path: string): Promise<Buffer | undefined>
  write(path: string, bytes: Uint8Array): Promise<void>
  append(path: string, bytes: Uint8Array): Promise<void>
  /** What was written to the file is on the medium. */
  syncFile(path: string): Promise<void>
  /** The names in the folder are on the medium. */
  syncFolder(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** The same content under a second name; a copy where the file system has no links. */
  link(from: string, to: string): Promise<void>
  /** With the folders above it. */
  makeFolder(path: string): Promise<void>
  /** A file or a folder with all in it; nothing where there is none. */
  remove(path: string): Promise<void>
  /** Names; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>
  /** Undefined where there is no such file. */
  sizeOf(path: string): Promise<number | undefined>
  /** Hex. */
  sha256Of(path: string): Promise<string>
  freeBytes(folder: string): Promise<number>
}

/** Each throws `deployment.disk-full` where the disk is full, else what Node throws. */
export const realFiles: FilePort = {
  read: (path) => absent(readFile(path)),
  write: (path, bytes) => named(path, writeFile(path, bytes)),
  append: (path, bytes) => named(path, appendFile(path, bytes)),
  syncFile: (path) => named(path, synced(path, constants.O_RDWR)),
  syncFolder: (path) => named(path, synced(path, constants.O_RDONLY)),
  rename: (from, to) => named(to, rename(from, to)),
  link: (from, to) => named(to, linked(from, to)),
  makeFolder: async (path) => void (await named(path, mkdir(path, { recursive: true }))),
  remove: (path) => rm(path, { recursive: true, force: true }),
  list: async (folder) => (await absent(readdir(folder))) ?? [],
  sizeOf: async (path) => (await absent(stat(path)))?.size,
  async sha256Of(path) {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
    return hash.digest('hex')
  },
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  },
}

async function synced(path: string, flags: number): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** FAT and some network folders know no links. */
async function linked(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOSPC') throw thrown
    await copyFile(from, to)
    await synced(to, constants.O_RDWR)
  }
}

async function absent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}

async function named<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw thrown
    throw new AppError('deployment.disk-full', `the disk is full: ${path} could not be written`, { cause: thrown })
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
