// Reads QR codes: by the browser's own detector where it has one, else by a decoder that is part of this page.

/** What the browser's detector looks like; it is not in TypeScript's library yet. */
interface Detector {
  detect(source: ImageBitmapSource): Promise<readonly { readonly rawValue: string }[]>
}
type DetectorClass = (new (options: { readonly formats: readonly string[] }) => Detector) & {
  getSupportedFormats(): Promise<readonly string[]>
}

export interface QrReader {
  /** The text of a code in the picture; undefined: none is found. */
  read(source: HTMLVideoElement | ImageBitmap): Promise<string | undefined>
}

/** A camera's picture is made this small for our own decoder; a label fills a good part of it. */
const frameSidePx = 800
const pictureSidePx = 1600
/** Our decoder may think this long about one picture. */
const effortMs = 120

export async function openQrReader(): Promise<QrReader> {
  return (await nativeReader()) ?? ownReader()
}

async function nativeReader(): Promise<QrReader | undefined> {
  const found = (globalThis as { readonly BarcodeDetector?: DetectorClass }).BarcodeDetector
  const formats = await found?.getSupportedFormats().catch((): readonly string[] => [])
  if (found === undefined || formats?.includes('qr_code') !== true) return undefined
  const detector = new found({ formats: ['qr_code'] })
  const own = ownReader()
  return {
    async read(source) {
      try {
        return (await detector.detect(source))[0]?.rawValue
      } catch {
        // On some phones the detector is there and does not work.
        return await own.read(source)
      }
    },
  }
}

function ownReader(): QrReader {
  const canvas = document.createElement('canvas')
  return {
    async read(source) {
      const { decodeQR } = await import('qr/decode.js')
      const image = imageOf(source, canvas)
      if (image === undefined) return undefined
      try {
        return decodeQR(image, { timeLimit: effortMs, effort: 3 })
      } catch {
        return undefined
      }
    },
  }
}

function imageOf(source: HTMLVideoElement | ImageBitmap, canvas: HTMLCanvasElement): ImageData | undefined {
  const isVideo = source instanceof HTMLVideoElement
  const [width, height] = isVideo ? [source.videoWidth, source.videoHeight] : [source.width, source.height]
  if (width === 0 || height === 0) return undefined
  const scale = Math.min(1, (isVideo ? frameSidePx : pictureSidePx) / Math.max(width, height))
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context?.drawImage(source, 0, 0, canvas.width, canvas.height)
  return context?.getImageData(0, 0, canvas.width, canvas.height)
}
