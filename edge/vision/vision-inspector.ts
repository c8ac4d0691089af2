// Lets a vision model judge the parts of an inspection line.
import type { InspectionConfig, PictureChoice } from '../cameras/camera-config.ts'
import type { Inspector } from '../cameras/inspection.ts'
import type { VisionHost } from './vision-host.ts'

export function visionInspector(
  { id, model, pictures }: Pick<InspectionConfig, 'id' | 'model'> & { readonly pictures: () => PictureChoice },
  host: Pick<VisionHost, 'analyse'>,
): Inspector {
  return {
    async inspect(frame) {
      // The heat travels beside the picture, so that a screen can take it off.
      const options = { picture: pictures(), plain: true }
      const judged = await host.analyse({ source: id, package: model, bytes: frame.bytes, urgent: true, options })
      return { pass: !judged.finding.over, score: judged.finding.score ?? 0, judged }
    },
  }
}
