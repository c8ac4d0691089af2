// Hands a table to the browser as a CSV file, which asks or knows where to keep it.
import { csvText } from '../format/csv.ts'

export function saveCsv(name: string, rows: Parameters<typeof csvText>[0]): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([csvText(rows)], { type: 'text/csv;charset=utf-8' }))
  link.download = name
  link.click()
  // The browser has taken hold of it by the time that anything else runs; a minute is for slow disks.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
