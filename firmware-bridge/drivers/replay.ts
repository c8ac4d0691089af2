// Plays a recorded series as if a device measured it now: for incidents, and for real data through the whole journey.
import { readFile, stat } from 'node:fs/promises'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { measure } from '../channel-measurement.ts'
import type { Driver, DriverDependencies, DriverDevice, DriverFactory, Measurement } from '../driver.ts'
import type { ReplayProfile } from '../profile-schema.ts'
import { columnIndex, parseRecording, type RecordedRow, type Recording } from './csv-recording.ts'
import type { ReplayAddress, ReplayConnection, replaySchemas } from './replay-schemas.ts'

type ReplayDevice = DriverDevice<ReplayAddress, ReplayProfile>

const maxFileBytes = 256 * 1024 * 1024
/** Rows given by one read; the rest follow with the next, none is left out. */
const maxRowsPerRead = 5000

export const replay: DriverFactory<typeof replaySchemas> = {
  type: 'replay',
  schemas: async () => (await import('./replay-schemas.ts')).replaySchemas,
  create: (connection, dependencies) => new ReplayDriver(connection, dependencies),
}

class ReplayDriver implements Driver<ReplayAddress, ReplayProfile> {
  readonly #connection: ReplayConnection
  readonly #dependencies: DriverDependencies
  #recording: Recording | undefined
  #openedAt = { monotonicMs: 0, unixMs: 0 }
  /** Per device how many rows it has been given, over all loops. */
  readonly #given = new Map<string, number>()

  constructor(connection: ReplayConnection, dependencies: DriverDependencies) {
    this.#connection = connection
    this.#dependencies = dependencies
  }

  async open(): Promise<void> {
    const { clock } = this.#dependencies
    this.#openedAt = { monotonicMs: clock.monotonic(), unixMs: clock.now() }
    this.#given.clear()
    this.#recording = undefined
  }

  async read(device: ReplayDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    if (signal.aborted) throw new AppError('driver.connection', 'the read was aborted')
    this.#recording ??= await this.#load()
    const { rows, columns } = this.#recording
    const channels = device.profile.channels.map((channel) => ({
      channel,
      index: columnIndex(columns, channel.source.column),
    }))
    const measurements: Measurement[] = []
    let given = this.#given.get(device.id) ?? 0
    for (let taken = 0; taken < maxRowsPerRead; taken += 1) {
      const due = this.#dueRow(rows, given)
      if (due === undefined) break
      given += 1
      for (const { channel, index } of channels) {
        const value = due.row.cells[index]
        if (value !== undefined) measurements.push(measure(channel, value, { timeMs: due.timeMs }))
      }
    }
    this.#given.set(device.id, given)
    return measurements
  }

  async close(): Promise<void> {
    this.#recording = undefined
    this.#given.clear()
  }

  /** The row with this number counted over all loops, once its moment has come. */
  #dueRow(
    rows: readonly RecordedRow[],
    number: number,
  ): { readonly row: RecordedRow; readonly timeMs: number } | undefined {
    const { loop = false, speed = 1, timestamps = 'live' } = this.#connection
    if (number >= rows.length && !loop) return undefined
    const row = rows[number % rows.length]
    if (row === undefined) return undefined
    const wholeMs = rows.at(-1)?.playMs ?? 0
    // Between the last row and the first of the next round lies the mean step.
    const roundMs = rows.length === 1 ? 1000 : (wholeMs * rows.length) / (rows.length - 1)
    const earlierRoundsMs = Math.floor(number / rows.length) * roundMs
    const playedMs = (row.playMs + earlierRoundsMs) / speed
    if (playedMs > this.#dependencies.clock.monotonic() - this.#openedAt.monotonicMs) return undefined
    const timeMs = timestamps === 'live' ? this.#openedAt.unixMs + playedMs : row.timeMs + earlierRoundsMs
    return { row, timeMs: Math.round(timeMs) }
  }

  async #load(): Promise<Recording> {
    const { file, delimiter = ',', timeColumn, stepS, start } = this.#connection
    try {
      const { size } = await stat(file)
      if (size > maxFileBytes) throw new AppError('limit.exceeded', `${file} is larger than ${maxFileBytes} bytes`)
      const text = await readFile(file, 'utf8')
      const startMs = start === undefined ? this.#openedAt.unixMs : Date.parse(start)
      return parseRecording(text, { delimiter, timeColumn, stepS, startMs })
    } catch (error) {
      throw toAppError(error, 'driver.connection')
    }
  }
}
