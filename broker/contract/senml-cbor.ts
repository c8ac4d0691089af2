// SenML in CBOR: integer labels (RFC 8428 Table 4) read straight into the resolver's record, and samples written as a pack.
import { type CborReader, cborMajor } from './cbor.ts'
import { CborWriter } from './cbor-writer.ts'
import type { Sample } from './sample.ts'
import { PackResolver, type RawRecord, type Reading } from './senml.ts'
import { recordsOf, type SenmlRecord } from './senml-record.ts'

/** Reads the pack at the reader's position, leaving it behind the pack. Throws `payload.malformed`, `senml.invalid`, `senml.version`. */
export function readCborPack(reader: CborReader, nowMs: number): readonly Reading[] {
  const resolver = new PackResolver(nowMs)
  const length = reader.enter(cborMajor.array)
  for (let index = 0; length < 0 ? !reader.takeBreak() : index < length; index += 1) {
    readRecord(reader, resolver)
    resolver.take()
  }
  return resolver.finish()
}

function readRecord(reader: CborReader, resolver: PackResolver): void {
  const length = reader.enter(cborMajor.map)
  for (let index = 0; length < 0 ? !reader.takeBreak() : index < length; index += 1) {
    if (reader.peekMajor() === cborMajor.text) readExtension(reader, resolver)
    else readField(reader, resolver)
  }
}

function readField(reader: CborReader, resolver: PackResolver): void {
  const { record } = resolver
  const label = reader.number()
  switch (label) {
    case 0:
      record.n = reader.text()
      return
    case 1:
      record.u = reader.text()
      return
    case 2:
      record.v = reader.number()
      return
    case 3:
      record.vs = reader.text()
      return
    case 4:
      record.vb = reader.boolean()
      return
    case 5:
      record.s = reader.number()
      return
    case 6:
      record.t = reader.number()
      return
    case 7:
      record.ut = reader.number()
      return
    case 8:
      record.vd = Buffer.from(reader.bytes()).toString('base64url')
      return
    default:
      if (!readBaseField(reader, record, label)) reader.skip()
  }
}

function readBaseField(reader: CborReader, record: RawRecord, label: number): boolean {
  switch (label) {
    case -1:
      record.bver = reader.number()
      return true
    case -2:
      record.bn = reader.text()
      return true
    case -3:
      record.bt = reader.number()
      return true
    case -4:
      record.bu = reader.text()
      return true
    case -5:
      record.bv = reader.number()
      return true
    case -6:
      record.bs = reader.number()
      return true
    default:
      return false
  }
}

function readExtension(reader: CborReader, resolver: PackResolver): void {
  const label = reader.text()
  if ((label === 'q' || label === 'qr') && reader.peekMajor() === cborMajor.text) {
    resolver.record[label] = reader.text()
    return
  }
  resolver.unknownLabel(label)
  reader.skip()
}

const cborLabels = { bn: -2, bt: -3, n: 0, u: 1, v: 2, vs: 3, vb: 4, t: 6 } as const
const writer = new CborWriter()

/** Samples as a SenML pack in CBOR; at least one sample. */
export function writeCborPack(samples: readonly Sample[]): Uint8Array {
  const records = recordsOf(samples)
  writer.array(records.length)
  for (const record of records) writeRecord(record)
  return writer.finish()
}

function writeRecord(record: SenmlRecord): void {
  const fields = Object.entries(record)
  writer.map(fields.length)
  for (const [label, value] of fields) {
    if (label === 'q' || label === 'qr') writer.text(label)
    else writer.number(cborLabels[label as keyof typeof cborLabels])
    writer.value(value)
  }
}
