// The model of the demo's factory: taught at the first start, in the background, by a key that the gateway makes itself.
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'

export interface TaughtModel {
  /** Absolute path of the package. */
  readonly model: string
  readonly publicKey: string
  /** The pictures that it was taught with. */
  readonly examples: string
}

const program = fileURLToPath(new URL('teach-flange.ts', import.meta.url))
const pastProgram = fileURLToPath(new URL('judge-past.ts', import.meta.url))
const limitMs = 15 * 60_000

/** Undefined: not taught yet. */
export function taughtModel(gatewayFolder: string): TaughtModel | undefined {
  const taught = placesIn(gatewayFolder)
  return existsSync(join(taught.model, 'manifest.json')) ? taught : undefined
}

interface ProgramOptions {
  readonly gatewayFolder: string
  readonly logFile: string
  /** Ends the program with the one that runs the demo. */
  readonly nodeArguments: readonly string[]
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Resolves with the model. Throws AppError `model.invalid` with the place of the log where it failed, also when `signal` aborts. */
export async function teachFactory(options: ProgramOptions): Promise<TaughtModel> {
  const taught = placesIn(options.gatewayFolder)
  const keyFile = await ensureKey(options.gatewayFolder)
  await runProgram([program, taught.model, keyFile, taught.examples], options)
  return taught
}

/** What the line made in the hours before, judged by the model and told to the hub. Throws as teachFactory. */
export async function tellFactoryPast(options: ProgramOptions & { readonly mqttPort: number }): Promise<void> {
  const { model, publicKey } = placesIn(options.gatewayFolder)
  const frames = join(options.gatewayFolder, 'outbox', 'teach', 'line-1', 'frames')
  await runProgram([pastProgram, model, publicKey, frames, String(options.mqttPort)], options)
}

/** Throws AppError `model.invalid` with the place of the log where it failed, also when `signal` aborts. */
async function runProgram(words: readonly string[], options: ProgramOptions): Promise<void> {
  const log = await open(options.logFile, 'a')
  try {
    const child = spawn(process.execPath, [...options.nodeArguments, ...words], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    })
    const kill = (): void => void child.kill('SIGKILL')
    const limit = options.clock.setTimer(kill, limitMs)
    options.signal.addEventListener('abort', kill, { once: true })
    const how = await new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => resolve(code === 0 ? '' : (signal ?? `exit code ${code}`)))
    })
    limit.cancel()
    options.signal.removeEventListener('abort', kill)
    if (how === '') return
    throw new AppError(
      'model.invalid',
      `the factory's model could not be taught (${how}): look into ${options.logFile}`,
    )
  } finally {
    await log.close()
  }
}

function placesIn(gatewayFolder: string): TaughtModel {
  return {
    model: join(gatewayFolder, 'models', 'kazusa-flange'),
    publicKey: join(gatewayFolder, 'teaching.key.pub'),
    examples: join(gatewayFolder, 'examples'),
  }
}

async function ensureKey(gatewayFolder: string): Promise<string> {
  const file = join(gatewayFolder, 'teaching.key')
  await mkdir(join(gatewayFolder, 'models'), { recursive: true })
  if (existsSync(file) && existsSync(`${file}.pub`)) return file
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await writeFile(`${file}.pub`, publicKey.export({ type: 'spki', format: 'pem' }))
  return file
}
