// Plays a recorded series as if a device measured it now: for incidents, and for real data through the whole journey.
import { readFile, stat } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { measure } from '../channel-measurement.ts'
import type { Driver, DriverDependencies, DriverDevice, DriverFactory, Measurement } from '../driver.ts'
import { ReplayProfile } from '../profile-schema.ts'
import { columnIndex, parseRecording, type RecordedRow, type Recording } from './csv-recording.ts'

const strict = { additionalProperties: false } as const

const ReplayConnection = Type.Object(
  {
    file: Type.String({ minLength: 1, description: 'path of a CSV file' }),
    /** Name or number of the column with the time. */
    timeColumn: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 0 })])),
    /** Seconds between two rows, for a file without times. */
    stepS: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    /** Recorded seconds that pass in one second; 1 by default. */
    speed: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
    loop: Type.Optional(Type.Boolean()),
    delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
    /** `live` (default): the first row happened when the driver opened. `recorded`: the file's own times. */
    timestamps: Type.Optional(Type.Enum(['live', 'recorded'])),
    /** Time of the first row of a file without times, e.g. "2026-04-01T00:00:00Z"; only for `recorded`. */
    start: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' })),
  },
  strict,
)
type ReplayConnection = Static<typeof ReplayConnection>
const ReplayAddress = Type.Object({}, strict)
type ReplayAddress = Static<typeof ReplayAddress>
type ReplayDevice = DriverDevice<ReplayAddress, ReplayProfile>

const maxFileBytes = 256 * 1024 * 1024
/** Rows given by one read; the rest follow with the next, none is left out. */
const maxRowsPerRead = 5000

export const replay: DriverFactory<ReplayConnection, ReplayAddress, ReplayProfile> = {
  type: 'replay',
  connectionSchema: ReplayConnection,
  addressSchema: ReplayAddress,
  profileSchema: ReplayProfile,
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
