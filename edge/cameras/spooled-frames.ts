// Frames that a camera keeps go into the gateway's image spool, and from there to the hub.
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'
import type { Frame, FrameTimeSource } from '../../firmware-bridge/cameras/frame.ts'
import type { ImageSink } from '../images/image-uplink.ts'
import type { FrameSink } from './frame-keeper.ts'

const extensions = { jpeg: 'jpg', png: 'png', tiff: 'tif' } as const
/** The time of arrival and that of an answer's head are the gateway's, or checked against it. */
const timeOrigins: Readonly<Record<FrameTimeSource, ImageFacts['timeFrom']>> = {
  exif: 'exif',
  file: 'file',
  'http-date': 'gateway',
  arrival: 'gateway',
}

export function spooledFrames(sink: ImageSink): FrameSink {
  return {
    async put(frame) {
      await sink.put({ name: nameOf(frame), bytes: frame.bytes, facts: factsOf(frame) })
    },
  }
}

/** `camera-1-20261122T101530123Z.jpg` */
function nameOf({ camera, timeMs, format }: Frame): string {
  return `${camera}-${new Date(timeMs).toISOString().replaceAll(/[-:.]/g, '')}.${extensions[format]}`
}

function factsOf({ camera, timeMs, timeSource, widthPx, heightPx, exposure }: Frame): ImageFacts {
  const { exposureTimeS, iso } = exposure
  const known = {
    ...(exposureTimeS === undefined ? {} : { timeS: exposureTimeS }),
    ...(iso === undefined ? {} : { iso }),
  }
  return {
    timeMs,
    timeFrom: timeOrigins[timeSource],
    device: camera,
    width: widthPx,
    height: heightPx,
    ...(Object.keys(known).length === 0 ? {} : { exposure: known }),
  }
}
