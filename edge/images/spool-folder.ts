// Whole files in the spool's folder: copies from cards, and snapshots that no other file holds.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { pid } from 'node:process'

const chunkBytes = 65_536

export class SpoolFolder {
  readonly #folder: string
  #serial = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Reads a file once: its SHA-256, and with `copy` a copy in the spool that is on the medium when this resolves. */
  async take(path: string, copy: boolean): Promise<{ readonly sha256: string; readonly copy: string | undefined }> {
    const hash = createHash('sha256')
    const target = copy ? await this.#begin() : undefined
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
        hash.update(chunk as Buffer)
        await target?.handle.writeFile(chunk as Buffer)
      }
      const sha256 = hash.digest('hex')
      return { sha256, copy: target && (await this.#end(target, sha256)) }
    } catch (thrown) {
      await target?.handle.close().catch(() => undefined)
      if (target !== undefined) await rm(target.path, { force: true })
      throw thrown
    }
  }

  /** Where a copy of this content lies, or would. */
  pathOf(sha256: string): string {
    return join(this.#folder, sha256)
  }

  /** Keeps bytes that are nowhere else; on the medium when this resolves. */
  async keep(bytes: Uint8Array, sha256: string): Promise<void> {
    const target = await this.#begin()
    await target.handle.writeFile(bytes)
    await this.#end(target, sha256)
  }

  /** Removes files that no row claims: what a power cut left between a file and its row. Newer ones may be in the making. */
  async sweep(claimed: ReadonlySet<string>, olderThanMs: number): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name)
      if (claimed.has(path)) continue
      const written = await stat(path).catch(() => undefined)
      if (written !== undefined && written.mtimeMs < olderThanMs) await rm(path, { force: true })
    }
  }

  async #begin(): Promise<{ readonly path: string; readonly handle: FileHandle }> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    this.#serial += 1
    const path = join(this.#folder, `.taking-${pid}-${this.#serial}`)
    return { path, handle: await open(path, 'w', 0o600) }
  }

  async #end(target: { readonly path: string; readonly handle: FileHandle }, sha256: string): Promise<string> {
    await target.handle.sync()
    await target.handle.close()
    const path = this.pathOf(sha256)
    await rename(target.path, path)
    const folder = await open(this.#folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
    return path
  }
}
