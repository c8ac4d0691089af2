// Which program runs: that of the machine, or one that came with a set and stands in for it. The machine's own chooses, always.
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Artefact } from '../../broker/contract/desired-state.ts'

/** Tells a program of a set what it was started for; set by the machine's own program, and read by nobody else. */
const variable = 'MUSUBI_AGENT'

/** What the machine's own program tells a program of a set. */
interface Stand {
  /** Folder of the machine's own program. */
  readonly own: string
  /** The set that it was started with: this start is chosen, and counted where it is a trial. */
  readonly revision: number
  /** Version and beginning of the hash, as the item of the set names it. */
  readonly version: string
}

export interface RunningProgram {
  /** Folder of the machine's own program: systemd starts it, and its libraries are everybody's. */
  readonly own: string
  /** Undefined: the machine's own program is what runs. */
  readonly stand: Stand | undefined
}

export function runningProgram(environment: NodeJS.ProcessEnv): RunningProgram {
  const told = environment[variable]
  if (told === undefined) return { own: join(import.meta.dirname, '../..'), stand: undefined }
  const stand = JSON.parse(told) as Stand
  return { own: stand.own, stand }
}

/** The environment in which a program runs as the machine's own, or for a set. */
export function environmentFor(stand: Stand | undefined): NodeJS.ProcessEnv {
  const { [variable]: _, ...rest } = process.env
  return stand === undefined ? rest : { ...rest, [variable]: JSON.stringify(stand) }
}

/** The program of a set, where it has one. */
export function agentItemOf({ items }: { readonly items: readonly Artefact[] }): Artefact | undefined {
  return items.find(({ kind }) => kind === 'agent')
}

/** Where the program of a set is unpacked: a copy of the archive beside it, which is made again where it is not right. */
export function agentFolder(set: string): string {
  return join(set, 'agent')
}

/** The words after `node` and its flags. */
export function entryOf(folder: string): string {
  return join(folder, 'bin/musubi.ts')
}

/** This process goes on as another program, with its flags, its words and its process id. Throws `deployment.agent`. */
export function replaceProcess(folder: string, stand: Stand | undefined): never {
  if (process.execve === undefined) throw cannotReplace()
  const words = [process.execPath, ...process.execArgv, entryOf(folder), ...process.argv.slice(2)]
  return process.execve(process.execPath, words, environmentFor(stand))
}

export function cannotReplace(): AppError {
  return new AppError('deployment.agent', 'this system cannot replace a running program by another one')
}
