// The rows of a CSV file as municipalities circulate it: UTF-8 with or without byte order mark, or CP932.
import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Findings } from './finding.ts'

export interface TableRow {
  /** Where it ends in the file, from 1, as an editor counts. */
  readonly line: number
  readonly cells: readonly string[]
}

const mostRows = 100_000
/** So many characters are parsed at a time: the hub must stay able to do other things in between. */
const chunkLength = 64 * 1024

/** UTF-8 before CP932: what is valid UTF-8 by chance is rare, what is valid CP932 by chance is not. */
export function decodeTable(bytes: Uint8Array, findings: Findings): string {
  const utf8 = decoded(bytes, 'utf-8', true)
  if (utf8 !== undefined) return utf8
  const cp932 = decoded(bytes, 'shift_jis', true)
  if (cp932 !== undefined) {
    findings.add({ line: 0, column: '', code: 'file.cp932', outcome: 'repaired', was: 'CP932', became: 'UTF-8' })
    return cp932
  }
  const [one, other] = [decoded(bytes, 'utf-8', false) ?? '', decoded(bytes, 'shift_jis', false) ?? '']
  const isUtf8 = lostIn(one) <= lostIn(other)
  const was = isUtf8 ? 'UTF-8' : 'CP932'
  findings.add({ line: 0, column: '', code: 'file.undecodable', outcome: 'kept', was, became: was })
  return isUtf8 ? one : other
}

function decoded(bytes: Uint8Array, encoding: string, fatal: boolean): string | undefined {
  try {
    // The byte order mark is taken away.
    return new TextDecoder(encoding, { fatal }).decode(bytes)
  } catch {
    return undefined
  }
}

function lostIn(text: string): number {
  return text.split('\uFFFD').length - 1
}

/** Throws `payload.malformed` for what is no CSV, `limit.exceeded` for too many rows. */
export async function* tableRows(text: string): AsyncGenerator<TableRow> {
  const head = text.slice(0, chunkLength).split('\n', 1)[0] ?? ''
  const delimiter = head.includes('\t') && !head.includes(',') ? '\t' : ','
  const options = { delimiter, relax_column_count: true, relax_quotes: true, info: true, skip_empty_lines: false }
  const parser = Readable.from(chunksOf(text)).pipe(parse(options))
  let rows = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      rows += 1
      if (rows > mostRows) throw new AppError('limit.exceeded', `the file has more than ${mostRows} rows`)
      yield { line: info.lines, cells: record }
    }
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown
    throw new AppError('payload.malformed', `the file is no CSV: ${thrown.message}`, { cause: thrown })
  }
}

function* chunksOf(text: string): Generator<string> {
  for (let begin = 0; begin < text.length; begin += chunkLength) yield text.slice(begin, begin + chunkLength)
}
