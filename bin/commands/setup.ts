// `musubi setup`: the first minutes of a gateway, by the phone of the engineer beside it; then it becomes the agent.
import { access, mkdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { systemClock } from '../../broker/contract/ports.ts'
import { localPagePort } from '../../edge/local-page/local-page-schema.ts'
import { configurationFile, startSetup } from '../../edge/local-page/setup/setup-page.ts'
import { hashPassword } from '../../firmware-bridge/mqtt/password-hash.ts'
import { askSecret } from '../ask-secret.ts'
import { portOf } from '../cloud-options.ts'
import { nodeEnvironment, nodeFlags } from '../node-flags.ts'
import { stopSignal } from '../stop-signal.ts'

const usage = `Usage:
  musubi setup FOLDER [--port N] [--host ADDRESS] [--mqtts-port N] [--once]
      Opens the setup page of a gateway that is not set up yet; the engineer's phone does the rest. Then this program
      becomes the agent (musubi edge). A FOLDER that is set up already is run at once.
      --port        of the page (default ${localPagePort})
      --host        the address to listen on (default: every one)
      --mqtts-port  of the hub (default 8883)
      --once        end when FOLDER is set up, instead of running it
  musubi setup code
      Asks for the engineer's code (or reads it from standard input) and prints its hash, for localPage.code of gateway.yaml.`

const shortestCode = 8

/** Returns the exit code: 0 done or stopped, 2 wrong usage. Throws `port.busy`, `identity.invalid`. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (options === undefined) {
    console.error(usage)
    return 2
  }
  if (options.folder === 'code') return await printHash()
  const file = join(options.folder, configurationFile)
  const isSetUp = await access(file).then(
    () => true,
    () => false,
  )
  if (!isSetUp && !(await setUp(options))) return 0
  if (options.once) return 0
  return becomeAgent(file)
}

type Options = NonNullable<ReturnType<typeof parse>>

function parse(args: readonly string[]) {
  try {
    const string = { type: 'string' } as const
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: string,
        host: string,
        'mqtts-port': string,
        once: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
    const [folder, ...more] = positionals
    if (folder === undefined || more.length > 0 || values.help === true) return undefined
    return {
      folder: folder === 'code' ? folder : resolve(folder),
      host: values.host ?? '0.0.0.0',
      port: portOf(values.port ?? String(localPagePort), '--port'),
      mqttsPort: portOf(values['mqtts-port'] ?? '8883', '--mqtts-port'),
      once: values.once === true,
    }
  } catch {
    return undefined
  }
}

/** False: stopped by a signal before the gateway was set up. */
async function setUp({ folder, host, port, mqttsPort }: Options): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const log = pino({ base: { program: 'setup' } }, pino.destination(2))
  const setup = await startSetup({ folder, host, port, mqttsPort, clock: systemClock, log })
  for (const address of host === '0.0.0.0' ? ownAddresses() : [host]) {
    console.error(`the setup page: http://${address}:${setup.port}/`)
  }
  const isFinished = await Promise.race([setup.finished.then(() => true), stopSignal().then(() => false)])
  await setup.stop()
  return isFinished
}

/** This process is replaced: the agent has its own flags, and does not keep what the setup needed in memory. */
function becomeAgent(file: string): never {
  const entry = fileURLToPath(new URL('../musubi.ts', import.meta.url))
  const words = [process.execPath, ...nodeFlags.edge, entry, 'edge', '--config', file]
  if (process.execve === undefined) throw new Error('this system cannot replace a process: start musubi edge')
  return process.execve(process.execPath, words, { ...process.env, ...nodeEnvironment.edge })
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

async function printHash(): Promise<number> {
  const code = process.stdin.isTTY
    ? await askSecret("The engineer's code: ")
    : (await text(process.stdin)).replace(/\r?\n$/, '')
  if (code.length < shortestCode) {
    console.error(`a code has at least ${shortestCode} characters`)
    return 2
  }
  console.log(await hashPassword(code))
  return 0
}
