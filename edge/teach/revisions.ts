// The revisions of one product on disk: which one is in use, the ones before it, and why each was taken or not.
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'

export interface RevisionRecord {
  readonly version: string
  readonly atMs: number
  readonly outcome: 'activated' | 'kept-out' | 'failed' | 'rolled-back'
  /** For a person: figures, or what went wrong. */
  readonly reason: string
}

interface State {
  /** See begin. */
  readonly base?: string
  /** Versions that may be used, oldest first; the last one is in use. */
  readonly chain: readonly string[]
  /** The highest version ever given, so that none is given twice. */
  readonly newest: string
  readonly history: readonly RevisionRecord[]
}

/** Bound: revisions on disk, each some 2 MB. Overflow: the oldest goes. Owner: this store. */
const mostRevisions = 5
/** Bound: records. Overflow: the oldest goes. */
const mostRecords = 50
const empty: State = { chain: [], newest: '1.0.0', history: [] }

/** One writer at a time. Throws AppError `store.unavailable` where it cannot write. */
export class RevisionStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Undefined where nothing was taught yet. */
  async active(): Promise<{ readonly version: string; readonly folder: string } | undefined> {
    const version = (await this.#state()).chain.at(-1)
    return version === undefined ? undefined : { version, folder: this.folderOf(version) }
  }

  async history(): Promise<readonly RevisionRecord[]> {
    return (await this.#state()).history
  }

  /** The version for the next revision: the patch rises, over every one given here and over that of the package in use. */
  async nextVersion(inUse?: string): Promise<string> {
    const { newest, history } = await this.#state()
    if (history.length === 0 && inUse === undefined) return newest
    const [major = 1, minor = 0, patch = 0] =
      inUse === undefined || isOver(newest, inUse) ? numbers(newest) : numbers(inUse)
    return `${major}.${minor}.${patch + 1}`
  }

  /**
   * `base`: what tells the configured package from another one. Where that is another one now, the revisions of the one before are
   * of no use any more: they are removed, and none is in use. True: so it was.
   */
  async begin(base: string): Promise<boolean> {
    const state = await this.#state()
    if (state.base === base) return false
    const outdated = state.base === undefined ? [] : state.chain
    await this.#write({ ...state, base, chain: state.chain.filter((version) => !outdated.includes(version)) })
    for (const version of outdated) await rm(this.folderOf(version), { recursive: true, force: true })
    return outdated.length > 0
  }

  folderOf(version: string): string {
    return join(this.#folder, `revision-${version}`)
  }

  /** Puts a written revision into use, and drops the oldest over the bound. */
  async activate(record: Omit<RevisionRecord, 'outcome'>): Promise<void> {
    const state = await this.#state()
    const chain = [...state.chain, record.version]
    const dropped = chain.splice(0, Math.max(0, chain.length - mostRevisions))
    await this.#write({ ...withRecord(state, { ...record, outcome: 'activated' }), chain, newest: record.version })
    for (const version of dropped) await rm(this.folderOf(version), { recursive: true, force: true })
  }

  /** Records why a revision is not used, and removes it. */
  async refuse(record: RevisionRecord): Promise<void> {
    const state = await this.#state()
    await this.#write({ ...withRecord(state, record), newest: record.version })
    await rm(this.folderOf(record.version), { recursive: true, force: true })
  }

  /** Takes a revision out of use that cannot be loaded. The next one, if any, is then in use. */
  async withdraw(record: Pick<RevisionRecord, 'version' | 'atMs' | 'reason'>): Promise<void> {
    const state = await this.#state()
    const chain = state.chain.filter((version) => version !== record.version)
    await this.#write({ ...withRecord(state, { ...record, outcome: 'failed' }), chain })
    await rm(this.folderOf(record.version), { recursive: true, force: true })
  }

  /** Versions, the newest first: the one in use, and what was in use before it; the configured package is none of them. */
  async chain(): Promise<readonly string[]> {
    return (await this.#state()).chain.toReversed()
  }

  /** Takes the revision in use out of use and removes it; the one before it, or the configured package, is then in use. */
  async rollBack(atMs: number, reason: string): Promise<void> {
    const state = await this.#state()
    const now = state.chain.at(-1)
    if (now === undefined) throw new AppError('not-found', 'there is no revision to go back from')
    const record = { version: now, atMs, outcome: 'rolled-back', reason } as const
    await this.#write({ ...withRecord(state, record), chain: state.chain.slice(0, -1) })
    await rm(this.folderOf(now), { recursive: true, force: true })
  }

  async #state(): Promise<State> {
    const text = await readFile(join(this.#folder, 'revisions.json'), 'utf8').catch(() => undefined)
    return text === undefined ? empty : (JSON.parse(text) as State)
  }

  async #write(state: State): Promise<void> {
    const path = join(this.#folder, 'revisions.json')
    try {
      await mkdir(this.#folder, { recursive: true })
      const file = await open(`${path}.part`, 'w')
      try {
        await file.writeFile(`${JSON.stringify(state, undefined, 2)}\n`)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.part`, path)
    } catch (cause) {
      throw new AppError('store.unavailable', `${path} cannot be written`, { cause })
    }
  }
}

function numbers(version: string): readonly number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0)
}

function isOver(version: string, other: string): boolean {
  const theirs = numbers(other)
  const [at, ours] = [...numbers(version).entries()].find(([index, part]) => part !== theirs[index]) ?? [0, NaN]
  return ours > (theirs[at] ?? 0)
}

function withRecord(state: State, record: RevisionRecord): State {
  return { ...state, history: [...state.history, record].slice(-mostRecords) }
}
