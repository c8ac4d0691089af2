// Debian's mosquitto as the peer of a benchmark, with the bounds lifted that would drop most of a pipelined load.
import { spawn, type ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { freePort } from '../../firmware-bridge/simulators/free-port.ts'

/**
 * `file`.conf is written; `core` pins it to one processor core; `port`: a free one, unless it is given; `more`: further lines of its
 * configuration. Resolves when it answers.
 */
export async function startMosquitto(
  file: string,
  core?: string,
  { port: given, more = [] }: { readonly port?: number; readonly more?: readonly string[] } = {},
): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const port = given ?? (await freePort())
  const config = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    ...more,
    // 0 means unlimited.
    'max_queued_messages 0',
    'max_inflight_messages 0',
    'log_type error',
    '',
  ]
  await writeFile(`${file}.conf`, config.join('\n'))
  const words = ['mosquitto', '-c', `${file}.conf`]
  const [command, ...args] = core === undefined ? words : ['taskset', '-c', core, ...words]
  const server = spawn(command!, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  await answers(port)
  return { process: server, port }
}

async function answers(port: number): Promise<void> {
  const endMs = performance.now() + 10_000
  while (performance.now() < endMs) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1')
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('mosquitto did not start; is the Debian package installed?')
}
