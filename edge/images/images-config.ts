// The `images` section of gateway.yaml: its shape, its defaults, and the faults that a shape alone does not show.
import { resolve } from 'node:path'
import { Type, type Static } from 'typebox'
import type { CanopySettings } from '../canopy/messages.ts'
import type { Fault } from '../config-faults.ts'
import type { ImageUplinkOptions } from './image-uplink.ts'

const strict = { additionalProperties: false } as const
const Integer = (minimum: number, maximum: number, example: number) =>
  Type.Integer({ minimum, maximum, examples: [example] })
const HourOfDay = (example: string) => Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', examples: [example] })

const WatchedFolder = Type.Object(
  {
    folder: Type.String({ minLength: 1, maxLength: 4096, examples: ['/media/drone'] }),
    /** Copies each image into the spool at once, for a card that is pulled before the hub has everything. */
    copy: Type.Optional(Type.Boolean({ examples: ['true'] })),
    /** Deletes the original once the hub has confirmed it. */
    remove: Type.Optional(Type.Boolean({ examples: ['false'] })),
    settleS: Type.Optional(Type.Number({ minimum: 0, maximum: 3600, examples: [2] })),
  },
  { ...strict, examples: ['{ folder: /media/drone }'] },
)

const Upload = Type.Object(
  {
    url: Type.Optional(Type.String({ pattern: '^https://[^/\\s]+$', examples: ['https://hub.example:8443'] })),
    maxKbitPerS: Type.Optional(Integer(64, 10_000_000, 2000)),
    hours: Type.Optional(
      Type.Object(
        { from: HourOfDay('"22:00"'), to: HourOfDay('"05:00"') },
        { ...strict, examples: ['{ from: "22:00", to: "05:00" }'] },
      ),
    ),
    parallel: Type.Optional(Integer(1, 4, 1)),
    retryBaseMs: Type.Optional(Integer(10, 600_000, 2000)),
    retryCapMs: Type.Optional(Integer(10, 3_600_000, 300_000)),
    idleMs: Type.Optional(Integer(1000, 600_000, 60_000)),
  },
  { ...strict, examples: ['{ maxKbitPerS: 2000, hours: { from: "22:00", to: "05:00" } }'] },
)

/** Each flight, once it is over, through a canopy model: cover per cell of the fields. */
const Canopy = Type.Object(
  {
    model: Type.String({ minLength: 1, maxLength: 4096, examples: ['paddy-canopy'] }),
    cellM: Type.Optional(Type.Number({ minimum: 0.5, maximum: 100, examples: [2] })),
    settleS: Type.Optional(Integer(1, 86_400, 600)),
  },
  { ...strict, examples: ['{ model: paddy-canopy, cellM: 2 }'] },
)

export const ImagesFile = Type.Object(
  {
    import: Type.Optional(Type.Array(WatchedFolder, { maxItems: 100, examples: ['[{ folder: /media/drone }]'] })),
    scanIntervalS: Type.Optional(Type.Number({ minimum: 0.1, maximum: 86_400, examples: [10] })),
    zone: Type.Optional(Type.String({ minLength: 1, maxLength: 64, examples: ['Asia/Tokyo'] })),
    flight: Type.Optional(
      Type.Object(
        { gapS: Type.Optional(Integer(1, 86_400, 600)), distanceM: Type.Optional(Integer(1, 1_000_000, 2000)) },
        { ...strict, examples: ['{ gapS: 600, distanceM: 2000 }'] },
      ),
    ),
    spool: Type.Optional(
      Type.Object(
        { maxBytes: Type.Optional(Integer(1_048_576, 2 ** 44, 8_589_934_592)) },
        { ...strict, examples: ['{ maxBytes: 8589934592 }'] },
      ),
    ),
    upload: Type.Optional(Upload),
    canopy: Type.Optional(Canopy),
  },
  { ...strict, examples: ['{ import: [{ folder: /media/drone }], upload: { maxKbitPerS: 2000 } }'] },
)
export type ImagesFile = Static<typeof ImagesFile>

export type ImagesConfig = Omit<ImageUplinkOptions, 'dataFolder'>

const uploadDefaults = { parallel: 1, retryBaseMs: 2000, retryCapMs: 300_000, idleMs: 60_000 } as const

/** `folder` is where relative paths begin; `hubUrl` (`https://host:port`) where images go unless the section says otherwise. */
export function completedImages(file: ImagesFile, folder: string, hubUrl: string): ImagesConfig {
  const { upload = {} } = file
  const zone = file.zone ?? 'Asia/Tokyo'
  return {
    sources: (file.import ?? []).map((source) => ({
      folder: resolve(folder, source.folder),
      copy: source.copy ?? false,
      remove: source.remove ?? false,
      settleMs: (source.settleS ?? 2) * 1000,
    })),
    ...(file.canopy === undefined ? {} : { canopy: canopySettings(file, file.canopy) }),
    scanIntervalS: file.scanIntervalS ?? 10,
    zone,
    flight: { gapMs: (file.flight?.gapS ?? 600) * 1000, distanceM: file.flight?.distanceM ?? 2000 },
    maxCopiedBytes: file.spool?.maxBytes ?? 8 * 2 ** 30,
    upload: {
      ...uploadDefaults,
      ...upload,
      url: upload.url ?? hubUrl,
      hours: upload.hours,
      maxKbitPerS: upload.maxKbitPerS,
      zone,
    },
  }
}

function canopySettings({ flight }: ImagesFile, { model, cellM = 2, settleS }: Static<typeof Canopy>): CanopySettings {
  return { package: model, cellM, settleMs: (settleS ?? flight?.gapS ?? 600) * 1000 }
}

/** `secured`: the gateway has a certificate, by which alone the hub takes images. */
export function imagesFaults(file: ImagesFile | undefined, secured: boolean): readonly Fault[] {
  if (file === undefined) return []
  const faults: Fault[] = []
  if (!secured) {
    faults.push({ path: '/images', message: "needs the gateway's certificate, e.g. hub.certificate: gateway.cert.pem" })
  }
  if (typeof file.zone === 'string' && !isZone(file.zone)) {
    faults.push({ path: '/images/zone', message: `"${file.zone}" is no time zone, e.g. zone: Asia/Tokyo` })
  }
  return faults
}

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** GeoJSON closes each ring with its first corner. */
export function areaFaults(sites: readonly { readonly area?: unknown }[]): readonly Fault[] {
  return sites.flatMap(({ area }, index) => {
    const rings = (area as { readonly coordinates?: unknown } | undefined)?.coordinates
    if (!Array.isArray(rings)) return []
    return rings.flatMap((ring: unknown, at) => {
      if (!Array.isArray(ring) || JSON.stringify(ring[0]) === JSON.stringify(ring.at(-1))) return []
      const path = `/sites/${index}/area/coordinates/${at}`
      return [
        { path, message: 'must end with the corner with which it begins, e.g. [[139.90, 35.33], …, [139.90, 35.33]]' },
      ]
    })
  })
}
