// What a file of a chart is called: place, quantity and span, in letters that every system takes.
import { jstStamp } from './jst.ts'
import type { TimeWindow } from './time-window.ts'

const longestName = 80

/** `musubi_PLACE_QUANTITY_20261122-1530_20261123-1530.csv`; times in Japan. */
export function chartFileName(names: readonly string[], window: TimeWindow, extension: 'csv' | 'png'): string {
  const said = names.map(plain).filter((name) => name !== '')
  const minute = (timeMs: number): string => jstStamp(timeMs).slice(0, -2)
  const head = ['musubi', ...said].join('_')
  const cut = Array.from(head).slice(0, longestName).join('')
  return `${cut}_${minute(window.fromMs)}_${minute(window.toMs)}.${extension}`
}

/** Without what a path, a shell or a file system takes for something else. */
function plain(name: string): string {
  return name
    .normalize('NFC')
    .replaceAll(/[\p{C}\\/:*?"<>|\s_.]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
}
