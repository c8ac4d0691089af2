// `musubi board …`: lists and updates the firmware of a microcontroller board on a serial line, and says how it ended.
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { type Log, silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { BoardAddress, BoardFraming } from '../../firmware-bridge/mcu/board-line.ts'
import type { BoardImage } from '../../firmware-bridge/mcu/board-management.ts'
import { BoardSession } from '../../firmware-bridge/mcu/board-session.ts'
import {
  updateBoard,
  type UpdateOutcome,
  type UpdatePolicy,
  usualPolicy,
} from '../../firmware-bridge/mcu/firmware-update.ts'
import { type FirmwareImage, forcedImage, readFirmwareImage } from '../../firmware-bridge/mcu/mcuboot-image.ts'

const usage = `Usage:
  musubi board list   LINE [--json]
      The images on the board: which runs, which waits, which is on trial.
  musubi board update LINE --image FILE [--readings N] [--within S] [--start-within S] [--force] [--json]
      Uploads the image, tries it, and keeps it once the board has sent N packs with a good reading (1; 0: do not wait
      for readings) within S seconds (180); else restarts the board, so that the old image runs again, and looks that it
      does. Broken off anywhere, the same command goes on where it stood.
  musubi board echo   LINE
      Whether the board answers at all.

LINE:
  --port PATH [--baud N]   a serial port, 115200 baud where nothing is said
  --tcp HOST:PORT          a serial device server
  --framing cobs|jsonl     how the board sends its readings (cobs)

  --force     also an image without MCUboot's header
  --json      one line of JSON for machines
  --log       what happens on the line, as log lines on standard error

A port has one owner: stop the gateway's agent first (systemctl stop musubi-edge).
Exit code: 0 done, 1 not done or failed, 2 wrong usage, 3 the board runs its old image again, 4 broken off, can go on.`

interface BoardCommand {
  readonly action: 'list' | 'update' | 'echo'
  readonly address: BoardAddress
  readonly framing: BoardFraming
  readonly imagePath: string | undefined
  readonly policy: UpdatePolicy
  readonly force: boolean
  readonly json: boolean
  readonly log: Log
}

/** Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const command = parse(args)
  if (command === undefined) {
    const asked = args.includes('--help')
    ;(asked ? console.log : console.error)(usage)
    return asked ? 0 : 2
  }
  const { address, framing, log } = command
  const session = new BoardSession({ address, framing, clock: systemClock, log })
  const stop = stopOnSignal()
  try {
    // The image is read before the port is opened: a wrong file leaves the board alone.
    const image = command.imagePath === undefined ? undefined : await readImage(command.imagePath, command.force)
    session.open()
    if (image !== undefined) return await update(command, session, image, stop.signal)
    return await (command.action === 'list' ? list : echo)(command, session, stop.signal)
  } catch (thrown) {
    const error = toAppError(thrown, 'internal')
    if (command.json) console.log(JSON.stringify({ error: { code: error.code, message: error.message } }))
    else console.error(`${error.code}: ${error.message}${adviceOf(error)}`)
    return 1
  } finally {
    stop.end()
    await session.close()
  }
}

function parse(args: readonly string[]): BoardCommand | undefined {
  try {
    const option = { type: 'string' } as const
    const flag = { type: 'boolean' } as const
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: option,
        baud: option,
        tcp: option,
        framing: option,
        image: option,
        readings: option,
        within: option,
        'start-within': option,
        force: flag,
        json: flag,
        log: flag,
      },
    })
    const [action, ...rest] = positionals
    if (rest.length > 0 || (action !== 'list' && action !== 'update' && action !== 'echo')) return undefined
    if ((action === 'update') !== (values.image !== undefined)) return undefined
    const address = addressOf(values)
    const framing = values.framing ?? 'cobs'
    if (address === undefined || (framing !== 'cobs' && framing !== 'jsonl')) return undefined
    const policy = {
      ...usualPolicy,
      goodPacks: count(values.readings, usualPolicy.goodPacks),
      proofLimitMs: seconds(values.within, usualPolicy.proofLimitMs),
      startLimitMs: seconds(values['start-within'], usualPolicy.startLimitMs),
    }
    const log =
      values.log === true ? pino({ level: 'debug', base: { program: 'board' } }, pino.destination(2)) : silentLog
    const flags = { force: values.force === true, json: values.json === true }
    return { action, address, framing, imagePath: values.image, policy, log, ...flags }
  } catch {
    return undefined
  }
}

function addressOf({ port, baud, tcp }: { port?: string; baud?: string; tcp?: string }): BoardAddress | undefined {
  if ((port === undefined) === (tcp === undefined)) return undefined
  if (port !== undefined) return { path: port, ...(baud === undefined ? {} : { baudRate: count(baud, 0) }) }
  const match = /^(.+):([0-9]{1,5})$/.exec(tcp ?? '')
  return match?.[1] === undefined ? undefined : { host: match[1], port: Number(match[2]) }
}

/** Throws for what is no whole number. */
function count(text: string | undefined, usual: number): number {
  if (text === undefined) return usual
  if (!/^[0-9]{1,9}$/.test(text)) throw new AppError('config.invalid', `${text} is no whole number`)
  return Number(text)
}

function seconds(text: string | undefined, usualMs: number): number {
  return text === undefined ? usualMs : count(text, 0) * 1000
}

async function readImage(path: string, force: boolean): Promise<FirmwareImage> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new AppError('not-found', `${path} cannot be read`, { cause })
  }
  try {
    return readFirmwareImage(bytes)
  } catch (thrown) {
    if (force && thrown instanceof AppError && thrown.code === 'firmware.invalid') return forcedImage(bytes)
    throw thrown
  }
}

async function list({ json }: BoardCommand, session: BoardSession, signal: AbortSignal): Promise<number> {
  const images = await session.management.images(signal)
  const rows = images.map((image) => ({ ...image, hash: image.hash.toString('hex') }))
  if (json) console.log(JSON.stringify({ images: rows }))
  else for (const image of images) console.log(imageLine(image))
  return 0
}

function imageLine(image: BoardImage): string {
  const states = [
    image.active ? 'runs' : 'waits',
    image.active && !image.confirmed ? 'on trial' : undefined,
    image.confirmed ? 'confirmed' : undefined,
    image.pending ? (image.permanent ? 'next, for good' : 'next, for a trial') : undefined,
  ]
  const hash = image.hash.toString('hex').slice(0, 16)
  return `slot ${image.slot}  ${image.version.padEnd(16)} ${hash}  ${states.filter(Boolean).join(', ')}`
}

async function echo({ json }: BoardCommand, session: BoardSession, signal: AbortSignal): Promise<number> {
  const startMs = systemClock.monotonic()
  const said = `musubi ${Math.random().toString(36).slice(2, 8)}`
  const isRight = (await session.management.echo(said, signal)) === said
  const answerMs = Math.round(systemClock.monotonic() - startMs)
  if (json) console.log(JSON.stringify({ answers: isRight, answerMs }))
  else
    console.log(isRight ? `the board answers in ${answerMs} ms` : 'the board answers something else than it was told')
  return isRight ? 0 : 1
}

const stateTexts = {
  inspect: 'looking what the board has',
  upload: 'uploading',
  mark: 'marking the image for a trial',
  restart: 'restarting the board',
  'await-start': 'waiting for the board to come back',
  prove: 'waiting for good readings',
  confirm: 'confirming',
  revert: 'going back: restarting the board',
  'await-return': 'waiting for the old image',
} as const

const exitCodes = { confirmed: 0, unchanged: 0, refused: 1, failed: 1, reverted: 3, interrupted: 4 } as const

async function update(
  { json, policy, log, imagePath }: BoardCommand,
  session: BoardSession,
  image: FirmwareImage,
  signal: AbortSignal,
): Promise<number> {
  const totalBytes = image.bytes.length
  if (!json) console.log(`${basename(imagePath ?? '')}: version ${image.version}, ${totalBytes} bytes`)
  let toldTenth = -1
  const end = await updateBoard(image, {
    session,
    clock: systemClock,
    log,
    policy,
    signal,
    onState: (state) => {
      if (!json) console.log(`- ${stateTexts[state]}`)
    },
    onProgress: (offset) => {
      const tenth = Math.floor((offset / totalBytes) * 10)
      if (tenth === toldTenth || json) return
      toldTenth = tenth
      console.log(`  ${offset} of ${totalBytes} bytes`)
    },
  })
  tell(end, json)
  return exitCodes[end.result]
}

function tell(end: UpdateOutcome, json: boolean): void {
  if (json) console.log(JSON.stringify(end))
  else console.log(`${end.result} (${end.reason}): ${end.detail}`)
}

function adviceOf({ code, message }: AppError): string {
  if (code === 'driver.connection' && /lock|busy/i.test(message)) {
    return '\nAnother program has the port: stop the gateway first (systemctl stop musubi-edge).'
  }
  if (code === 'driver.timeout')
    return '\nThe board does not answer: cable, port, --baud, and whether its firmware has an SMP server.'
  return ''
}

/** The first signal asks the work to stop; a second one ends at once. */
function stopOnSignal(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    end() {
      process.removeListener('SIGINT', onSignal)
      process.removeListener('SIGTERM', onSignal)
    },
  }
}
