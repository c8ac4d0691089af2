// A program of the operating system run as a supervised child: its end is always awaited, its complaints are kept, it never outlives us.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { AppError } from '../broker/contract/app-error.ts'
import type { Clock } from '../broker/contract/ports.ts'

export interface ChildProgramOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly clock: Clock
  /** What to install where the command is missing, `the Debian package ffmpeg`. */
  readonly install: string
  /** Texts that must not be told: they are replaced in `complaint`. */
  readonly secrets?: readonly string[]
}

export interface ChildProgram {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly pid: number | undefined
  /** Resolves when the process has ended and was reaped; never rejects. */
  readonly ended: Promise<ChildEnd>
  /** The last lines of standard error, without secrets. */
  complaint(): string
  /** SIGTERM, then SIGKILL after `killAfterMs`; resolves when the process is gone. */
  stop(): Promise<ChildEnd>
}

interface ChildEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** The command could not be started. */
  readonly missing: AppError | undefined
}

const killAfterMs = 2000
/** Bound of the kept standard error; the oldest text gives way. */
const maxComplaint = 2048

export function startChildProgram(options: ChildProgramOptions): ChildProgram {
  const { command, args, clock, install, secrets = [] } = options
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    said = (said + text).slice(-maxComplaint)
  })
  // A child that ends closes its pipes under our hands; its exit tells what happened.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined)
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, missing: undefined }))
    child.once('error', (cause) => {
      if (child.pid !== undefined) return
      const missing = new AppError('tool.missing', `${command} cannot be started: install ${install}`, { cause })
      resolve({ exitCode: null, signal: null, missing })
    })
  })
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    pid: child.pid,
    ended,
    complaint: () => concealed(said.trim(), secrets),
    async stop() {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return ended
      child.kill('SIGTERM')
      const kill = clock.setTimer(() => child.kill('SIGKILL'), killAfterMs)
      // Nobody reads it any more: a full pipe must not keep the child from ending.
      child.stdout.destroy()
      const end = await ended
      kill.cancel()
      return end
    },
  }
}

function concealed(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== '').reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
}
