// The program of a set: unpacked beside its archive, compared with it before each start, and tried before it runs for the first time.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, readlink, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { readArchive } from '../../models/package-archive.ts'
import { agentFolder, cannotReplace, entryOf, environmentFor } from './agent-program.ts'
import { realFiles } from './file-port.ts'
import { placeInSet } from './set-places.ts'

/** Unpacked. The program is some 12 MB in 900 files; node-red's words lie in folders with capitals. */
const limits = {
  fileBytes: 64 * 2 ** 20,
  totalBytes: 128 * 2 ** 20,
  files: 5000,
  path: /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/,
} as const
const libraries = 'node_modules'
const lockFile = 'package-lock.json'
/** A small board takes some ten seconds to load the program for the first time. */
const tryLimitMs = 180_000

/**
 * The folder of the set's program, which holds exactly what the archive holds, and the libraries of the machine's own program (`own`).
 * Nothing here is synced: what a power cut tears is made again at the next start. Throws `deployment.agent` where it is no such archive
 * or needs other libraries, `deployment.disk-full`.
 */
export async function readyAgent(set: string, own: string): Promise<string> {
  if (process.execve === undefined) throw cannotReplace()
  const files = await unpacked(join(set, placeInSet({ kind: 'agent', id: 'musubi' })))
  await checkLibraries(files, own)
  const folder = agentFolder(set)
  if (!(await holdsExactly(folder, files))) {
    await rm(folder, { recursive: true, force: true })
    for (const [path, content] of files) {
      await realFiles.makeFolder(dirname(join(folder, path)))
      await realFiles.write(join(folder, path), content)
    }
  }
  await linkLibraries(folder, own)
  return folder
}

/** Lets the new program check the gateway's configuration with the set. Throws `deployment.agent` with what it said. */
export async function tryAgent(folder: string, base: string, set: string): Promise<void> {
  const words = [entryOf(folder), 'edge', '--config', base, '--set', set, '--check']
  const options = { timeout: tryLimitMs, killSignal: 'SIGKILL', env: environmentFor(undefined) } as const
  try {
    await promisify(execFile)(process.execPath, words, options)
  } catch (thrown) {
    const { killed, stderr } = thrown as { readonly killed?: boolean; readonly stderr?: string }
    const said = killed === true ? `it was not done after ${tryLimitMs / 1000} s` : reasonOf(stderr ?? '', thrown)
    throw new AppError('deployment.agent', `the new program does not pass its own check: ${said}`, { cause: thrown })
  }
}

/** A refusal is one line at the end; a crash has the line of its error somewhere above. */
function reasonOf(stderr: string, thrown: unknown): string {
  const lines = stderr.trim().split('\n')
  return lines.find((line) => /^(\w*Error|musubi edge):? /.test(line)) ?? lines.at(-1) ?? String(thrown)
}

/** Development tools and the number of the program itself are no libraries. Throws `deployment.agent`. */
export function librariesOf(lock: string): string {
  try {
    const { packages } = JSON.parse(lock) as {
      readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly [key: string]: unknown }>>
    }
    const needed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true)
    const lines = needed.map(([path, { version, integrity }]) => `${path} ${String(version)} ${String(integrity)}`)
    return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex')
  } catch (cause) {
    throw new AppError('deployment.agent', `${lockFile} cannot be read`, { cause })
  }
}

async function checkLibraries(files: ReadonlyMap<string, Uint8Array>, own: string): Promise<void> {
  const [needed, there] = [files.get(lockFile), await readFile(join(own, lockFile), 'utf8').catch(() => undefined)]
  if (needed === undefined) throw new AppError('deployment.agent', `the archive has no ${lockFile}`)
  if (there === undefined) throw new AppError('deployment.agent', `the program of this machine has no ${lockFile}`)
  if (librariesOf(Buffer.from(needed).toString('utf8')) === librariesOf(there)) return
  const message = 'the program needs other libraries than this machine has: install it with the package manager'
  throw new AppError('deployment.agent', message)
}

async function unpacked(archive: string): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    const files = await readArchive(createReadStream(archive), limits)
    const foreign = [...files.keys()].find((path) => path.split('/').includes(libraries))
    if (foreign !== undefined) throw new AppError('deployment.agent', `${foreign} is a library`)
    return files
  } catch (thrown) {
    const { message } = toAppError(thrown, 'deployment.agent')
    throw new AppError('deployment.agent', `it is no archive of a program: ${message}`, { cause: thrown })
  }
}

async function holdsExactly(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const found = entries.filter((entry) => !entry.isDirectory() && entry.name !== libraries)
  if (found.length !== files.size) return false
  for (const entry of found) {
    const place = join(entry.parentPath, entry.name)
    const wanted = files.get(relative(folder, place))
    if (!entry.isFile() || wanted === undefined || !(await readFile(place)).equals(wanted)) return false
  }
  return true
}

async function linkLibraries(folder: string, own: string): Promise<void> {
  const [link, target] = [join(folder, libraries), join(own, libraries)]
  if ((await readlink(link).catch(() => undefined)) === target) return
  await rm(link, { recursive: true, force: true })
  await symlink(target, link)
}
