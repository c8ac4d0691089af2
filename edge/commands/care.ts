// Looking after a gateway from afar: what the hub may ask of it besides its work. There is no shell among it.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { CommandDocument } from '../../broker/contract/command.ts'
import { logLimits } from '../../broker/contract/log-limits.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { askChecker } from '../checks/checker.ts'
import type { CommandHandler, CommandOutcome } from './commands.ts'
import { createIdentify } from './identify.ts'
import { createLogStream, type LogStream } from './log-stream.ts'
import type { LogTail } from './log-tail.ts'
import type { AgentFacts, HubDoor, ReportAnswer, ReportRequest } from './report-request.ts'
import type { SetConfigPlaces } from '../deployment/set-config.ts'

/** A frame as a camera gives it, as far as it is sent. */
export interface AskedFrame {
  readonly bytes: Uint8Array
  readonly format: 'jpeg' | 'png' | 'tiff'
  readonly timeMs: number
}

export interface CareParts {
  readonly configPlaces: SetConfigPlaces
  readonly dataFolder: string
  /** Undefined: this gateway has no certificate, and sends no files. */
  readonly hub: HubDoor | undefined
  /** The light to blink with, by name or path; undefined: the likeliest one in `ledsFolder`. */
  readonly led: string | undefined
  readonly ledsFolder: string
  readonly tail: LogTail
  readonly facts: () => AgentFacts
  readonly publishLog: (payload: Uint8Array) => boolean
  /** Begins a start anew of the agent. */
  readonly restart: () => void
  /** The cameras whose frames may leave the gateway; each gives its next frame. */
  readonly cameras: ReadonlyMap<string, (signal: AbortSignal) => Promise<AskedFrame>>
  readonly clock: Clock
  readonly log: Log
}

export interface Care {
  /** By kind. */
  readonly handlers: ReadonlyMap<string, CommandHandler>
  /** Sends a frame for a command; undefined: this gateway sends no files. */
  readonly sendFrame: ((frame: AskedFrame, camera: string, command: string) => Promise<ReportAnswer>) | undefined
  stop(): Promise<void>
}

const reporter = new URL('report.ts', import.meta.url)
const secretsFinder = new URL('config-secrets.ts', import.meta.url)
const configChecker = new URL('../deployment/check-set.ts', import.meta.url)
const reportLimitMs = 90_000
export const frameLimitMs = 15_000
/** The answer to `restart` leaves before the connection ends. */
const restartDelayMs = 500
const longestBlinkS = 300

type Arguments = CommandDocument['arguments']

export function openCare(parts: CareParts): Care {
  const { clock, hub, cameras } = parts
  const log = createLogStream({ tail: parts.tail, publish: parts.publishLog, clock })
  const identify = createIdentify({ folder: parts.ledsFolder, led: parts.led, clock, log: parts.log })
  const stopping = new AbortController()
  const handlers = new Map<string, CommandHandler>([
    ['restart', () => restarted(parts)],
    ['identify', async (given) => blinked(identify, given)],
    ['log', logFollower(parts, log, stopping.signal)],
  ])
  if (hub !== undefined) {
    for (const kind of ['doctor', 'diagnostic-bundle'] as const) {
      handlers.set(kind, async (_given, command) => {
        const request = { kind, command, hub, configPlaces: parts.configPlaces, facts: parts.facts() }
        return report(request, parts, stopping.signal)
      })
    }
    if (cameras.size > 0) handlers.set('frame', (given, id) => sentFrame(given, id, hub, parts, stopping.signal))
  }
  return {
    handlers,
    sendFrame: hub && ((frame, camera, command) => sendFrame(frame, { camera, command, hub }, parts, stopping.signal)),
    async stop() {
      stopping.abort()
      log.stop()
      await identify.stop()
    },
  }
}

/** Only with a configuration that it can start with: nobody stands beside it. Throws `config.invalid` and the like. */
async function restarted({ clock, log, restart, configPlaces }: CareParts): Promise<CommandOutcome> {
  const { base, set } = configPlaces
  await askChecker(configChecker, [base])
  if (set !== undefined) await askChecker(configChecker, [base, set])
  log.warn({}, 'the hub asks for a start anew')
  clock.setTimer(restart, restartDelayMs)
  return { state: 'accepted', message: 'it starts anew' }
}

async function blinked(identify: ReturnType<typeof createIdentify>, given: Arguments): Promise<CommandOutcome> {
  const seconds = numberOf(given, 'seconds', { least: 1, most: longestBlinkS, otherwise: 30 })
  await identify.blink(seconds)
  return { state: 'done', message: `it blinks for ${seconds} s` }
}

/** What the configuration holds secret is found anew each time: no line leaves before it is known. */
function logFollower({ configPlaces: { base, set } }: CareParts, log: LogStream, signal: AbortSignal): CommandHandler {
  const words = set === undefined ? [base] : [base, set]
  let asked = 0
  return async (given) => {
    const seconds = numberOf(given, 'seconds', { least: 0, most: logLimits.followS, otherwise: 300 })
    asked += 1
    const own = asked
    const secrets = seconds === 0 ? [] : await askChecker<readonly string[]>(secretsFinder, words, { signal })
    // Meanwhile it may have been asked for otherwise.
    if (own === asked) log.follow(seconds, secrets)
    return { state: 'done' }
  }
}

async function sentFrame(
  given: Arguments,
  command: string,
  hub: HubDoor,
  parts: CareParts,
  stopping: AbortSignal,
): Promise<CommandOutcome> {
  const { camera } = given
  const next = parts.cameras.get(String(camera))
  if (next === undefined) {
    const allowed = [...parts.cameras.keys()].join(', ')
    throw new AppError('command.unavailable', `frames may be sent of ${allowed}, not of "${String(camera)}"`)
  }
  const frame = await next(AbortSignal.any([stopping, AbortSignal.timeout(frameLimitMs)]))
  const { file, message } = await sendFrame(frame, { camera: String(camera), command, hub }, parts, stopping)
  return { state: 'done', message, file }
}

/** Throws `command.unavailable` for what no browser shows, and what the sending throws. */
async function sendFrame(
  { bytes, format, timeMs }: AskedFrame,
  { camera, command, hub }: { readonly camera: string; readonly command: string; readonly hub: HubDoor },
  parts: CareParts,
  stopping: AbortSignal,
): Promise<ReportAnswer> {
  if (format === 'tiff') throw new AppError('command.unavailable', 'a TIFF frame is not sent: no browser shows it')
  const folder = join(parts.dataFolder, 'commands')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${command}.frame`)
  const stamp = new Date(timeMs).toISOString().replaceAll(':', '-')
  const name = `${camera}-${stamp}.${format === 'jpeg' ? 'jpg' : 'png'}`
  try {
    await writeFile(file, bytes, { mode: 0o600 })
    const request = { kind: 'frame', command, hub, name, type: `image/${format}`, file } as const
    return await sentReport(request, parts, stopping)
  } finally {
    await rm(file, { force: true })
  }
}

/** Throws `uplink.refused` where the hub does not take the file, and what the examination throws. */
async function report(request: ReportRequest, parts: CareParts, signal: AbortSignal): Promise<CommandOutcome> {
  const { file, message } = await sentReport(request, parts, signal)
  return { state: 'done', message, file }
}

async function sentReport(
  request: ReportRequest,
  { dataFolder }: CareParts,
  signal: AbortSignal,
): Promise<ReportAnswer> {
  const folder = join(dataFolder, 'commands')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const requestFile = join(folder, `${request.command}.json`)
  try {
    await writeFile(requestFile, JSON.stringify(request), { mode: 0o600 })
    return await askChecker<ReportAnswer>(reporter, [requestFile], { limitMs: reportLimitMs, signal })
  } finally {
    await rm(requestFile, { force: true })
  }
}

function numberOf(
  given: Arguments,
  name: string,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
): number {
  const value = given[name] ?? otherwise
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw new AppError('payload.schema', `/arguments/${name} is a number from ${least} to ${most}, e.g. ${otherwise}`)
}
