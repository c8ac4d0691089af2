// What a back-up says of itself: a small manifest, and beside it the list of its files, one line of JSON for each.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { createInterface } from 'node:readline'
import { Type, type Static } from 'typebox'
import { checkedDocument } from '../../broker/contract/checked-document.ts'
import { AppError } from '../../broker/contract/app-error.ts'

/** Of the folder of a back-up. `files` has what comes back into the data folder, under the same names. */
export const backupNames = { manifest: 'manifest.json', list: 'files.jsonl', files: 'files' } as const

/** Where what is copied by its own means stands among the files. */
export const copiedNames = {
  readings: 'hub/readings.duckdb',
  database: 'hub/hub.sqlite',
  enrolment: 'authority/enrolment.db',
} as const

/** Raised when an older program could not restore it any more. */
export const backupFormat = 1

const strict = { additionalProperties: false } as const
const Count = Type.Integer({ minimum: 0 })
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** What lies in another system, and comes back by that one's own tools. */
const externalParts = ['readings', 'database', 'images'] as const
export type ExternalPart = (typeof externalParts)[number]
export const ExternalPartName = Type.Unsafe<ExternalPart>(Type.Union(externalParts.map((part) => Type.Literal(part))))

export const BackupManifest = Type.Object(
  {
    format: Type.Literal(backupFormat),
    /** Also the name of its folder. */
    id: Type.String({ pattern: '^[0-9]{8}T[0-9]{6}Z$' }),
    /** Version of the program that made it. */
    program: Type.String(),
    startedMs: Type.Number(),
    finishedMs: Type.Number(),
    cause: Type.Union([Type.Literal('schedule'), Type.Literal('person'), Type.Literal('command')]),
    by: Type.String(),
    /** The hub's database: the migrations that its tables have had. Null: PostgreSQL. */
    database: Type.Union([Type.Object({ migrations: Type.Array(Type.String()) }, strict), Type.Null()]),
    /** The store of readings. Null: another system. */
    readings: Type.Union([Type.Object({ batch: Count, cursors: Count, readings: Count }, strict), Type.Null()]),
    external: Type.Array(ExternalPartName),
    list: Type.Object({ sha256: Sha256, files: Count, bytes: Count }, strict),
    /** Bytes that the back-up before had not yet: about what it takes on the disk. */
    newBytes: Count,
  },
  strict,
)
export type BackupManifest = Static<typeof BackupManifest>

export const ListedFile = Type.Object(
  {
    /** From `files`, with slashes. */
    path: Type.String({ minLength: 1, maxLength: 4096 }),
    bytes: Count,
    sha256: Sha256,
    modifiedMs: Type.Number(),
    /** Permissions that it has in the data folder. */
    mode: Count,
  },
  strict,
)
export type ListedFile = Static<typeof ListedFile>

/** Throws `backup.unfinished` where there is none, `backup.newer`, `backup.damaged`. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, backupNames.manifest), 'utf8').catch((thrown: unknown) => {
    const hint = 'name the folder of one back-up, such as 20261124T023000Z; one that was cut off has no manifest'
    throw new AppError('backup.unfinished', `${folder} is no finished back-up: ${hint}`, { cause: thrown })
  })
  try {
    const parsed: unknown = JSON.parse(text)
    refuseNewer(parsed)
    return checkedDocument(BackupManifest, parsed)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'backup.newer') throw thrown
    throw damaged(`${join(folder, backupNames.manifest)} cannot be read`, thrown)
  }
}

function refuseNewer(parsed: unknown): void {
  const { format, program } = (parsed ?? {}) as { readonly format?: unknown; readonly program?: unknown }
  if (typeof format !== 'number' || format <= backupFormat) return
  throw new AppError(
    'backup.newer',
    `the back-up was made by Musubi ${String(program)}; restore it with that version or a later one`,
  )
}

/** In the order of the list. Throws `backup.damaged` where a line cannot be read or leads out of the folder. */
export async function* listedFiles(folder: string): AsyncGenerator<ListedFile> {
  const lines = createInterface({ input: createReadStream(join(folder, backupNames.list)), crlfDelay: Infinity })
  for await (const line of lines) {
    let file: ListedFile
    try {
      file = checkedDocument(ListedFile, JSON.parse(line))
    } catch (thrown) {
      throw damaged(`the list of ${folder} has a line that cannot be read`, thrown)
    }
    const isInside = !isAbsolute(file.path) && normalize(file.path) === file.path && !file.path.startsWith('..')
    if (!isInside) throw damaged(`the list of ${folder} names ${file.path}`)
    yield file
  }
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

export function damaged(message: string, cause?: unknown): AppError {
  return new AppError('backup.damaged', `${message}; use another back-up`, { cause })
}
