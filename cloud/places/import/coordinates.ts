// Latitude and longitude of a row, repaired as the pair that they are.
import { type Cell, changed, leftOut, narrowed, type Note, repaired, tidied } from './cell-text.ts'

export interface Coordinates {
  readonly latitude: Cell
  readonly longitude: Cell
}

/** Japan with its sea: what lies outside is a slip. */
const japan = { latitude: [20, 46], longitude: [122, 154] } as const

/** Decimal degrees as text, in the digits of the file where they stood so; both empty where nothing can be made of them. */
export function repairCoordinates(rawLatitude: string, rawLongitude: string): Coordinates {
  const [latitude, longitude] = [decimalOf(rawLatitude), decimalOf(rawLongitude)]
  if (latitude.value === '' && longitude.value === '') return { latitude, longitude }
  const isBad = [latitude, longitude].some(({ notes }) => notes.some(({ outcome }) => outcome === 'left-out'))
  if (isBad) return emptied({ latitude, longitude })
  if (latitude.value === '' || longitude.value === '') return emptied({ latitude, longitude }, 'coordinates.half')
  if (isIn(latitude.value, japan.latitude) && isIn(longitude.value, japan.longitude)) return { latitude, longitude }
  if (isIn(longitude.value, japan.latitude) && isIn(latitude.value, japan.longitude)) {
    const swapped = repaired('coordinates.swapped')
    return {
      latitude: { value: longitude.value, notes: [...longitude.notes, swapped] },
      longitude: { value: latitude.value, notes: [...latitude.notes, swapped] },
    }
  }
  return emptied({ latitude, longitude }, 'coordinates.outside')
}

function decimalOf(raw: string): Cell {
  const cell = narrowed(tidied(raw))
  if (cell.value === '') return cell
  if (/^-?\d{1,3}(?:\.\d+)?$/.test(cell.value)) return cell
  const plain = cell.value.replace(/^(?:北緯|東経|[NE])\s*/i, '').replace(/\s*(?:[NE]|度|°)$/i, '')
  if (/^\d{1,3}[.,]\d+$/.test(plain)) return changed(cell, plain.replace(',', '.'), 'coordinates.form')
  // The sign of seconds becomes two signs of minutes when it is narrowed.
  const match = /^(\d{1,3})[°度:]\s*(\d{1,2})['′分:]\s*(\d{1,2}(?:\.\d+)?)(?:["秒]|''|′′)?$/.exec(plain)
  if (match === null) return { value: '', notes: [...cell.notes, leftOut('coordinates.invalid')] }
  const [degrees, minutes, seconds] = match.slice(1).map(Number) as [number, number, number]
  return changed(cell, (degrees + minutes / 60 + seconds / 3_600).toFixed(6), 'coordinates.form')
}

function isIn(text: string, [least, most]: readonly [number, number]): boolean {
  return Number(text) >= least && Number(text) <= most
}

function emptied({ latitude, longitude }: Coordinates, code?: Note['code']): Coordinates {
  const note = code === undefined ? [] : [leftOut(code)]
  return {
    latitude: { value: '', notes: [...latitude.notes, ...note] },
    longitude: { value: '', notes: longitude.notes },
  }
}
