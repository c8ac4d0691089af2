// What configuration may say of a camera's source, one schema for each type.
import { Type, type Static } from 'typebox'

const strict = { additionalProperties: false } as const

const login = {
  username: Type.Optional(Type.String({ minLength: 1, maxLength: 128, examples: ['viewer'] })),
  password: Type.Optional(Type.String({ maxLength: 256, examples: ['secret'] })),
  passwordFile: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, examples: ['camera-1.password'] })),
}
const snapshot = {
  ca: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, examples: ['camera-ca.pem'] })),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 60_000, examples: [5000] })),
  intervalS: Type.Optional(Type.Number({ minimum: 0.05, maximum: 86_400, examples: [10] })),
}
const stall = { stallS: Type.Optional(Type.Number({ minimum: 0.1, maximum: 3600, examples: [10] })) }
const viaFfmpeg = {
  transport: Type.Optional(Type.Enum(['tcp', 'udp'], { examples: ['tcp'] })),
  fps: Type.Optional(Type.Number({ minimum: 0.01, maximum: 120, examples: [2] })),
  widthPx: Type.Optional(Type.Integer({ minimum: 16, maximum: 16_384, examples: [1280] })),
  /** ffmpeg's -q:v: 2 is the best and largest. */
  quality: Type.Optional(Type.Integer({ minimum: 2, maximum: 31, examples: [3] })),
  keyFramesOnly: Type.Optional(Type.Boolean({ examples: ['true'] })),
  ffmpeg: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, examples: ['/usr/bin/ffmpeg'] })),
}
/** No user and no password in it: what stands in an address is shown in many places. */
const Address = (schemes: string, example: string) =>
  Type.String({ pattern: `^(${schemes})://[^/\\s@]+(/[^\\s]*)?$`, maxLength: 2048, examples: [example] })

export const HttpJpegSettings = Type.Object(
  {
    type: Type.Literal('http-jpeg'),
    url: Address('https?', 'http://192.168.1.30/snapshot.jpg'),
    ...login,
    ...snapshot,
  },
  strict,
)
export type HttpJpegSettings = Static<typeof HttpJpegSettings>

export const MjpegSettings = Type.Object(
  {
    type: Type.Literal('mjpeg'),
    url: Address('https?', 'http://192.168.1.30/video.mjpg'),
    ...login,
    ca: snapshot.ca,
    timeoutMs: snapshot.timeoutMs,
    ...stall,
  },
  strict,
)
export type MjpegSettings = Static<typeof MjpegSettings>

export const RtspSettings = Type.Object(
  {
    type: Type.Literal('rtsp'),
    url: Address('rtsps?', 'rtsp://192.168.1.30:554/stream1'),
    ...login,
    ...stall,
    ...viaFfmpeg,
  },
  strict,
)
export type RtspSettings = Static<typeof RtspSettings>

export const OnvifSettings = Type.Object(
  {
    type: Type.Literal('onvif'),
    host: Type.Optional(Type.String({ pattern: '^[^/\\s@]+$', maxLength: 255, examples: ['192.168.1.30'] })),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, examples: [80] })),
    /** Instead of `host`: the name by which the camera answers WS-Discovery. */
    endpoint: Type.Optional(Type.String({ pattern: '^urn:', maxLength: 256, examples: ['urn:uuid:0000…'] })),
    networkInterface: Type.Optional(Type.String({ minLength: 1, maxLength: 32, examples: ['eth0'] })),
    profileToken: Type.Optional(Type.String({ minLength: 1, maxLength: 128, examples: ['Profile_1'] })),
    stream: Type.Optional(Type.Enum(['snapshot', 'rtsp'], { examples: ['snapshot'] })),
    ...login,
    ...snapshot,
    ...stall,
    ...viaFfmpeg,
  },
  strict,
)
export type OnvifSettings = Static<typeof OnvifSettings>

export const HotFolderSettings = Type.Object(
  {
    type: Type.Literal('hot-folder'),
    folder: Type.String({ minLength: 1, maxLength: 4096, examples: ['/srv/vision/out'] }),
    afterwards: Type.Optional(Type.Enum(['move', 'delete'], { examples: ['move'] })),
    settleMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 60_000, examples: [200] })),
    giveUpS: Type.Optional(Type.Number({ minimum: 0.05, maximum: 86_400, examples: [60] })),
    rescanS: Type.Optional(Type.Number({ minimum: 0.05, maximum: 3600, examples: [5] })),
  },
  strict,
)
export type HotFolderSettings = Static<typeof HotFolderSettings>
