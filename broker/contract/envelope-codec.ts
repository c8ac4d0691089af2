// The envelope on the wire: `{v, epoch, seq, prev?, pack}` in CBOR or JSON; a stored pack is wrapped without being encoded again.
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
}

const writer = new CborWriter()

/** Wraps an encoded CBOR pack. `prev` travels only where it is not seq − 1. */
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
  writer.text('pack')
  writer.raw(message.pack)
  return writer.finish()
}

/** Decodes a whole message. Throws AppError `payload.malformed | payload.schema | senml.invalid | senml.version`. */
export function decodeEnvelope(bytes: Uint8Array, nowMs: number): Envelope {
  const fields = emptyFields()
  if (looksLikeJson(bytes)) readJsonFields(parseJson(bytes), fields, nowMs)
  else readCborFields(new CborReader(bytes), fields, nowMs)
  const header = checkedHeader(fields)
  if (fields.readings === undefined) throw new AppError('payload.schema', 'an envelope of readings has a "pack"')
  return { v: 1, epoch: header.epoch, seq: header.seq, prev: header.prev, readings: fields.readings }
}

/** The header of a message whose pack may be broken; undefined where the header itself cannot be read. */
export function readEnvelopeHeader(bytes: Uint8Array): EnvelopeHeader | undefined {
  const fields = emptyFields()
  try {
    if (looksLikeJson(bytes)) readJsonFields(parseJson(bytes), fields, undefined)
    else readCborFields(new CborReader(bytes), fields, undefined)
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
  return { v: undefined, epoch: undefined, seq: undefined, prev: undefined, readings: undefined }
}

/** Without `nowMs` the pack is passed over. */
function readCborFields(reader: CborReader, fields: Fields, nowMs: number | undefined): void {
  const length = reader.enter(cborMajor.map)
  for (let index = 0; length < 0 ? !reader.takeBreak() : index < length; index += 1) {
    const key = reader.text()
    if (key === 'seq') fields.seq = reader.number()
    else if (key === 'epoch') fields.epoch = reader.text()
    else if (key === 'v') fields.v = reader.number()
    else if (key === 'prev') fields.prev = reader.number()
    else if (key === 'pack' && nowMs !== undefined) fields.readings = readCborPack(reader, nowMs)
    else reader.skip()
  }
  if (!reader.atEnd) throw new AppError('payload.malformed', 'CBOR: bytes follow the envelope')
}

function readJsonFields(document: unknown, fields: Fields, nowMs: number | undefined): void {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw noEnvelope()
  const { v, epoch, seq, prev, pack } = document as Readonly<Record<string, unknown>>
  if (v !== 1 || typeof epoch !== 'string' || typeof seq !== 'number') throw noEnvelope()
  if (prev !== undefined && typeof prev !== 'number') throw noEnvelope()
  fields.v = v
  fields.epoch = epoch
  fields.seq = seq
  fields.prev = prev
  if (pack !== undefined && nowMs !== undefined) fields.readings = readJsonPack(pack, nowMs)
}

function noEnvelope(): AppError {
  return new AppError('payload.schema', 'an envelope is {v: 1, epoch, seq, prev?, pack}')
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
