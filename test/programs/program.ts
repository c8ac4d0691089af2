// A musubi program as a child process of a test: started, waited for by what it logs, ended by any signal.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const keptLines = 200
/** A program that hangs at its end fails its own test, by name, instead of the time limit of the test. */
const endLimitMs = 90_000

/** Flags with which a hub listens on loopback alone, on ports that the system chooses. */
export const freePorts: readonly string[] = [
  ...['--http-port', '--https-port', '--est-port', '--mqtt-port', '--mqtts-port'].flatMap((name) => [name, '0']),
  '--mqtts-host',
  '127.0.0.1',
]

export type LogLine = Readonly<Record<string, unknown>>

export interface Program {
  readonly pid: number
  /** The first log line, past or to come, with this message. Rejects when the program ends before, or after two minutes: a watchdog, far over what a busy machine needs. */
  logged(message: string): Promise<LogLine>
  /** Sends the signal and resolves with the exit code (null after a signal) once the process is gone. Rejects where it has to be killed. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
}

export interface ProgramStart {
  /** Node's own flags, before the program. */
  readonly nodeFlags?: readonly string[]
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts `musubi ARGS`; both of its outputs are read as JSON log lines. */
export function startProgram(args: readonly string[], { nodeFlags = [], env = {} }: ProgramStart = {}): Program {
  const child = spawn(process.execPath, [...nodeFlags, entry, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const lines: LogLine[] = []
  const waiting = new Set<{ readonly message: string; resolve(line: LogLine): void; reject(reason: Error): void }>()
  const ended = once(child, 'exit') as Promise<[number | null]>
  const took = (text: string): void => {
    const line = logLine(text)
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
    for (const waiter of waiting) if (line['msg'] === waiter.message) waiter.resolve(line)
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', took)
  void ended.then(() => {
    for (const waiter of waiting)
      waiter.reject(new Error(`musubi ${args[0]} ended before "${waiter.message}": ${JSON.stringify(lines.slice(-5))}`))
  })
  return {
    pid: child.pid ?? 0,
    logged: async (message) => {
      const past = lines.find((line) => line['msg'] === message)
      if (past !== undefined) return past
      const { promise, resolve, reject } = Promise.withResolvers<LogLine>()
      const waiter = { message, resolve, reject }
      const timer = setTimeout(
        () => reject(new Error(`no "${message}" in 120 s: ${JSON.stringify(lines.slice(-5))}`)),
        120_000,
      )
      waiting.add(waiter)
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        waiting.delete(waiter)
      }
    },
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        child.kill('SIGKILL')
      }, endLimitMs)
      const [code] = await ended
      clearTimeout(timer)
      if (isLate) throw new Error(`musubi ${args[0]} did not end after ${signal}: ${JSON.stringify(lines.slice(-5))}`)
      return code
    },
  }
}

function logLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { msg: text }
  }
}
