// What a camera at the simulated lakeside sees: water, hills, a paved shore and the visitors on it.
import sharp from 'sharp'
import { frame, type Visitor } from './visitors.ts'

const jpegQuality = 85

/** A JPEG of 640 × 480; the same for the same visitors. */
export async function lakesidePicture(visitors: readonly Visitor[]): Promise<Buffer> {
  return await sharp(Buffer.from(lakesideSvg(visitors)))
    .blur(0.6)
    .removeAlpha()
    .jpeg({ quality: jpegQuality })
    .toBuffer()
}

function lakesideSvg(visitors: readonly Visitor[]): string {
  const { width, height } = frame
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="sky" x2="0" y2="1"><stop offset="0" stop-color="#b9cfe0"/><stop offset="1" stop-color="#e4ebee"/></linearGradient>
      <linearGradient id="lake" x2="0" y2="1"><stop offset="0" stop-color="#8fa9b4"/><stop offset="1" stop-color="#5e7f8d"/></linearGradient>
      <linearGradient id="shore" x2="0" y2="1"><stop offset="0" stop-color="#8d8c86"/><stop offset="1" stop-color="#a4a29a"/></linearGradient>
    </defs>
    <rect width="100%" height="30%" fill="url(#sky)"/>
    <path d="M0 150 C90 96 170 120 250 104 S430 70 520 112 S610 130 640 108 V160 H0 z" fill="#5d7660"/>
    <rect y="30%" width="100%" height="16%" fill="url(#lake)"/>
    <rect y="46%" width="100%" height="54%" fill="url(#shore)"/>
    <path d="M0 222 H640 M0 268 H640 M0 330 H640 M0 412 H640" stroke="#7f7d76" stroke-width="2" opacity=".5"/>
    ${visitors.map(visitorSvg).join('')}</svg>`
}

/** A figure of rounded bars, lengths in hundredths of its height above the feet; lit from the left. */
function visitorSvg({ x, y, height, stride: s, top, legs, skin }: Visitor): string {
  const bars = [
    bar([-10, 0], [14, 1], 5, '#33322e', 0.5),
    ...[-1, 1].flatMap((side) => [
      bar([side * 3, 46], [side * 6.5 * s, 24], 11, legs),
      bar([side * 6.5 * s, 24], [side * 8 * s, 3], 8.5, legs),
      bar([side * 8 * s - 1, 1.5], [side * 8 * s + 5, 1], 4.5, '#161616'),
    ]),
    ...[-1, 1].flatMap((side) => [
      bar([side * 9.5, 78], [side * 13 * s, 60], 7.5, top),
      bar([side * 13 * s, 60], [side * 11 * s, 45], 6, top),
      bar([side * 11 * s, 44], [side * 11 * s, 41], 4.5, skin),
    ]),
    ...[-1, 1].map((side) => bar([side * 4, 76], [side * 3, 50], 14.5, top)),
    bar([-7, 74], [-5.5, 50], 4, '#fff', 0.16),
    bar([7, 74], [6, 50], 5, '#000', 0.2),
    bar([0, 86], [0, 82], 6.5, skin),
    bar([0, 95], [0, 90], 10.5, '#241a18'),
    bar([0.6, 92.5], [0.6, 89], 8.5, skin),
  ]
  return `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${(height / 100).toFixed(4)})" stroke-linecap="round">${bars.join('')}</g>`
}

type Point = readonly [x: number, above: number]

function bar([x1, y1]: Point, [x2, y2]: Point, width: number, colour: string, opacity = 1): string {
  const n = (value: number): string => value.toFixed(2)
  return `<path d="M${n(x1)} ${n(-y1)} L${n(x2)} ${n(-y2)}" stroke="${colour}" stroke-width="${n(width)}" opacity="${opacity}"/>`
}
