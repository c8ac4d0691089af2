// What the QR codes of a label sheet say, read out of the rectangles that are drawn in the PDF.
import { inflateSync } from 'node:zlib'
import { decodeQR } from 'qr/decode.js'

/** Pixels of one module in the picture that is decoded. */
const scale = 4

type Run = readonly [x: number, y: number, width: number]

/** In the order in which they are drawn. Throws where one of them cannot be read. */
export function codesOfSheet(pdf: Uint8Array): readonly string[] {
  return pageContents(Buffer.from(pdf)).flatMap((content) =>
    // Each code is one path of rectangles in whole modules, then a fill.
    content
      .split(/^f$/m)
      .map((path) => [...path.matchAll(/^(\d+) (\d+) (\d+) 1 re$/gm)].map((match) => match.slice(1).map(Number)))
      .filter((rectangles) => rectangles.length > 0)
      .map((rectangles) => decodeQR(picture(rectangles as unknown as readonly Run[]))),
  )
}

function pageContents(pdf: Buffer): readonly string[] {
  const contents: string[] = []
  for (let at = pdf.indexOf('stream\n'); at >= 0; at = pdf.indexOf('stream\n', at)) {
    const end = pdf.indexOf('\nendstream', at)
    try {
      contents.push(inflateSync(pdf.subarray(at + 'stream\n'.length, end)).toString('latin1'))
    } catch {
      // A font that is stored as it is.
    }
    at = end + '\nendstream'.length
  }
  return contents
}

function picture(rectangles: readonly Run[]) {
  const modules = Math.max(...rectangles.map(([x, , width]) => x + width)) + 4
  const size = modules * scale
  const data = new Uint8Array(size * size * 3).fill(255)
  for (const [x, y, width] of rectangles) {
    for (let row = y * scale; row < (y + 1) * scale; row += 1) {
      data.fill(0, (row * size + x * scale) * 3, (row * size + (x + width) * scale) * 3)
    }
  }
  return { width: size, height: size, data }
}
