// A load generator as a child process: its lines, and the JSON of the last one as its result.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface LoadProcess<Result> {
  readonly pid: number
  /** The first line. */
  readonly started: Promise<void>
  /** The last line, once the process has ended. Rejects when it ends with a fault. */
  readonly result: Promise<Result>
}

/** Starts bench/load/`program` with a young generation large enough that its own collections do not disturb the measurement. */
export function startLoad<Result>(program: string, args: readonly string[]): LoadProcess<Result> {
  const words = ['--max-semi-space-size=64', join(import.meta.dirname, program), ...args]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  let last = ''
  lines.on('line', (line) => (last = line))
  const ended = once(child, 'close') as Promise<[number | null]>
  return {
    pid: child.pid ?? 0,
    started: Promise.race([once(lines, 'line'), ended]).then(() => undefined),
    result: ended.then(([code]) => {
      if (code !== 0) throw new Error(`${program} ended with ${code}`)
      return JSON.parse(last) as Result
    }),
  }
}
