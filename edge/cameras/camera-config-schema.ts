// The shape of `cameras`, `inspections` and `vision` in gateway.yaml.
import { Type, type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const Name = (example: string) => Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', examples: [example] })
const Integer = (minimum: number, maximum: number, example: number) =>
  Type.Integer({ minimum, maximum, examples: [example] })
const Label = Type.Object(
  { ja: Type.String({ examples: ['検査カメラ1'] }), en: Type.String({ examples: ['Inspection camera 1'] }) },
  { ...strict, examples: ['{ ja: 検査カメラ1, en: Inspection camera 1 }'] },
)

export const ConfiguredCamera = Type.Object(
  {
    id: Name('camera-1'),
    site: Type.Optional(Name('factory-1')),
    label: Type.Optional(Label),
    /** The other keys are the source's own and are checked against its schema. */
    source: Type.Object(
      { type: Name('http-jpeg') },
      { examples: ["{ type: http-jpeg, url: 'http://192.168.1.30/snapshot.jpg' }"] },
    ),
    healthIntervalS: Type.Optional(Type.Number({ minimum: 0.1, maximum: 3600, examples: [10] })),
    /** No frame for so long: the camera is down. */
    staleS: Type.Optional(Type.Number({ minimum: 0.1, maximum: 86_400, examples: [30] })),
    maxFrameBytes: Type.Optional(Integer(1024, 67_108_864, 8_388_608)),
    latencyMs: Type.Optional(Integer(0, 60_000, 0)),
    exifOffset: Type.Optional(Type.String({ pattern: '^[+-][0-9]{2}:[0-9]{2}$', examples: ["'+09:00'"] })),
    /** Whether the hub may ask for a frame; else its images stay here unless something else here sends them. */
    remoteFrames: Type.Optional(Type.Boolean({ examples: ['true'] })),
    keep: Type.Optional(
      Type.Object(
        { everyS: Type.Number({ minimum: 0, maximum: 86_400, examples: [600] }) },
        { ...strict, examples: ['{ everyS: 600 }'] },
      ),
    ),
  },
  strict,
)

const ModbusPlace = { connection: Name('io-1'), unitId: Type.Optional(Integer(0, 255, 1)) }
const GpioPlace = {
  chip: Type.String({ pattern: '^[A-Za-z0-9_-]{1,32}$', examples: ['gpiochip0'] }),
  line: Integer(0, 511, 17),
  activeLow: Type.Optional(Type.Boolean({ examples: ['true'] })),
}
const edge = {
  edge: Type.Optional(Type.Enum(['rising', 'falling'], { examples: ['rising'] })),
  debounceMs: Type.Optional(Integer(0, 10_000, 10)),
}
const signal = {
  signals: Type.Optional(Type.Enum(['reject', 'pass'], { examples: ['reject'] })),
  pulseMs: Type.Optional(Integer(0, 60_000, 200)),
  failSafe: Type.Optional(Type.Enum(['reject', 'hold'], { examples: ['reject'] })),
}

/** One for each `type`; config-faults.ts judges the one that is named. */
export const triggerSchemas = {
  frame: Type.Object({ type: Type.Literal('frame') }, strict),
  modbus: Type.Object(
    {
      type: Type.Literal('modbus'),
      ...ModbusPlace,
      table: Type.Optional(Type.Enum(['discrete', 'coil'], { examples: ['discrete'] })),
      address: Integer(0, 65_535, 0),
      pollMs: Type.Optional(Integer(1, 1000, 5)),
      ...edge,
    },
    strict,
  ),
  gpio: Type.Object({ type: Type.Literal('gpio'), ...GpioPlace, ...edge }, strict),
} as const
export type ConfiguredTrigger = Static<(typeof triggerSchemas)[keyof typeof triggerSchemas]>

export const relaySchemas = {
  modbus: Type.Object({ type: Type.Literal('modbus'), ...ModbusPlace, coil: Integer(0, 65_535, 0), ...signal }, strict),
  gpio: Type.Object({ type: Type.Literal('gpio'), ...GpioPlace, ...signal }, strict),
} as const
export type ConfiguredRelay = Static<(typeof relaySchemas)[keyof typeof relaySchemas]>

/** Which events carry a picture with its heat map, some 10 kB each. */
const Pictures = Type.Enum(['all', 'over', 'none'], { examples: ['over'] })

/** What a line that learns keeps; pictures of one judgement and bytes of both, of which the oldest give way. */
const Teach = Type.Object(
  {
    /** Its folders good and bad; those with which the model was taught belong there. Default: in the data folder. */
    examples: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, examples: ['./examples'] })),
    good: Type.Optional(Integer(5, 1000, 60)),
    bad: Type.Optional(Integer(1, 1000, 30)),
    exampleBytes: Type.Optional(Integer(1_048_576, 2 ** 34, 67_108_864)),
    /** Frames of the last verdicts, which a person may still correct. */
    frames: Type.Optional(Integer(1, 100_000, 200)),
    frameBytes: Type.Optional(Integer(1_048_576, 2 ** 36, 67_108_864)),
  },
  { ...strict, examples: ['{ examples: ./examples, frames: 200 }'] },
)

export const ConfiguredInspection = Type.Object(
  {
    id: Name('line-1'),
    site: Type.Optional(Name('factory-1')),
    label: Type.Optional(Label),
    camera: Name('camera-1'),
    /** An id under models/packages or a path. */
    model: Type.String({ minLength: 1, examples: ['surface-inspection'] }),
    trigger: Type.Object({ type: Name('modbus') }, { examples: ['{ type: modbus, connection: io-1, address: 0 }'] }),
    relay: Type.Object({ type: Name('modbus') }, { examples: ['{ type: modbus, connection: io-1, coil: 0 }'] }),
    limitMs: Type.Optional(Integer(10, 60_000, 1000)),
    /** How often parts come at least: the hub's dead-man alarms count from it. */
    expectEveryS: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400, examples: [3600] })),
    pictures: Type.Optional(Pictures),
    /** Learns from corrections; needs a model that was taught by example. */
    teach: Type.Optional(Teach),
  },
  strict,
)

const Share = Type.Number({ minimum: 0, maximum: 1, examples: [0.5] })

/** A camera that a model watches, without a line: alarms that begin and end, or readings. */
export const ConfiguredWatch = Type.Object(
  {
    id: Name('road-watch'),
    site: Type.Optional(Name('city-1')),
    label: Type.Optional(Label),
    camera: Name('camera-1'),
    /** An id under models/packages or a path. */
    model: Type.String({ minLength: 1, examples: ['road-damage'] }),
    /** From one judged frame to the next, at least. 0: as fast as the model is. */
    everyS: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400, examples: [10] })),
    /** Instead of the model's own: the median of the scores of so many frames raises and clears. */
    medianOf: Type.Optional(Integer(1, 31, 5)),
    raise: Type.Optional(Share),
    clear: Type.Optional(Share),
    pictures: Type.Optional(Pictures),
    /** The series `people` and nothing else: no event, no picture; and nothing else here may send a picture of that camera. */
    counts: Type.Optional(Type.Enum(['people'], { examples: ['people'] })),
    /** For a camera that looks straight down: the size of a pixel on the ground. */
    metresPerPixel: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100, examples: [0.02] })),
    /** What the task itself reads, such as the region of a display. */
    settings: Type.Optional(Type.Object({}, { examples: ['{}'] })),
  },
  strict,
)
