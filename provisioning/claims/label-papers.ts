// Sheets of paper that an office in Japan has: sticker sheets by their faces, and plain paper to be cut.
import { AppError } from '../../broker/contract/app-error.ts'

/** All lengths in millimetres; the faces of a sheet lie side by side, without gaps, in the middle of the page. */
export interface LabelPaper {
  readonly about: string
  readonly pageWidthMm: number
  readonly pageHeightMm: number
  readonly columns: number
  readonly rows: number
  readonly faceWidthMm: number
  readonly faceHeightMm: number
  /** Plain paper: marks show where to cut. */
  readonly cut: boolean
}

const a4 = { pageWidthMm: 210, pageHeightMm: 297 } as const
/** JIS B5, which is larger than ISO B5. */
const b5 = { pageWidthMm: 182, pageHeightMm: 257 } as const

export const labelPapers = {
  'a4-24': {
    about: 'A4 stickers, 24 faces (3 × 8) of 70 × 33.9 mm',
    ...a4,
    columns: 3,
    rows: 8,
    faceWidthMm: 70,
    faceHeightMm: 33.9,
    cut: false,
  },
  'a4-12': {
    about: 'A4 stickers, 12 faces (2 × 6) of 86.4 × 42.3 mm',
    ...a4,
    columns: 2,
    rows: 6,
    faceWidthMm: 86.4,
    faceHeightMm: 42.3,
    cut: false,
  },
  'a4-10': {
    about: 'A4 stickers, 10 faces (2 × 5) of 86.4 × 50.8 mm',
    ...a4,
    columns: 2,
    rows: 5,
    faceWidthMm: 86.4,
    faceHeightMm: 50.8,
    cut: false,
  },
  a4: {
    about: 'plain A4 with cut marks, 10 labels of 90 × 50 mm',
    ...a4,
    columns: 2,
    rows: 5,
    faceWidthMm: 90,
    faceHeightMm: 50,
    cut: true,
  },
  b5: {
    about: 'plain B5 (JIS) with cut marks, 10 labels of 80 × 45 mm',
    ...b5,
    columns: 2,
    rows: 5,
    faceWidthMm: 80,
    faceHeightMm: 45,
    cut: true,
  },
} as const satisfies Readonly<Record<string, LabelPaper>>

/** Throws `config.invalid` with the papers that there are. */
export function paperOf(name: string): LabelPaper {
  const paper: LabelPaper | undefined = Object.hasOwn(labelPapers, name)
    ? labelPapers[name as keyof typeof labelPapers]
    : undefined
  if (paper !== undefined) return paper
  const known = Object.entries(labelPapers).map(([key, { about }]) => `  ${key}: ${about}`)
  throw new AppError('config.invalid', `--paper "${name}" is not known; there are\n${known.join('\n')}`)
}

/** Left upper corner of a face, counted along the rows from 0; in millimetres from that of the page. */
export function faceAt(paper: LabelPaper, index: number): { readonly xMm: number; readonly yMm: number } {
  const { pageWidthMm, pageHeightMm, columns, rows, faceWidthMm, faceHeightMm } = paper
  const leftMm = (pageWidthMm - columns * faceWidthMm) / 2
  const topMm = (pageHeightMm - rows * faceHeightMm) / 2
  return { xMm: leftMm + (index % columns) * faceWidthMm, yMm: topMm + Math.floor(index / columns) * faceHeightMm }
}
