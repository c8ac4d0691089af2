// The shape of gateway.yaml. Every field has an example of a right value, which a fault message shows.
import { Type, type Static } from 'typebox'
import { Area, GrowthStages, siteKinds } from '../broker/contract/documents.ts'
import { ConfiguredCamera, ConfiguredInspection, ConfiguredWatch } from './cameras/camera-config-schema.ts'
import { FlowsFile } from './flows/flows-config-schema.ts'
import { ConfiguredCircuit } from './inference/circuit-config.ts'
import { DeploymentFile } from './deployment/deployment-config.ts'
import { ImagesFile } from './images/images-config.ts'
import { LocalPageFile } from './local-page/local-page-schema.ts'
import { priorities } from './outbox/message.ts'

const strict = { additionalProperties: false } as const

const Identity = (example: string) => Type.String({ pattern: '^[a-z0-9-]{1,32}$', examples: [example] })
const Name = (example: string) => Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', examples: [example] })
const Path = (example: string) => Type.String({ minLength: 1, maxLength: 4096, examples: [example] })
const Integer = (minimum: number, maximum: number, example: number) =>
  Type.Integer({ minimum, maximum, examples: [example] })
const Label = Type.Object(
  { ja: Type.String({ examples: ['水位計1'] }), en: Type.String({ examples: ['Level probe 1'] }) },
  { ...strict, examples: ['{ ja: 水位計1, en: Level probe 1 }'] },
)

const Hub = Type.Object(
  {
    url: Type.String({ pattern: '^mqtts?://[^/\\s]+$', examples: ['mqtts://hub.example:8883'] }),
    /** Where the certificate is renewed; absent: the host of `url`, port 8444. */
    est: Type.Optional(Type.String({ pattern: '^https://[^/\\s]+$', examples: ['https://hub.example:8444'] })),
    /** Where files go to and come from, by mutual TLS; absent: the host of `url`, port 8443. */
    https: Type.Optional(Type.String({ pattern: '^https://[^/\\s]+$', examples: ['https://hub.example:8443'] })),
    ca: Type.Optional(Path('ca.cert.pem')),
    certificate: Type.Optional(Path('gateway.cert.pem')),
    key: Type.Optional(Path('gateway.key.pem')),
  },
  {
    ...strict,
    examples: [
      '{ url: mqtts://hub.example:8883, ca: ca.cert.pem, certificate: gateway.cert.pem, key: gateway.key.pem }',
    ],
  },
)

const Outbox = Type.Object(
  {
    maxBytes: Type.Optional(Integer(1_048_576, 2 ** 40, 268_435_456)),
    maxMemoryBytes: Type.Optional(Integer(262_144, 2 ** 30, 8_388_608)),
    groupCommitMs: Type.Optional(Integer(1, 250, 200)),
    lingerMs: Type.Optional(Integer(0, 250, 10)),
  },
  { ...strict, examples: ['{ maxBytes: 268435456, groupCommitMs: 200 }'] },
)

const Uplink = Type.Object(
  {
    window: Type.Optional(Integer(2, 1024, 64)),
    liveReserve: Type.Optional(Integer(1, 512, 16)),
    rollAboveReadings: Type.Optional(Integer(1, 1_000_000_000, 20_000)),
    ackTimeoutMs: Type.Optional(Integer(100, 600_000, 10_000)),
    connectTimeoutMs: Type.Optional(Integer(100, 120_000, 10_000)),
    keepaliveS: Type.Optional(Integer(1, 3600, 30)),
    reconnectBaseMs: Type.Optional(Integer(10, 60_000, 1000)),
    reconnectCapMs: Type.Optional(Integer(10, 3_600_000, 60_000)),
  },
  { ...strict, examples: ['{ window: 64 }'] },
)

const Health = Type.Object(
  { intervalS: Type.Optional(Integer(1, 3600, 30)), port: Type.Optional(Integer(0, 65_535, 9464)) },
  { ...strict, examples: ['{ intervalS: 30, port: 9464 }'] },
)

const ConfiguredSite = Type.Object(
  {
    id: Name('paddy-1'),
    kind: Type.Enum([...siteKinds], { examples: ['paddy'] }),
    name: Label,
    position: Type.Object(
      {
        lat: Type.Number({ minimum: -90, maximum: 90, examples: [35.3304] }),
        lon: Type.Number({ minimum: -180, maximum: 180, examples: [139.9027] }),
      },
      { ...strict, examples: ['{ lat: 35.3304, lon: 139.9027 }'] },
    ),
    area: Type.Optional(Area),
    /** Growth stages of the crop, for alarm limits that change with them. */
    stages: Type.Optional(GrowthStages),
  },
  strict,
)

/** The other keys are the driver's own and are checked against its connection schema. */
const ConfiguredConnection = Type.Object({ id: Name('rs485-1'), type: Name('modbus-rtu-tcp') })

const CalibrationPoint = Type.Object(
  { measured: Type.Number({ examples: [0.02] }), reference: Type.Number({ examples: [0] }) },
  { ...strict, examples: ['{ measured: 0.02, reference: 0 }'] },
)

/** See edge/calibration.ts. */
export const CalibrationSchema = Type.Object(
  {
    scale: Type.Optional(Type.Number({ examples: [1.02] })),
    offset: Type.Optional(Type.Number({ examples: [-0.015] })),
    points: Type.Optional(
      Type.Array(CalibrationPoint, {
        minItems: 2,
        maxItems: 2,
        examples: ['[{ measured: 0.02, reference: 0 }, { measured: 1.53, reference: 1.5 }]'],
      }),
    ),
    table: Type.Optional(
      Type.Array(CalibrationPoint, {
        minItems: 2,
        maxItems: 200,
        examples: ['[{ measured: 0, reference: 0 }, { measured: 1, reference: 1.1 }, { measured: 2, reference: 2.4 }]'],
      }),
    ),
    min: Type.Optional(Type.Number({ examples: [0] })),
    max: Type.Optional(Type.Number({ examples: [2] })),
    date: Type.Optional(Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', examples: ['2026-04-01'] })),
    validDays: Type.Optional(Integer(1, 36_500, 365)),
  },
  { ...strict, examples: ['{ offset: -0.015, date: 2026-04-01 }'] },
)

const ConfiguredDevice = Type.Object(
  {
    id: Name('level-1'),
    site: Type.Optional(Name('paddy-1')),
    connection: Name('rs485-1'),
    profile: Type.String({ minLength: 1, examples: ['qdy30a-level'] }),
    /** Checked against the driver's address schema. */
    address: Type.Optional(Type.Unknown({ examples: ['{ unitId: 1 }'] })),
    intervalS: Type.Number({ minimum: 0.01, maximum: 86_400, examples: [10] }),
    timeoutMs: Type.Optional(Integer(1, 60_000, 1000)),
    retries: Type.Optional(Integer(0, 10, 2)),
    priority: Type.Optional(Type.Enum([...priorities], { examples: ['normal'] })),
    label: Type.Optional(Label),
    calibration: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }), CalibrationSchema)),
  },
  strict,
)

const ConfiguredModel = Type.Object(
  {
    package: Type.String({ minLength: 1, examples: ['lamp-power-anomaly'] }),
    inputs: Type.Array(Type.String({ minLength: 1, examples: ['*:lamp-*-power'] }), {
      minItems: 1,
      maxItems: 1000,
      examples: ['["*:lamp-*-power"]'],
    }),
  },
  strict,
)

/** Whose model packages run here besides those of the project's releases. */
const ModelTrust = Type.Object(
  {
    keys: Type.Optional(Type.Array(Path('our-models.pub'), { maxItems: 16, examples: ['[our-models.pub]'] })),
    allowUnsigned: Type.Optional(Type.Boolean({ examples: ['false'] })),
  },
  { ...strict, examples: ['{ keys: [our-models.pub] }'] },
)

export const GatewayFile = Type.Object(
  {
    tenant: Identity('kimitsu'),
    gateway: Identity('paddy-koito'),
    label: Type.Optional(Label),
    data: Path('./data'),
    hub: Hub,
    outbox: Type.Optional(Outbox),
    uplink: Type.Optional(Uplink),
    health: Type.Optional(Health),
    localPage: Type.Optional(LocalPageFile),
    identify: Type.Optional(
      Type.Object(
        // A light elsewhere, as in a container, is named by the path of its folder.
        { led: Type.String({ pattern: '^([A-Za-z0-9:._-]{1,64}|/[A-Za-z0-9:._/-]{1,250})$', examples: ['ACT'] }) },
        { ...strict, examples: ['{ led: ACT }'] },
      ),
    ),
    sites: Type.Optional(Type.Array(ConfiguredSite, { maxItems: 1000 })),
    connections: Type.Array(ConfiguredConnection, {
      maxItems: 1000,
      examples: ['[{ id: rs485-1, type: modbus-rtu-tcp, host: 192.168.1.20, port: 502 }]'],
    }),
    devices: Type.Array(ConfiguredDevice, {
      maxItems: 999,
      examples: [
        '[{ id: level-1, connection: rs485-1, profile: qdy30a-level, address: { unitId: 1 }, intervalS: 10 }]',
      ],
    }),
    models: Type.Optional(Type.Array(ConfiguredModel, { maxItems: 100 })),
    circuits: Type.Optional(Type.Array(ConfiguredCircuit, { maxItems: 100 })),
    modelTrust: Type.Optional(ModelTrust),
    images: Type.Optional(ImagesFile),
    deployment: Type.Optional(DeploymentFile),
    cameras: Type.Optional(Type.Array(ConfiguredCamera, { maxItems: 100 })),
    inspections: Type.Optional(Type.Array(ConfiguredInspection, { maxItems: 100 })),
    vision: Type.Optional(Type.Array(ConfiguredWatch, { maxItems: 100 })),
    flows: Type.Optional(FlowsFile),
  },
  strict,
)
export type GatewayFile = Static<typeof GatewayFile>
