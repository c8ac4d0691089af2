// The part of exifr's small build that is used.
declare module 'exifr/dist/lite.esm.mjs' {
  export function gps(file: Blob): Promise<{ readonly latitude: number; readonly longitude: number } | undefined>
}
