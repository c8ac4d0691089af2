// The configuration of a camera over MJPEG, for tests that start cameras without a configuration file.
import type { CameraConfig } from '../../edge/cameras/camera-config.ts'

/** `camera-1`; frames up to 64 KiB. */
export function mjpegCamera(
  url: string,
  { healthIntervalS, keepEveryS }: { readonly healthIntervalS: number; readonly keepEveryS: number },
): CameraConfig {
  return {
    id: 'camera-1',
    site: undefined,
    label: { ja: '', en: '' },
    source: { type: 'mjpeg', url } as { readonly type: string },
    healthIntervalS,
    staleS: 10,
    maxFrameBytes: 65_536,
    latencyMs: 0,
    exifOffset: undefined,
    keepEveryS,
    remoteFrames: false,
  }
}
