// The wire of images as far as it needs no schema: paths on the hub's HTTPS listener, and what is taken for an image.

export const uploadsPath = '/uploads'
export const byHashPath = (sha256: string): string => `${uploadsPath}/by-hash/${sha256}`

/** What files are taken as images, by their first bytes. */
export type ImageMediaType = 'image/jpeg' | 'image/tiff' | 'image/png'

/** By the first 8 bytes; undefined: no image. DNG and BigTIFF are TIFF too. */
export function imageMediaType(head: Uint8Array): ImageMediaType | undefined {
  const hex = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (hex.startsWith('ffd8ff')) return 'image/jpeg'
  if (/^(49492a00|4d4d002a|49492b00|4d4d002b)/.test(hex)) return 'image/tiff'
  return hex === '89504e470d0a1a0a' ? 'image/png' : undefined
}
