// Every source of frames by the type that a camera names in gateway.yaml. Adding one is a file, a schema and one line here.
import type { CameraSourceFactory } from './camera-source.ts'

/** Settings have been checked against the factory's own schema: that check is what makes the types right. */
export type AnyCameraSourceFactory = CameraSourceFactory<never>

/** Loaded when a camera names it. */
const loaders: Readonly<Record<string, () => Promise<AnyCameraSourceFactory>>> = {
  'http-jpeg': async () => (await import('./http-jpeg.ts')).httpJpeg,
  mjpeg: async () => (await import('./mjpeg.ts')).mjpeg,
  rtsp: async () => (await import('./rtsp.ts')).rtsp,
  onvif: async () => (await import('./onvif.ts')).onvif,
  'hot-folder': async () => (await import('./hot-folder.ts')).hotFolder,
}

export const cameraSourceTypes: readonly string[] = Object.keys(loaders)

/** Undefined for a type that is not known. */
export function loadCameraSource(type: string): Promise<AnyCameraSourceFactory> | undefined {
  return Object.hasOwn(loaders, type) ? loaders[type]?.() : undefined
}
