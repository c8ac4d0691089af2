// SenML records resolved to readings (RFC 8428 §4): base fields, relative time, units, versions, and what makes a pack invalid.
import { AppError } from './app-error.ts'
import type { Quality } from './sample.ts'
import { NameCache } from './senml-name.ts'
import { sumToPrimaryUnit, toPrimaryUnit } from './units.ts'

/**
 * One resolved record. `name` with its base, `timeMs` absolute Unix ms, `unit` as in the pack (primary where the pack has
 * secondary units, `bver` 26). Booleans are 0 or 1; data values are base64url in `text`. Where the quality is not good,
 * `text` is the reason (`qr`). `updateIntervalS` is SenML's `ut`.
 */
export interface Reading {
  readonly name: string
  readonly unit: string | undefined
  readonly timeMs: number
  readonly value: number | null
  readonly text: string | null
  readonly quality: Quality
  readonly updateIntervalS: number | undefined
}

/** The fields of one record as they stand in the pack. One object serves the whole pack: `PackResolver.take` empties it. */
export interface RawRecord {
  bver: number | undefined
  bn: string | undefined
  bt: number | undefined
  bu: string | undefined
  bv: number | undefined
  bs: number | undefined
  n: string | undefined
  u: string | undefined
  v: number | undefined
  vs: string | undefined
  vb: boolean | undefined
  vd: string | undefined
  s: number | undefined
  t: number | undefined
  ut: number | undefined
  q: string | undefined
  qr: string | undefined
}

/** RFC 8428 §4.4 and RFC 9100: 10 is the base version, 26 adds secondary units (feature code 4). */
const baseVersion = 10
const versionWithSecondaryUnits = 26
/** A pack of tiny records costs far more time than its bytes suggest. */
const maxRecords = 10_000
/** RFC 8428 §4.5.3: below 2^28 a time is relative to now. */
const relativeTimeBound = 2 ** 28

const resolvedNames = new NameCache()

function invalid(reason: string): AppError {
  return new AppError('senml.invalid', `SenML: ${reason}`)
}

function emptyRecord(): RawRecord {
  return {
    bver: undefined,
    bn: undefined,
    bt: undefined,
    bu: undefined,
    bv: undefined,
    bs: undefined,
    n: undefined,
    u: undefined,
    v: undefined,
    vs: undefined,
    vb: undefined,
    vd: undefined,
    s: undefined,
    t: undefined,
    ut: undefined,
    q: undefined,
    qr: undefined,
  }
}

/** Takes the records of one pack in order and gives its readings. Throws `senml.invalid`, `senml.version` or `limit.exceeded`. */
export class PackResolver {
  readonly record: RawRecord = emptyRecord()
  readonly #readings: Reading[] = []
  readonly #nowMs: number
  #count = 0
  #version: number | undefined
  #baseName = ''
  #baseTime = 0
  #baseUnit: string | undefined
  #baseValue: number | undefined
  #baseSum: number | undefined
  #inOrder = true
  #lastTimeMs = -Infinity

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  /** A label that the codec does not know: ignored, unless it ends in `_` (RFC 8428 §4.4). */
  unknownLabel(label: string): void {
    if (label.endsWith('_')) throw invalid(`label "${label}" must be understood and is not`)
  }

  /** Resolves `record` and empties it for the next. */
  take(): void {
    const record = this.record
    this.#count += 1
    if (this.#count > maxRecords)
      throw new AppError('limit.exceeded', `SenML: a pack has more than ${maxRecords} records`)
    this.#takeBase(record)
    const values = countValues(record)
    const hasSum = record.s !== undefined || this.#baseSum !== undefined
    if (values > 1) throw invalid('a record has more than one value')
    const implied = values === 0 && this.#baseValue !== undefined && isMeasurement(record) && !hasSum
    if (values === 1 || implied) this.#pushValue(record)
    if (hasSum && (record.s !== undefined || isMeasurement(record))) this.#pushSum(record)
    else if (values === 0 && !implied && isMeasurement(record)) throw invalid('a record has neither a value nor a sum')
    clear(record)
  }

  /** The readings in the order of their time (RFC 8428 §4.6). */
  finish(): readonly Reading[] {
    if (this.#count === 0) throw invalid('a pack has at least one record')
    if (!this.#inOrder) this.#readings.sort((a, b) => a.timeMs - b.timeMs)
    return this.#readings
  }

  #takeBase(record: RawRecord): void {
    const version = record.bver ?? this.#version ?? baseVersion
    if (version > baseVersion && version !== versionWithSecondaryUnits) {
      throw new AppError('senml.version', `SenML: version ${version} is not understood (10 and 26 are)`)
    }
    if (this.#version !== undefined && version !== this.#version) throw invalid('the version changes inside a pack')
    this.#version = version
    if (record.bn !== undefined) this.#baseName = record.bn
    if (record.bt !== undefined) this.#baseTime = record.bt
    if (record.bu !== undefined) this.#baseUnit = record.bu
    if (record.bv !== undefined) this.#baseValue = record.bv
    if (record.bs !== undefined) this.#baseSum = record.bs
  }

  #pushValue(record: RawRecord): void {
    const unit = record.u ?? this.#baseUnit
    const quality = qualityOf(record.q)
    const number = this.#numericValue(record)
    if (number === undefined) {
      this.#push(record, '', { value: null, text: record.vs ?? record.vd ?? '', unit, quality })
      return
    }
    if (!Number.isFinite(number)) throw invalid('a value is not a finite number')
    const text = quality === 'good' ? null : (record.qr ?? '')
    const converted = this.#mayConvert(unit) ? toPrimaryUnit(number, unit) : undefined
    if (converted === undefined) this.#push(record, '', { value: number, text, unit, quality })
    else this.#push(record, '', { value: converted.value, text, unit: converted.unit, quality })
  }

  #numericValue(record: RawRecord): number | undefined {
    if (record.vb !== undefined) return record.vb ? 1 : 0
    if (record.vs !== undefined || record.vd !== undefined) return undefined
    return (this.#baseValue ?? 0) + (record.v ?? 0)
  }

  /** A sum is a series of its own, `{name}.sum` (RFC 8428 §10: the integral of the value over time). */
  #pushSum(record: RawRecord): void {
    const sum = (this.#baseSum ?? 0) + (record.s ?? 0)
    if (!Number.isFinite(sum)) throw invalid('a sum is not a finite number')
    const unit = record.u ?? this.#baseUnit
    const converted = (this.#mayConvert(unit) ? sumToPrimaryUnit(sum, unit) : undefined) ?? { value: sum, unit }
    this.#push(record, '.sum', { ...converted, text: null, quality: qualityOf(record.q) })
  }

  /** Secondary units are understood in version 26 alone; `%` is a deprecated name of a primary unit. */
  #mayConvert(unit: string | undefined): unit is string {
    return unit !== undefined && (unit === '%' || this.#version === versionWithSecondaryUnits)
  }

  #push(record: RawRecord, suffix: string, resolved: Pick<Reading, 'value' | 'text' | 'unit' | 'quality'>): void {
    const name = resolvedNames.join(this.#baseName, suffix === '' ? (record.n ?? '') : (record.n ?? '') + suffix)
    const timeMs = this.#time(record)
    if (timeMs < this.#lastTimeMs) this.#inOrder = false
    this.#lastTimeMs = timeMs
    this.#readings.push({
      name,
      unit: resolved.unit,
      timeMs,
      value: resolved.value,
      text: resolved.text,
      quality: resolved.quality,
      updateIntervalS: record.ut,
    })
  }

  #time(record: RawRecord): number {
    const seconds = this.#baseTime + (record.t ?? 0)
    if (!Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) throw invalid('a time lies outside the calendar')
    return seconds < relativeTimeBound ? Math.round(this.#nowMs + seconds * 1000) : Math.round(seconds * 1000)
  }
}

function countValues(record: RawRecord): number {
  let count = 0
  if (record.v !== undefined) count += 1
  if (record.vs !== undefined) count += 1
  if (record.vb !== undefined) count += 1
  if (record.vd !== undefined) count += 1
  return count
}

/** A record with base fields alone sets them and measures nothing (RFC 8428 §5.1.7). */
function isMeasurement(record: RawRecord): boolean {
  return (
    record.n !== undefined ||
    record.u !== undefined ||
    record.t !== undefined ||
    record.ut !== undefined ||
    record.s !== undefined ||
    countValues(record) > 0
  )
}

function qualityOf(label: string | undefined): Quality {
  return label === 'bad' || label === 'uncertain' ? label : 'good'
}

function clear(record: RawRecord): void {
  record.bver = undefined
  record.bn = undefined
  record.bt = undefined
  record.bu = undefined
  record.bv = undefined
  record.bs = undefined
  record.n = undefined
  record.u = undefined
  record.v = undefined
  record.vs = undefined
  record.vb = undefined
  record.vd = undefined
  record.s = undefined
  record.t = undefined
  record.ut = undefined
  record.q = undefined
  record.qr = undefined
}
