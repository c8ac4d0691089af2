// The artefacts of a hub on its disk, each under its sha-256: whole, checked and on the medium before it has its name. Beside it
// stands an empty file for each tenant that has uploaded it: what one has is neither told nor given to another.
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { AppError } from '../../broker/contract/app-error.ts'
import { deploymentLimits } from '../../broker/contract/deployment-limits.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'
import { type TenantScope, wholeCity } from '../people/principal.ts'

const hashPattern = /^[0-9a-f]{64}$/
const hashLength = 64
/** What was uploaded for a roll-out that is not there yet is left alone for so long. */
const youngMs = 86_400_000

export class ArtefactStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** For the tenants of `scope`. Throws `deployment.artefact` for content of another hash, `limit.exceeded`, `store.unavailable`. */
  async keep(sha256: string, content: Readable, scope = wholeCity): Promise<{ readonly bytes: number }> {
    if (!hashPattern.test(sha256)) throw new AppError('deployment.artefact', `"${sha256}" is no sha-256 in hex`)
    await mkdir(this.#folder, { recursive: true })
    const part = join(this.#folder, `${sha256}.${randomUUID()}.part`)
    try {
      const bytes = await this.#write(part, sha256, content)
      await rename(part, this.#path(sha256))
      for (const tenant of scope.tenants === 'all' ? [] : scope.tenants) {
        await writeFile(this.#ownerPath(sha256, tenant), '')
      }
      await syncFolder(this.#folder)
      return { bytes }
    } catch (thrown) {
      await rm(part, { force: true })
      if (isSystemFault(thrown, 'ENOSPC')) {
        throw new AppError('store.unavailable', 'the disk of the hub has no room for the artefact', { cause: thrown })
      }
      throw thrown
    }
  }

  /** Bytes; undefined where there is none. */
  async sizeOf(sha256: string): Promise<number | undefined> {
    if (!hashPattern.test(sha256)) return undefined
    return (await stat(this.#path(sha256)).catch(() => undefined))?.size
  }

  /**
   * As sizeOf, for who has uploaded it or looks after the whole city, after its bytes were read: one that has rotted on the
   * disk is removed, so that it can be uploaded again.
   */
  async checked(sha256: string, scope = wholeCity): Promise<number | undefined> {
    const bytes = (await this.#isOf(sha256, scope)) ? await this.sizeOf(sha256) : undefined
    if (bytes === undefined) return undefined
    const hash = createHash('sha256')
    for await (const chunk of this.open(sha256, 0)) hash.update(chunk as Buffer)
    if (hash.digest('hex') === sha256) return bytes
    await rm(this.#path(sha256), { force: true })
    return undefined
  }

  /** From this byte on. */
  open(sha256: string, from: number): Readable {
    return createReadStream(this.#path(sha256), { start: from })
  }

  /** Removes what nothing needs and what broke off. Returns how many. */
  async collect(needed: ReadonlySet<string>, nowMs: number): Promise<number> {
    let removed = 0
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name)
      const found = await stat(path).catch(() => undefined)
      if (needed.has(name.slice(0, hashLength)) || found === undefined || nowMs - found.mtimeMs < youngMs) continue
      await rm(path, { force: true })
      removed += 1
    }
    return removed
  }

  async #isOf(sha256: string, { tenants }: TenantScope): Promise<boolean> {
    if (tenants === 'all') return true
    if (!hashPattern.test(sha256)) return false
    const owned = tenants.map((tenant) => stat(this.#ownerPath(sha256, tenant)).then(Boolean, () => false))
    return (await Promise.all(owned)).includes(true)
  }

  /** A tenant is `[a-z0-9-]`. */
  #ownerPath(sha256: string, tenant: string): string {
    return `${this.#path(sha256)}.of.${tenant}`
  }

  async #write(part: string, sha256: string, content: Readable): Promise<number> {
    const hash = createHash('sha256')
    const file = await open(part, 'w')
    let bytes = 0
    try {
      for await (const chunk of content) {
        bytes += (chunk as Buffer).length
        if (bytes > deploymentLimits.artefactBytes) {
          throw new AppError('limit.exceeded', `an artefact has at most ${deploymentLimits.artefactBytes} bytes`)
        }
        hash.update(chunk as Buffer)
        await file.writeFile(chunk as Buffer)
      }
      const found = hash.digest('hex')
      if (found !== sha256) {
        throw new AppError('deployment.artefact', `what came has sha-256 ${found} instead of ${sha256}`)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    return bytes
  }

  #path(sha256: string): string {
    return join(this.#folder, sha256)
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
