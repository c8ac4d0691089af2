// What an inexpensive camera above the belt makes of a part: uneven light, glare, a lens not quite in focus, a sensor's noise.
import sharp from 'sharp'
import { createNoise } from '../nature/seeded-noise.ts'
import { flangeSvg, frame, type Flange } from './flange.ts'

/** Grey levels of one standard deviation, in the middle of the range. */
const noiseLevels = 3.2
const jpegQuality = 85
const sensorNoise = gaussianTable(1 << 18)

/** A JPEG of 640 × 480; the same for the same part. */
export async function photograph(flange: Flange): Promise<Buffer> {
  const optics = createNoise(flange.seed, `optics-${flange.index}`)
  const { width, height } = frame
  const { data } = await sharp(Buffer.from(flangeSvg(flange)))
    .composite([{ input: Buffer.from(lightSvg(flange)), blend: 'soft-light' }])
    // The usual mask cuts the bell off early: the blur would change in two jumps, where a lens changes little by little.
    .blur({ sigma: 0.5 + optics.uniform(1) * 0.7, minAmplitude: 0.01, precision: 'float' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  addSensorNoise(data, Math.floor(optics.uniform(2) * sensorNoise.length), 0.92 + optics.uniform(3) * 0.14)
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: jpegQuality })
    .toBuffer()
}

/** One lamp stands nearer than the other. */
function lightSvg(flange: Flange): string {
  const light = createNoise(flange.seed, `light-${flange.index}`)
  const x = (32 + light.uniform(1) * 12).toFixed(1)
  const y = (26 + light.uniform(2) * 12).toFixed(1)
  return svg(`<defs><radialGradient id="lamp" cx="${x}%" cy="${y}%" r="85%"><stop offset="0" stop-color="#fff" stop-opacity=".55"/>
    <stop offset=".5" stop-color="#808080" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity=".6"/></radialGradient></defs>
    <rect width="100%" height="100%" fill="url(#lamp)"/>`)
}

function svg(content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${frame.width}" height="${frame.height}">${content}</svg>`
}

/** In place. `gain`: the exposure. */
function addSensorNoise(pixels: Buffer, from: number, gain: number): void {
  const mask = sensorNoise.length - 1
  for (let at = 0; at < pixels.length; at += 1) {
    const value = (pixels[at] as number) * gain + (sensorNoise[(from + at * 7) & mask] as number) * noiseLevels
    pixels[at] = value < 0 ? 0 : value > 255 ? 255 : value
  }
}

/** Standard normal values by Box and Muller; a table, because a picture needs a million. */
function gaussianTable(length: number): Float32Array {
  const noise = createNoise(1, 'sensor')
  return Float32Array.from({ length }, (_, index) => {
    const radius = Math.sqrt(-2 * Math.log(1 - noise.uniform(2 * index)))
    return radius * Math.cos(2 * Math.PI * noise.uniform(2 * index + 1))
  })
}
