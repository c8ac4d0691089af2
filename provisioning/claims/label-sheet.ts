// The label sheet of claims as a PDF: for each gateway the QR code that enrols it, and what a person needs to choose the right box.
import { createWriteStream } from 'node:fs'
import { createRequire } from 'node:module'
import { pipeline } from 'node:stream/promises'
import PDFDocument from 'pdfkit'
import { encodeQR } from 'qr'
import { AppError } from '../../broker/contract/app-error.ts'
import { secretMode } from '../whole-file.ts'
import { dayInJapan } from './claim-columns.ts'
import { faceAt, type LabelPaper } from './label-papers.ts'

export interface Label {
  readonly gateway: string
  readonly tenant: string
  readonly site: string
  readonly claim: string
  readonly expiresMs: number
  /** What the QR code says; it holds the secret, which stands nowhere else on the label. */
  readonly text: string
}

export interface SheetOptions {
  readonly paper: LabelPaper
  /** Faces of the first sheet that are used up already. */
  readonly skip: number
  /** How far the printer is off, in millimetres to the right and down. */
  readonly offsetMm: readonly [number, number]
}

const pointsPerMm = 72 / 25.4
const mm = (length: number): number => length * pointsPerMm
const black = '#000000'
const grey = '#444444'

/** QR modules of the symbol with its quiet zone of four on each side (ISO/IEC 18004). */
const quietModules = 4
const largestCodeMm = 40
/** Nothing but the quiet zone comes nearer to an edge of a face: printers and cutters are off by a millimetre or two. */
const paddingMm = 2.5

const require = createRequire(import.meta.url)
const fonts = {
  regular: require.resolve('@expo-google-fonts/biz-udpgothic/400Regular/BIZUDPGothic_400Regular.ttf'),
  bold: require.resolve('@expo-google-fonts/biz-udpgothic/700Bold/BIZUDPGothic_700Bold.ttf'),
} as const

/** Writes the whole sheet and syncs it; the file, which must not be there yet, has mode 600. Throws `store.unavailable`. */
export async function writeLabelSheet(file: string, labels: readonly Label[], options: SheetOptions): Promise<void> {
  const document = openDocument(labels, options)
  // pdfkit hands pages on as they are done, so that memory holds few of them.
  const written = pipeline(document, createWriteStream(file, { flags: 'wx', mode: secretMode, flush: true }))
  try {
    drawSheets(document, labels, options)
    document.end()
    await written
  } catch (cause) {
    document.destroy()
    await written.catch(() => undefined)
    throw new AppError('store.unavailable', `${file} cannot be written`, { cause })
  }
}

/** The claims of a sheet are named in its keywords, so that a later import can tell whether its labels are still of use. */
const keyword = 'musubi-claims'

/** Ids of the claims on a sheet, out of the bytes of its file; undefined where it is no sheet of ours. */
export function claimsOfSheet(pdf: Uint8Array): readonly string[] | undefined {
  const [, ids] = new RegExp(`\\(${keyword}((?: [0-9a-z]{8})+)\\)`).exec(Buffer.from(pdf).toString('latin1')) ?? []
  return ids?.split(' ').filter(Boolean)
}

/** Characters of a text that the font of the labels lacks. */
export function missingCharacters(text: string): readonly string[] {
  fontOfLabels ??= openFont()
  const known = fontOfLabels
  return Array.from(text).filter((character) => !known.hasGlyphForCodePoint(character.codePointAt(0) ?? 0))
}

interface FontFile {
  hasGlyphForCodePoint(codePoint: number): boolean
}

let fontOfLabels: FontFile | undefined

/** pdfkit's types keep the font to themselves. */
function openFont(): FontFile {
  const document = new PDFDocument({ autoFirstPage: false }).font(fonts.regular)
  return (document as unknown as { readonly _font: { readonly font: FontFile } })._font.font
}

function openDocument(labels: readonly Label[], { paper }: SheetOptions): PDFKit.PDFDocument {
  const document = new PDFDocument({
    size: [mm(paper.pageWidthMm), mm(paper.pageHeightMm)],
    margin: 0,
    autoFirstPage: false,
    lang: 'ja',
    info: {
      Title: 'Musubi ゲートウェイ登録ラベル',
      Keywords: [keyword, ...labels.map(({ claim }) => claim)].join(' '),
    },
  })
  document.registerFont('regular', fonts.regular)
  document.registerFont('bold', fonts.bold)
  return document
}

function drawSheets(document: PDFKit.PDFDocument, labels: readonly Label[], options: SheetOptions): void {
  const { paper, skip, offsetMm } = options
  const faces = paper.columns * paper.rows
  labels.forEach((label, index) => {
    const at = (skip + index) % faces
    if (index === 0 || at === 0) {
      document.addPage()
      document.translate(mm(offsetMm[0]), mm(offsetMm[1]))
      if (paper.cut) drawCutMarks(document, paper)
    }
    const { xMm, yMm } = faceAt(paper, at)
    document.save().translate(mm(xMm), mm(yMm))
    drawLabel(document, label, paper)
    document.restore()
  })
}

/** Lines outside the labels at each edge, and a small cross where four labels meet. */
function drawCutMarks(document: PDFKit.PDFDocument, paper: LabelPaper): void {
  const { columns, rows, faceWidthMm, faceHeightMm } = paper
  const { xMm: left, yMm: top } = faceAt(paper, 0)
  const [right, bottom] = [left + columns * faceWidthMm, top + rows * faceHeightMm]
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    document.moveTo(mm(x1), mm(y1)).lineTo(mm(x2), mm(y2))
  for (let column = 0; column <= columns; column += 1) {
    const x = left + column * faceWidthMm
    line(x, top - 6, x, top - 1)
    line(x, bottom + 1, x, bottom + 6)
    for (let row = 0; row <= rows; row += 1) {
      const y = top + row * faceHeightMm
      line(left - 6, y, left - 1, y)
      line(right + 1, y, right + 6, y)
      const isInside = column > 0 && column < columns && row > 0 && row < rows
      if (isInside) {
        line(x - 1, y, x + 1, y)
        line(x, y - 1, x, y + 1)
      }
    }
  }
  document.lineWidth(0.3).strokeColor(grey).stroke()
}

/** QR code at the left, text at its right; the origin is the left upper corner of the face. */
function drawLabel(document: PDFKit.PDFDocument, label: Label, paper: LabelPaper): void {
  const { faceWidthMm, faceHeightMm } = paper
  const codeMm = Math.min(largestCodeMm, faceHeightMm - 1)
  drawCode(document, label.text, { xMm: 0.8, yMm: (faceHeightMm - codeMm) / 2, sizeMm: codeMm })
  const textXMm = 0.8 + codeMm
  const box = { x: mm(textXMm), width: mm(faceWidthMm - textXMm - paddingMm) }
  const [top, bottom] = [mm(paddingMm + 0.5), mm(faceHeightMm - paddingMm)]
  const foot = drawFoot(document, label, { ...box, bottom, scale: faceHeightMm < 42 ? 1 : 1.25 })
  drawHead(document, label, { ...box, y: top, height: foot - top })
}

/** `sizeMm` with the quiet zone, so that the symbol itself is 57 of 65 parts of it for a code of version 10. */
function drawCode(
  document: PDFKit.PDFDocument,
  text: string,
  at: { readonly xMm: number; readonly yMm: number; readonly sizeMm: number },
): void {
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border: quietModules })
  document
    .save()
    .translate(mm(at.xMm), mm(at.yMm))
    .scale(mm(at.sizeMm) / modules.length)
  modules.forEach((row, y) => {
    // One rectangle for each run of dark modules: fewer edges for a printer to round.
    for (let x = 0; x < row.length; x += 1) {
      const start = x
      while (row[x] === true) x += 1
      if (x > start) document.rect(start, y, x - start, 1)
    }
  })
  document.fill(black).restore()
}

interface Box {
  readonly x: number
  readonly width: number
}

/** Gateway, tenant and site, as large as the room allows. */
function drawHead(
  document: PDFKit.PDFDocument,
  label: Label,
  box: Box & { readonly y: number; readonly height: number },
) {
  const name = fit(
    document,
    { text: label.gateway, font: 'bold', sizes: [13, 12, 11, 10, 9, 8, 7, 6], lines: 2 },
    box.width,
  )
  let y = drawLines(document, name, { ...box, y: box.y })
  const tenant = fit(document, { text: label.tenant, font: 'regular', sizes: [7, 6, 5, 4.5], lines: 1 }, box.width)
  y = drawLines(document, { ...tenant, colour: grey }, { ...box, y: y + 0.5 })
  if (label.site === '') return
  const room = box.y + box.height - y - 2
  for (const size of [10, 9, 8, 7, 6, 5.5]) {
    const site = fit(document, { text: label.site, font: 'regular', sizes: [size], lines: 9 }, box.width)
    if (site.lines.length * size * leading > room && size > 5.5) continue
    drawLines(document, site, { ...box, y: y + 2 })
    return
  }
}

/** What stands at the bottom, from its top edge in points, which is returned: claim, expiry, and what to do. */
function drawFoot(
  document: PDFKit.PDFDocument,
  label: Label,
  box: Box & { readonly bottom: number; readonly scale: number },
): number {
  const texts = [
    { text: `期限 ${dayInJapan(label.expiresMs)}`, font: 'bold', size: 7, colour: black },
    { text: `番号 ${label.claim}`, font: 'regular', size: 7, colour: black },
    { text: '設置アプリで読み取り、登録します', font: 'regular', size: 5.5, colour: grey },
    { text: '1回だけ有効・使用前は鍵として保管', font: 'regular', size: 5.5, colour: grey },
  ] as const
  const fitted = texts.map(({ text, font, size, colour }) => ({
    ...fit(
      document,
      { text, font, sizes: [size, size - 0.5, size - 1].map((one) => one * box.scale), lines: 1 },
      box.width,
    ),
    colour,
  }))
  const height = fitted.reduce((sum, { lines, size }) => sum + lines.length * size * leading, 0)
  let y = box.bottom - height
  for (const text of fitted) y = drawLines(document, text, { ...box, y })
  return box.bottom - height
}

const leading = 1.22

interface Fitted {
  readonly lines: readonly string[]
  readonly font: string
  readonly size: number
  readonly colour?: string
}

/** The largest size with which a text needs no more than so many lines; at the smallest size as many lines as it needs. */
function fit(
  document: PDFKit.PDFDocument,
  wanted: { readonly text: string; readonly font: string; readonly sizes: readonly number[]; readonly lines: number },
  width: number,
): Fitted {
  const { text, font, sizes, lines: most } = wanted
  let fitted: Fitted = { lines: [text], font, size: sizes[0] ?? 0 }
  for (const size of sizes) {
    document.font(font).fontSize(size)
    fitted = { lines: breakLines(text, (part) => document.widthOfString(part) <= width), font, size }
    if (fitted.lines.length <= most) return fitted
  }
  return fitted
}

/** Japanese breaks anywhere but before what closes; a name of Latin letters behind a hyphen, where a part of it fits. */
function breakLines(text: string, fits: (part: string) => boolean): readonly string[] {
  const lines: string[] = []
  let rest = Array.from(text)
  while (rest.length > 0) {
    let count = rest.length
    while (count > 1 && !fits(rest.slice(0, count).join(''))) count -= 1
    if (count < rest.length) count = breakAt(rest, count)
    lines.push(rest.slice(0, count).join('').trim())
    rest = rest.slice(count)
  }
  return lines
}

const latin = /[A-Za-z0-9]/
const closing = /[、。，．）」』】〕・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ!?)-]/

function breakAt(characters: readonly string[], most: number): number {
  const isInside = (at: number) =>
    closing.test(characters[at] ?? '') || (latin.test(characters[at - 1] ?? '') && latin.test(characters[at] ?? ''))
  let at = most
  while (at > 1 && isInside(at)) at -= 1
  return at > 1 ? at : most
}

/** Returns the bottom of the last line. */
function drawLines(
  document: PDFKit.PDFDocument,
  { lines, font, size, colour }: Fitted,
  at: { readonly x: number; readonly y: number },
): number {
  document
    .font(font)
    .fontSize(size)
    .fillColor(colour ?? black)
  lines.forEach((line, index) => {
    document.text(line, at.x, at.y + index * size * leading, { lineBreak: false })
  })
  return at.y + lines.length * size * leading
}
