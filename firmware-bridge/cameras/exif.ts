// The few EXIF facts that every frame carries where its camera writes them: when it was exposed, and how.
//
// Read here and not with a library, because it happens on the way of each frame: synchronously, five tags, bounded.
import type { Exposure } from './frame.ts'
import { numberOf, openTiff, readDirectory, textOf, type TiffDirectory } from './tiff-directory.ts'

export interface ExifFacts {
  /** Unix ms; undefined without a whole date and an offset from UTC. */
  readonly timeMs: number | undefined
  readonly exposure: Exposure
}

/** Exif 2.32, 4.6.3 and 4.6.5. */
const tags = {
  exposureTime: 0x829a,
  exif: 0x8769,
  iso: 0x8827,
  dateTimeOriginal: 0x9003,
  offsetTimeOriginal: 0x9011,
  subSecTimeOriginal: 0x9291,
  gainControl: 0xa407,
} as const

/** `bytes`: the TIFF part of an APP1 segment, or a whole TIFF file. `offset` (`+09:00`) is for cameras that write none. */
export function readExif(bytes: Buffer, offset: string | undefined): ExifFacts {
  const tiff = openTiff(bytes)
  const root = tiff === undefined ? undefined : readDirectory(tiff, tiff.first)
  const place = root === undefined ? undefined : numberOf(root, tags.exif)
  const exif = tiff === undefined || place === undefined ? undefined : readDirectory(tiff, place)
  if (exif === undefined) return { timeMs: undefined, exposure: {} }
  const exposureTimeS = numberOf(exif, tags.exposureTime)
  const iso = numberOf(exif, tags.iso)
  const gainControl = numberOf(exif, tags.gainControl)
  return {
    timeMs: exposedAt(exif, offset),
    exposure: {
      ...(exposureTimeS === undefined || exposureTimeS <= 0 ? {} : { exposureTimeS }),
      ...(iso === undefined ? {} : { iso }),
      ...(gainControl === undefined ? {} : { gainControl }),
    },
  }
}

const dateTime = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)$/
const utcOffset = /^([+-])(\d\d):(\d\d)$/

function exposedAt(exif: TiffDirectory, defaultOffset: string | undefined): number | undefined {
  const date = dateTime.exec(textOf(exif, tags.dateTimeOriginal) ?? '')
  const zone = utcOffset.exec(textOf(exif, tags.offsetTimeOriginal) ?? '') ?? utcOffset.exec(defaultOffset ?? '')
  if (date === null || zone === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = date.slice(1).map(Number)
  const offsetMin = (Number(zone[2]) * 60 + Number(zone[3])) * (zone[1] === '-' ? -1 : 1)
  const fraction = /^\d+/.exec(textOf(exif, tags.subSecTimeOriginal) ?? '')?.[0] ?? '0'
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second) + Math.floor(Number(`0.${fraction}`) * 1000)
  return localMs - offsetMin * 60_000
}
