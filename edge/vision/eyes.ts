// What judges frames on this gateway and what teaches it, opened together: a taught line begins with its newest revision.
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { InspectionDescription } from '../../broker/contract/documents.ts'
import type { CamerasDependencies } from '../cameras/cameras.ts'
import type { PictureSwitch } from '../cameras/picture-switch.ts'
import type { GatewayConfig } from '../config.ts'
import type { Counters } from '../counters.ts'
import type { Teaching } from '../teach/teaching.ts'
import type { VisionHost } from './vision-host.ts'

export interface EyesDependencies {
  /**
   * What judges frames; called only where something inspects or watches, returns while its models still load. `onModels`: the
   * models in use have changed. Absent: nothing does.
   */
  readonly createVisionHost?: (
    packages: readonly string[],
    counters: Counters,
    onModels: () => void,
    taught?: Pick<Teaching, 'revisions' | 'publicKeyFile'>,
  ) => Promise<VisionHost>
  /** Called only where an inspection has a section `teach`. */
  readonly createTeaching?: (
    config: GatewayConfig,
    ports: {
      readonly counters: Counters
      readonly emitEvent: (event: NewEvent) => void
      readonly onChange: () => void
    },
  ) => Promise<Teaching>
  /** Another judge of inspections, in place of the vision host. */
  readonly createInspector?: CamerasDependencies['inspectorOf']
}

interface Eyes {
  readonly vision: VisionHost | undefined
  readonly teaching: Teaching | undefined
  /** Undefined: nothing is inspected. */
  readonly pictures: PictureSwitch | undefined
  /** For the birth document. */
  readonly inspections: () => readonly InspectionDescription[]
}

/** Sampling does not wait for the models to load. What is opened is added to `stops`. */
export async function openEyes(
  config: GatewayConfig,
  { createVisionHost, createInspector, createTeaching }: EyesDependencies,
  parts: {
    readonly counters: Counters
    readonly emitEvent: (event: NewEvent) => void
    readonly onModels: () => void
    readonly stops: (() => Promise<void> | void)[]
  },
): Promise<Eyes> {
  const { inspections, watches } = config
  const { counters, emitEvent, onModels, stops } = parts
  const pictures = inspections.length === 0 ? undefined : await openPictures(config, onModels)
  const judged = createInspector === undefined ? inspections : []
  const users = [...judged, ...watches]
  if (users.length === 0 || createVisionHost === undefined) {
    return { teaching: undefined, vision: undefined, pictures, inspections: () => described(config, pictures) }
  }
  const isTaught = judged.some(({ teach }) => teach !== undefined)
  const teaching = isTaught ? await createTeaching?.(config, { counters, emitEvent, onChange: onModels }) : undefined
  const changed = (): void => {
    teaching?.modelsChanged(vision)
    onModels()
  }
  const packages = [...new Set(users.map(({ model }) => model))]
  const vision: VisionHost = await createVisionHost(packages, counters, changed, teaching)
  stops.push(async () => {
    const stopped = teaching?.stop()
    // A revision that is being loaded would hold the stop up; it is loaded at the next start.
    await vision.close()
    await stopped
  })
  return { teaching, vision, pictures, inspections: () => described(config, pictures, teaching) }
}

/** Loaded only where something is inspected. */
async function openPictures({ dataFolder, inspections }: GatewayConfig, onChange: () => void): Promise<PictureSwitch> {
  const { openPictureSwitch } = await import('../cameras/picture-switch.ts')
  return openPictureSwitch(dataFolder, inspections, onChange)
}

function described(
  { inspections }: GatewayConfig,
  pictures: PictureSwitch | undefined,
  teaching?: Teaching,
): readonly InspectionDescription[] {
  return inspections.map(({ id, camera, pictures: most }) => {
    const { keeps, figures } = teaching?.describe(id) ?? {}
    return {
      id,
      camera,
      pictures: { most, now: pictures?.now(id) ?? most },
      ...(keeps === undefined ? {} : { keeps }),
      ...(figures === undefined ? {} : { taught: figures }),
    }
  })
}
