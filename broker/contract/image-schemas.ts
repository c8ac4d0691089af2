// The documents of the image uplink: what a gateway says of an image, and what the hub answers once it has it.
import { Type, type Static } from 'typebox'

const Short = Type.String({ maxLength: 64 })
const angle = (limit: number) => Type.Number({ minimum: -limit, maximum: limit })

/**
 * What the gateway read out of an image or knows of its camera. Metres, degrees, seconds, pixels of the stored image;
 * angles as DJI writes them: yaw clockwise from true north, pitch 0 at the horizon and -90 straight down.
 */
export const ImageFacts = Type.Object(
  {
    timeMs: Type.Number(),
    /** Where the time comes from: the image's own date, the date of its GPS receiver, the file, or the gateway's clock. */
    timeFrom: Type.Union([Type.Literal('exif'), Type.Literal('gps'), Type.Literal('file'), Type.Literal('gateway')]),
    /** The flight that the gateway counts it to; unique within the gateway's tenant. */
    flight: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$' })),
    /** The device id of the camera, for a snapshot. */
    device: Type.Optional(Short),
    width: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    height: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    position: Type.Optional(Type.Object({ lat: angle(90), lon: angle(180) })),
    /** Above sea level or the ellipsoid, as the receiver gives it. */
    altitudeM: Type.Optional(Type.Number({ minimum: -1000, maximum: 20_000 })),
    /** Above the place of take-off. */
    relativeAltitudeM: Type.Optional(Type.Number({ minimum: -1000, maximum: 20_000 })),
    gimbal: Type.Optional(Type.Object({ yawDeg: angle(360), pitchDeg: angle(180), rollDeg: angle(360) })),
    focalLengthPx: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
    camera: Type.Optional(
      Type.Object({ make: Type.Optional(Short), model: Type.Optional(Short), serial: Type.Optional(Short) }),
    ),
    /** One band of a multispectral camera. */
    band: Type.Optional(
      Type.Object({ name: Short, wavelengthNm: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100_000 })) }),
    ),
    /** The same for all bands of one shot. */
    capture: Type.Optional(Short),
    exposure: Type.Optional(
      Type.Object({
        timeS: Type.Optional(Type.Number({ minimum: 0 })),
        fNumber: Type.Optional(Type.Number({ minimum: 0 })),
        iso: Type.Optional(Type.Number({ minimum: 0 })),
      }),
    ),
  },
  { additionalProperties: false },
)
export type ImageFacts = Static<typeof ImageFacts>

/** Of the bytes of an image, lower-case hexadecimal. */
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** tus metadata of an upload; `facts` is ImageFacts as JSON. */
export const UploadMetadata = Type.Object(
  {
    sha256: Sha256,
    name: Type.String({ minLength: 1, maxLength: 255 }),
    facts: Type.String({ maxLength: 8192 }),
  },
  { additionalProperties: false },
)
export type UploadMetadata = Static<typeof UploadMetadata>

/** The answer to the last bytes of an upload, and to `GET /uploads/by-hash/{sha256}`: stored durably, whole, with this hash. */
export const UploadVerdict = Type.Object({
  state: Type.Literal('confirmed'),
  sha256: Sha256,
  bytes: Type.Integer({ minimum: 0 }),
})
export type UploadVerdict = Static<typeof UploadVerdict>
