// A disk in memory that can lose its power after any step, and with it what was not synced, as real ones do.
import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import type { FilePort } from '../../edge/deployment/file-port.ts'

interface File {
  readonly kind: 'file'
  bytes: Buffer
  /** What is on the medium; undefined: nothing of it was ever synced. */
  synced: Buffer | undefined
}

interface Folder {
  readonly kind: 'folder'
  readonly entries: Map<string, File | Folder>
  /** The names that are on the medium. */
  synced: Map<string, File | Folder>
}

/**
 * lost: nothing survives that was not synced. kept: everything does, as when only the process is killed. torn: every name survives, and
 * of content that was not synced the first half.
 */
export const losses = ['lost', 'kept', 'torn'] as const
export type Loss = (typeof losses)[number]

export class PowerCut extends Error {}

export class LosingDisk implements FilePort {
  readonly #root: Folder
  /** Free bytes that are told. */
  free = 2 ** 30
  /** Steps that changed something. */
  steps = 0
  /** The power goes after this step. */
  cutAfter = Number.POSITIVE_INFINITY
  isCut = false

  constructor(root: Folder = newFolder()) {
    this.#root = root
  }

  afterPowerCut(loss: Loss): LosingDisk {
    return new LosingDisk(survivor(this.#root, loss))
  }

  async read(path: string): Promise<Buffer | undefined> {
    this.#powered()
    const node = this.#find(path)
    return node?.kind === 'file' ? Buffer.from(node.bytes) : undefined
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#step(() => this.#parent(path).entries.set(basename(path), newFile(bytes)))
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    this.#step(() => {
      const node = this.#find(path)
      if (node?.kind === 'file') node.bytes = Buffer.concat([node.bytes, bytes])
      else this.#parent(path).entries.set(basename(path), newFile(bytes))
    })
  }

  async syncFile(path: string): Promise<void> {
    this.#step(() => {
      const node = this.#file(path)
      node.synced = node.bytes
    })
  }

  async syncFolder(path: string): Promise<void> {
    this.#step(() => {
      const folder = this.#folder(path)
      folder.synced = new Map(folder.entries)
    })
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step(() => {
      const node = this.#find(from)
      if (node === undefined) throw new Error(`nothing is at ${from}`)
      this.#parent(from).entries.delete(basename(from))
      this.#parent(to).entries.set(basename(to), node)
    })
  }

  async link(from: string, to: string): Promise<void> {
    this.#step(() => this.#parent(to).entries.set(basename(to), this.#file(from)))
  }

  async makeFolder(path: string): Promise<void> {
    if (this.#find(path)?.kind === 'folder') return this.#powered()
    this.#step(() => {
      let folder = this.#root
      for (const name of partsOf(path)) {
        const next = folder.entries.get(name)
        if (next?.kind === 'folder') folder = next
        else {
          const made = newFolder()
          folder.entries.set(name, made)
          folder = made
        }
      }
    })
  }

  async remove(path: string): Promise<void> {
    if (this.#find(path) === undefined) return this.#powered()
    this.#step(() => this.#parent(path).entries.delete(basename(path)))
  }

  async list(folder: string): Promise<readonly string[]> {
    this.#powered()
    const node = this.#find(folder)
    return node?.kind === 'folder' ? [...node.entries.keys()] : []
  }

  async sizeOf(path: string): Promise<number | undefined> {
    this.#powered()
    const node = this.#find(path)
    return node?.kind === 'file' ? node.bytes.length : undefined
  }

  async sha256Of(path: string): Promise<string> {
    this.#powered()
    return createHash('sha256').update(this.#file(path).bytes).digest('hex')
  }

  async freeBytes(): Promise<number> {
    this.#powered()
    return this.free
  }

  /** Puts a file on the medium, whatever the rest does. */
  async store(path: string, bytes: Uint8Array): Promise<void> {
    await this.makeFolder(dirname(path))
    await this.write(path, bytes)
    await this.syncFile(path)
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      await this.syncFolder(folder)
      if (folder === '/') return
    }
  }

  #powered(): void {
    if (this.isCut) throw new PowerCut('the power is gone')
  }

  #step(change: () => void): void {
    this.#powered()
    change()
    this.steps += 1
    if (this.steps < this.cutAfter) return
    this.isCut = true
    throw new PowerCut(`the power went after step ${this.steps}`)
  }

  #find(path: string): File | Folder | undefined {
    let node: File | Folder = this.#root
    for (const name of partsOf(path)) {
      const next: File | Folder | undefined = node.kind === 'folder' ? node.entries.get(name) : undefined
      if (next === undefined) return undefined
      node = next
    }
    return node
  }

  #folder(path: string): Folder {
    const node = this.#find(path)
    if (node?.kind === 'folder') return node
    throw Object.assign(new Error(`there is no folder ${path}`), { code: 'ENOENT' })
  }

  #parent(path: string): Folder {
    return this.#folder(dirname(path))
  }

  #file(path: string): File {
    const node = this.#find(path)
    if (node?.kind === 'file') return node
    throw Object.assign(new Error(`there is no file ${path}`), { code: 'ENOENT' })
  }
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '')
}

function newFolder(): Folder {
  return { kind: 'folder', entries: new Map(), synced: new Map() }
}

function newFile(bytes: Uint8Array): File {
  return { kind: 'file', bytes: Buffer.from(bytes), synced: undefined }
}

function survivor(folder: Folder, loss: Loss): Folder {
  const entries = new Map<string, File | Folder>()
  for (const [name, node] of loss === 'lost' ? folder.synced : folder.entries) {
    entries.set(name, node.kind === 'folder' ? survivor(node, loss) : survivingFile(node, loss))
  }
  return { kind: 'folder', entries, synced: new Map(entries) }
}

function survivingFile({ bytes, synced }: File, loss: Loss): File {
  const unsynced = loss === 'torn' ? bytes.subarray(0, bytes.length / 2) : Buffer.alloc(0)
  const left = loss === 'kept' ? bytes : (synced ?? unsynced)
  return { kind: 'file', bytes: left, synced: left }
}
