// Digits as the displays of meters show them, as SVG: seven segments, wheels of a counter, dots. No font of the machine is used.

/** Segments a to g that each character lights, as bits from a (1) to g (64). */
export const segmentCodes: Readonly<Record<string, number>> = {
  '0': 0b0111111,
  '1': 0b0000110,
  '2': 0b1011011,
  '3': 0b1001111,
  '4': 0b1100110,
  '5': 0b1101101,
  '6': 0b1111101,
  '7': 0b0000111,
  '8': 0b1111111,
  '9': 0b1101111,
  '-': 0b1000000,
}

/** In a box of 20 × 36: x, y, width, height. */
const segments = [
  [3, 0, 14, 4],
  [16, 2, 4, 15],
  [16, 19, 4, 15],
  [3, 32, 14, 4],
  [0, 19, 4, 15],
  [0, 2, 4, 15],
  [3, 16, 14, 4],
] as const

/** `ghost`: opacity of the segments that are off, as an LCD shows them from the side. */
export function segmentGlyph(character: string, ghost: number): string {
  const code = segmentCodes[character] ?? 0
  return segments
    .map(([x, y, width, height], index) => {
      const opacity = ((code >> index) & 1) === 1 ? 1 : ghost
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="1.6" opacity="${opacity}"/>`
    })
    .join('')
}

/** Strokes in a box of 22 × 32, for the wheels of a counter. */
const strokes: Readonly<Record<string, string>> = {
  '0': 'M11 3.5C3 3.5 3 28.5 11 28.5C19 28.5 19 3.5 11 3.5',
  '1': 'M6 8.5L12 3.5V29',
  '2': 'M4 10C4 1.5 18 1.5 18 10C18 16 4 22 4 28.5H18.5',
  '3': 'M4 7C7 2.5 17.5 2.5 17.5 10C17.5 15 12 15.8 9 15.8C13 15.8 18.5 17 18.5 22.5C18.5 30 7 30 3.5 25',
  '4': 'M14.5 29V3.5L3 21.5H19',
  '5': 'M17 3.5H6L5 15C9 12 18.5 13 18.5 21C18.5 29.5 8 30 3.5 25.5',
  '6': 'M16 4.5C6 6 4 14 4 20C4 31 18.5 31 18.5 21.5C18.5 13 6 13 4.3 20',
  '7': 'M3.5 3.5H18.5L9.5 29',
  '8': 'M11 3.5C4 3.5 4 15 11 15.5C18.8 16 18.8 28.5 11 28.5C3.2 28.5 3.2 16 11 15.5C18 15 18 3.5 11 3.5',
  '9': 'M6 27.5C16 26 18 18 18 12C18 1 3.5 1 3.5 10.5C3.5 19 16 19 17.7 12',
}

export function strokeGlyph(character: string, weight: number): string {
  const path = strokes[character] ?? 'M5 16H17'
  return `<path d="${path}" fill="none" stroke="currentColor" stroke-width="${weight}" stroke-linejoin="round"/>`
}

/** Five columns a row, seven rows. */
const dots: Readonly<Record<string, readonly string[]>> = {
  '0': ['01110', '10001', '10011', '10101', '11001', '10001', '01110'],
  '1': ['00100', '01100', '00100', '00100', '00100', '00100', '01110'],
  '2': ['01110', '10001', '00001', '00110', '01000', '10000', '11111'],
  '3': ['01110', '10001', '00001', '00110', '00001', '10001', '01110'],
  '4': ['00010', '00110', '01010', '10010', '11111', '00010', '00010'],
  '5': ['11111', '10000', '11110', '00001', '00001', '10001', '01110'],
  '6': ['00110', '01000', '10000', '11110', '10001', '10001', '01110'],
  '7': ['11111', '00001', '00010', '00100', '01000', '01000', '01000'],
  '8': ['01110', '10001', '10001', '01110', '10001', '10001', '01110'],
  '9': ['01110', '10001', '10001', '01111', '00001', '00010', '01100'],
  '-': ['00000', '00000', '00000', '11111', '00000', '00000', '00000'],
}

/** In a box of 20 × 28, dots of 4. */
export function dotGlyph(character: string): string {
  return (dots[character] ?? [])
    .flatMap((row, y) =>
      row
        .split('')
        .map((bit, x) =>
          bit === '1' ? `<rect x="${x * 4 + 0.3}" y="${y * 4 + 0.3}" width="3.4" height="3.4" rx="0.8"/>` : '',
        ),
    )
    .join('')
}
