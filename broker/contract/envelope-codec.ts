// The envelope on the wire: `{v, epoch, seq, prev?, pack | event}` in CBOR or JSON; what is stored is wrapped without being encoded again.
import { AppError } from './app-error.ts'
import { CborReader, cborMajor } from './cbor.ts'
import { CborWriter } from './cbor-writer.ts'
import type { Envelope } from './envelope.ts'
import { looksLikeJson, parseJson } from './json-bytes.ts'
import { readCborPack } from './senml-cbor.ts'
import { readJsonPack } from './senml-json.ts'
import type { Reading } from './senml.ts'

/** What sequencing needs of a message, readable even where its pack is not. */
export interface EnvelopeHeader {
  readonly epoch: string
  readonly seq: number
  readonly prev: number
}

const epochPattern = /^[A-Za-z0-9_-]{1,64}$/

interface Fields {
  v: number | undefined
  epoch: string | undefined
  seq: number | undefined
  prev: number | undefined
  readings: readonly Reading[] | undefined
  event: unknown
}

/** What becomes of the body: readings are decoded, an event is read without being checked, or both are passed over. */
type BodyReading = { readonly nowMs: number } | 'event' | 'none'

const writer = new CborWriter()

/** Is this body an event? A SenML pack is an array (RFC 8428 §6), an event a map. */
export function isEventBody(body: Uint8Array): boolean {
  return (body[0] ?? 0) >> 5 === cborMajor.map
}

/** Wraps an encoded CBOR pack or event. `prev` travels only where it is not seq − 1. */
export function encodeEnvelope(message: EnvelopeHeader & { readonly pack: Uint8Array }): Uint8Array {
  const explicitPrev = message.prev !== message.seq - 1
  writer.map(explicitPrev ? 5 : 4)
  writer.text('v')
  writer.number(1)
  writer.text('epoch')
  writer.text(message.epoch)
  writer.text('seq')
  writer.number(message.seq)
  if (explicitPrev) {
    writer.text('prev')
    writer.number(message.prev)
  }
  writer.text(isEventBody(message.pack) ? 'event' : 'pack')
  writer.raw(message.pack)
  return writer.finish()
}

/** Decodes a whole message. Throws AppError `payload.malformed | payload.schema | senml.invalid | senml.version`. */
export function decodeEnvelope(bytes: Uint8Array, nowMs: number): Envelope {
  const fields = emptyFields()
  readFields(bytes, fields, { nowMs })
  const header = checkedHeader(fields)
  if (fields.readings === undefined) throw new AppError('payload.schema', 'an envelope of readings has a "pack"')
  return { v: 1, epoch: header.epoch, seq: header.seq, prev: header.prev, readings: fields.readings }
}

/** An envelope whose event is not checked yet. Throws AppError `payload.malformed | payload.schema`. */
export function readEventEnvelope(bytes: Uint8Array): { readonly header: EnvelopeHeader; readonly body: unknown } {
  const fields = emptyFields()
  readFields(bytes, fields, 'event')
  return { header: checkedHeader(fields), body: fields.event }
}

/** The header of a message whose pack or event may be broken; undefined where the header itself cannot be read. */
export function readEnvelopeHeader(bytes: Uint8Array): EnvelopeHeader | undefined {
  const fields = emptyFields()
  try {
    readFields(bytes, fields, 'none')
  } catch {
    // What was read before the fault decides: our own encoder writes the header before the pack.
  }
  try {
    return checkedHeader(fields)
  } catch {
    return undefined
  }
}

function emptyFields(): Fields {
  return { v: undefined, epoch: undefined, seq: undefined, prev: undefined, readings: undefined, event: undefined }
}

function readFields(bytes: Uint8Array, fields: Fields, body: BodyReading): void {
  if (looksLikeJson(bytes)) readJsonFields(parseJson(bytes), fields, body)
  else readCborFields(new CborReader(bytes), fields, body)
}

function readCborFields(reader: CborReader, fields: Fields, body: BodyReading): void {
  const length = reader.enter(cborMajor.map)
  for (let index = 0; length < 0 ? !reader.takeBreak() : index < length; index += 1) {
    const key = reader.text()
    if (key === 'seq') fields.seq = reader.number()
    else if (key === 'epoch') fields.epoch = reader.text()
    else if (key === 'v') fields.v = reader.number()
    else if (key === 'prev') fields.prev = reader.number()
    else if (key === 'pack' && typeof body === 'object') fields.readings = readCborPack(reader, body.nowMs)
    else if (key === 'event' && body === 'event') fields.event = reader.value()
    else reader.skip()
  }
  if (!reader.atEnd) throw new AppError('payload.malformed', 'CBOR: bytes follow the envelope')
}

function readJsonFields(document: unknown, fields: Fields, body: BodyReading): void {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw noEnvelope()
  const { v, epoch, seq, prev, pack, event } = document as Readonly<Record<string, unknown>>
  if (v !== 1 || typeof epoch !== 'string' || typeof seq !== 'number') throw noEnvelope()
  if (prev !== undefined && typeof prev !== 'number') throw noEnvelope()
  fields.v = v
  fields.epoch = epoch
  fields.seq = seq
  fields.prev = prev
  if (pack !== undefined && typeof body === 'object') fields.readings = readJsonPack(pack, body.nowMs)
  if (body === 'event') fields.event = event
}

function noEnvelope(): AppError {
  return new AppError('payload.schema', 'an envelope is {v: 1, epoch, seq, prev?, pack} or {…, event}')
}

function checkedHeader(fields: Fields): EnvelopeHeader {
  const { v, epoch, seq } = fields
  if (v !== 1) throw new AppError('payload.schema', 'an envelope has v: 1')
  if (epoch === undefined || !epochPattern.test(epoch)) {
    throw new AppError('payload.schema', 'an envelope has an epoch of 1 to 64 letters, digits, "-" or "_"')
  }
  if (seq === undefined || !Number.isSafeInteger(seq) || seq < 1) {
    throw new AppError('payload.schema', 'an envelope has a seq, a whole number from 1')
  }
  const prev = fields.prev ?? seq - 1
  if (!Number.isSafeInteger(prev) || prev < 0 || prev >= seq) {
    throw new AppError('payload.schema', 'the prev of an envelope is a whole number below its seq')
  }
  return { epoch, seq, prev }
}
