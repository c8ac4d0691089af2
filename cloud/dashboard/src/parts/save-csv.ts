// Hands a table to the browser as a CSV file.
import { csvText } from '../format/csv.ts'
import { saveFile } from '../format/save-file.ts'

export function saveCsv(name: string, rows: Parameters<typeof csvText>[0]): void {
  saveFile(new Blob([csvText(rows)], { type: 'text/csv;charset=utf-8' }), name)
}
