// Photos made small in the phone: drawn anew, so that nothing of what the camera wrote into the file goes on.

const longestSidePx = 1600
const quality = 0.8
/** What the hub takes, with the third that base64 adds. */
const mostBytes = 1_000_000

export interface TakenPhoto {
  readonly picture: Blob
  /** Where the camera says that it was; used here, and in no file any more. */
  readonly position: { readonly lat: number; readonly lon: number } | undefined
}

/** Rejects where the file is no picture. */
export async function takePhoto(file: Blob): Promise<TakenPhoto> {
  const position = await positionOf(file)
  return { picture: await smallPicture(file), position }
}

/** A JPEG of at most a megabyte. Rejects where the file is no picture. */
export async function smallPicture(file: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  try {
    for (let sidePx = longestSidePx; ; sidePx *= 0.7) {
      const picture = await drawn(bitmap, sidePx)
      if (picture.size <= mostBytes) return picture
    }
  } finally {
    bitmap.close()
  }
}

async function drawn(bitmap: ImageBitmap, sidePx: number): Promise<Blob> {
  const scale = Math.min(1, sidePx / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return await new Promise((resolve, reject) => {
    const take = (blob: Blob | null): void => (blob === null ? reject(new Error('no picture')) : resolve(blob))
    canvas.toBlob(take, 'image/jpeg', quality)
  })
}

async function positionOf(file: Blob): Promise<TakenPhoto['position']> {
  try {
    const { gps } = await import('exifr/dist/lite.esm.mjs')
    const found = await gps(file)
    const isPlace = Number.isFinite(found?.latitude) && Number.isFinite(found?.longitude)
    return found !== undefined && isPlace ? { lat: found.latitude, lon: found.longitude } : undefined
  } catch {
    return undefined
  }
}

export async function base64Of(picture: Blob): Promise<string> {
  const bytes = new Uint8Array(await picture.arrayBuffer())
  let binary = ''
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCodePoint(...bytes.subarray(at, at + 0x8000))
  }
  return btoa(binary)
}

/** The JPEG out of what `base64Of` made. */
export function pictureOf(base64: string): Blob {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0) ?? 0)
  return new Blob([bytes], { type: 'image/jpeg' })
}
