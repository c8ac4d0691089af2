// Readings as Apache Parquet, written page by page: each page is a row group or more, and leaves memory when it is sent.
import { ByteWriter, ParquetWriter, schemaFromColumnData, type ColumnSource } from 'hyparquet-writer'
import { qualityNames } from '../store/store.ts'
import type { ReadingPage } from './reading-pages.ts'

export async function* parquetOf(pages: AsyncIterable<ReadingPage>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter()
  const empty = columnsOf({ series: '', unit: undefined, readings: [] })
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: empty }),
    createdBy: 'musubi',
  })
  for await (const page of pages) {
    await writer.write({ columnData: columnsOf(page) })
    yield taken(bytes)
  }
  await writer.finish()
  yield taken(bytes)
}

/** What has been written since the last time. The writer's offset in the file goes on. */
function taken(bytes: ByteWriter): Uint8Array {
  const chunk = bytes.getBytes().slice()
  bytes.index = 0
  return chunk
}

function columnsOf({ series, unit, readings }: ReadingPage): ColumnSource[] {
  return [
    { name: 'series', type: 'STRING', nullable: false, data: readings.map(() => series) },
    { name: 'time', type: 'TIMESTAMP', nullable: false, data: readings.map(({ timeMs }) => new Date(timeMs)) },
    { name: 'value', type: 'DOUBLE', nullable: true, data: readings.map(({ value }) => value) },
    { name: 'unit', type: 'STRING', nullable: true, data: readings.map(() => unit ?? null) },
    {
      name: 'quality',
      type: 'STRING',
      nullable: false,
      data: readings.map(({ quality }) => qualityNames[quality] ?? 'bad'),
    },
    { name: 'text', type: 'STRING', nullable: true, data: readings.map(({ text }) => text) },
  ]
}
