// InfluxDB's line protocol, written strictly: what a value contains can never end the field, the line or the write.
import { createHash } from 'node:crypto'
import { AppError } from '../../../broker/contract/app-error.ts'
import {
  qualityCodes,
  type Commit,
  type Cursor,
  type DeadLetter,
  type ReadingColumns,
  type SeriesRecord,
  type StoredEvent,
} from '../store.ts'

/** InfluxDB keeps nanoseconds in an int64: 1677-09-21 to 2262-04-11. */
const maxTimeMs = 9_223_372_036_854
/** A string field's payload part: InfluxDB bounds strings at 64 KiB. */
const payloadPartLength = 60_000

/** A string field, quoted: only `"` and `\` are special inside, line breaks are kept. */
export function stringField(text: string): string {
  return `"${text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Any text as a tag value of plain ASCII, one to one: percent-encoded, so that line breaks and a final `\` need no rule. */
export function tagValue(text: string): string {
  return `_${encodeURIComponent(text.toWellFormed())}`
}

export function textOfTag(tag: string): string {
  return decodeURIComponent(tag.slice(1))
}

/**
 * Readings, one line each, in milliseconds: tag `s` is the series id. Field `v` is the value of a good or uncertain
 * reading, `b` that of a bad one (so that aggregates over `v` leave it out), `q` the quality when it is not good, `t` the text.
 * Throws store.query on a time that InfluxDB cannot keep or a value that is not finite.
 */
export function readingLines(readings: ReadingColumns): string[] {
  const lines: string[] = []
  for (let row = 0; row < readings.rows; row++) {
    const timeMs = Math.floor(readings.timeMs[row] ?? Number.NaN)
    if (!(Math.abs(timeMs) <= maxTimeMs)) throw new AppError('store.query', `reading with the time ${String(timeMs)}`)
    lines.push(`readings,s=${String(readings.series[row])} ${readingFields(readings, row)} ${String(timeMs)}`)
  }
  return lines
}

function readingFields(readings: ReadingColumns, row: number): string {
  const value = readings.value[row] ?? Number.NaN
  const quality = readings.quality[row] ?? 0
  const text = readings.text.get(row)
  if (Math.abs(value) === Infinity) throw new AppError('store.query', 'InfluxDB keeps no infinite value')
  const number = Number.isNaN(value) ? '' : `${quality === qualityCodes.bad ? 'b' : 'v'}=${String(value)}`
  if (quality === 0 && text === undefined && number !== '') return number
  const fields = [number, `q=${String(quality)}i`, text === undefined ? '' : `t=${stringField(text)}`]
  return fields.filter((field) => field !== '').join(',')
}

function seriesLines(series: readonly SeriesRecord[]): string[] {
  return series.map(
    ({ id, key, unit }) =>
      `catalogue,s=${String(id)} key=${stringField(key)},unit=${stringField(unit ?? '')},unitless=${String(unit === undefined)} 0`,
  )
}

export function cursorLines(cursors: readonly Cursor[]): string[] {
  return cursors.map(
    ({ gateway, epoch, through }) =>
      `cursors,g=${tagValue(gateway)},e=${tagValue(epoch)} through=${String(through)}i 0`,
  )
}

/**
 * Dead letters, in nanoseconds: the digits below the millisecond come from the content, so that letters of one
 * millisecond stay apart and the same letter written twice stays one.
 */
export function deadLetterLines(letters: readonly DeadLetter[]): string[] {
  return letters.map((letter) => {
    const payload = Buffer.from(letter.payload).toString('base64')
    const fields = [
      `topic=${stringField(letter.topic)}`,
      `code=${stringField(letter.code)}`,
      `reason=${stringField(letter.reason)}`,
    ]
    for (let part = 0; part * payloadPartLength < payload.length || part === 0; part++) {
      fields.push(`p${String(part)}="${payload.slice(part * payloadPartLength, (part + 1) * payloadPartLength)}"`)
    }
    return `dead_letters ${fields.join(',')} ${String(Math.floor(letter.timeMs))}${contentDigits(letter)}`
  })
}

function contentDigits({ topic, code, reason, payload }: DeadLetter): string {
  const hash = createHash('sha256').update(`${topic}\n${code}\n${reason}\n`).update(payload).digest()
  return String(hash.readUInt32BE(0) % 1_000_000).padStart(6, '0')
}

/**
 * Events, in nanoseconds: the digits below the millisecond come from who sent it, so that events of one millisecond stay
 * apart and the same one written twice stays one. Tags are what queries ask for; `t` is the time in ms.
 */
function eventLines(events: readonly StoredEvent[]): string[] {
  return events.map((event) => {
    const tags = `g=${tagValue(event.gateway)},k=${tagValue(event.kind)},s=${tagValue(event.source)}`
    const fields = [
      `t=${String(event.timeMs)}i`,
      `r=${String(event.receivedMs)}i`,
      `e=${stringField(event.epoch)}`,
      `q=${String(event.seq)}i`,
      `body=${stringField(event.body)}`,
    ]
    if (!(Math.abs(event.timeMs) < maxTimeMs)) {
      throw new AppError('store.query', `event with the time ${String(event.timeMs)}`)
    }
    const nanoseconds = BigInt(event.timeMs) * 1_000_000n + BigInt(senderDigits(event))
    return `events,${tags} ${fields.join(',')} ${String(nanoseconds)}`
  })
}

/** Messages of one epoch follow each other by one: no two of a million have the same digits. */
function senderDigits({ epoch, seq }: StoredEvent): number {
  const offset = createHash('sha256').update(epoch).digest().readUInt32BE(0)
  return (offset + seq) % 1_000_000
}

/** What a commit becomes, in the order in which it must be written: the cursors only when the rest is stored. */
export function commitLines(commit: Commit, cursors: readonly Cursor[]) {
  return {
    milliseconds: [...seriesLines(commit.series), ...readingLines(commit.readings)],
    nanoseconds: [...deadLetterLines(commit.deadLetters), ...eventLines(commit.events)],
    cursors: cursorLines(cursors),
  }
}
