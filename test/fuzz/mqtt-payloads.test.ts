// Payloads of anybody who can publish: plain JSON, LoRaWAN network servers, Cayenne LPP, byte layouts, Sparkplug, and MQTT framing.
import proto from 'sparkplug-payload/lib/sparkplugPayloadProto.js'
import { readChirpstack } from '../../firmware-bridge/lorawan/chirpstack.ts'
import { readTheThingsStack } from '../../firmware-bridge/lorawan/the-things-stack.ts'
import { measureStatus, measureUplink } from '../../firmware-bridge/lorawan/uplink-measurements.ts'
import type { ServerMessage } from '../../firmware-bridge/lorawan/uplink.ts'
import { readCayenneLpp } from '../../firmware-bridge/lorawan/cayenne-lpp.ts'
import { PacketGuard } from '../../broker/contract/packet-guard.ts'
import { readPlainPayload } from '../../firmware-bridge/mqtt/plain-payload.ts'
import type { LorawanProfile, MqttProfile, SparkplugProfile } from '../../firmware-bridge/mqtt/profile-schemas.ts'
import { readSenmlPayload } from '../../firmware-bridge/mqtt/senml-payload.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { SparkplugNode } from '../../firmware-bridge/sparkplug/node-session.ts'
import { loadSparkplugCodec } from '../../firmware-bridge/sparkplug/payload.ts'
import { measureMetrics } from '../../firmware-bridge/sparkplug/sparkplug-measurements.ts'
import { describeFuzz } from './parser-fuzz.ts'
import type { Random } from './seeded-random.ts'

const climate = (await loadProfile('mqtt-climate')) as MqttProfile
const senml = (await loadProfile('mqtt-senml')) as MqttProfile
const waterLevel = (await loadProfile('lorawan-water-level')) as LorawanProfile
const lpp = (await loadProfile('lorawan-cayenne-lpp')) as LorawanProfile
const pump = (await loadProfile('sparkplug-pump')) as SparkplugProfile
const utf8 = (text: string): Buffer => Buffer.from(text)
const json = (value: unknown): Buffer => utf8(JSON.stringify(value))
const jsonTokens = ['{', '}', '[', ']', ',', ':', '"', 'null', '1e999', '-', '\\u0000', '"temperature":'].map(utf8)

describeFuzz({
  name: 'A plain payload',
  codes: ['payload.malformed'],
  tokens: jsonTokens,
  valid: (random) =>
    json({ temperature: random.below(50), humidity: String(random.below(100)), nested: { list: [1] } }),
  parse: (bytes) => readPlainPayload('barn/climate', bytes, climate),
})

describeFuzz({
  name: 'A SenML payload',
  codes: ['payload.malformed', 'senml.invalid', 'senml.version', 'limit.exceeded'],
  tokens: [...jsonTokens, ...['"bn":', '"n":', '"v":', '"vs":', '"q":"bad"'].map(utf8)],
  valid: (random) =>
    json([
      { bn: 'urn:dev:', n: `a${random.below(99)}`, u: 'Cel', v: random.below(99) },
      { n: 'b', vs: 'x' },
    ]),
  parse: (bytes) => readSenmlPayload(bytes, 1_700_000_000_000, senml).measurements,
})

function lppBytes(random: Random): Buffer {
  const values = ['0102aaaa', '036701100567ffd7', '01880765f2f2960a0003e8', '0568ff', '0171000100020003', '000001']
  return Buffer.concat(Array.from({ length: 1 + random.below(4) }, () => Buffer.from(random.pick(values), 'hex')))
}

describeFuzz({
  name: 'A Cayenne LPP payload',
  codes: ['payload.schema'],
  tokens: ['0102', '0167', '0188', '0171', 'ff', '00'].map((text) => Buffer.from(text, 'hex')),
  valid: lppBytes,
  parse: readCayenneLpp,
})

function measured(message: ServerMessage, profile: LorawanProfile): unknown {
  if (message.kind === 'status') return measureStatus(message, profile)
  return message.kind === 'uplink' ? measureUplink(message, 0, profile) : undefined
}

const uplinkTokens = [
  ...jsonTokens,
  ...['"data":"', '==', '"fPort":', '"fCnt":', '"rxInfo":[', '"rssi":', '"time":"', '"object":{'].map(utf8),
]

describeFuzz({
  name: 'A ChirpStack event',
  codes: ['payload.malformed', 'payload.schema'],
  tokens: uplinkTokens,
  valid: (random) =>
    json({
      deduplicationId: `id-${random.below(1000)}`,
      time: '2022-07-18T09:34:15.775023242+00:00',
      deviceInfo: { devEui: '0101010101010101' },
      fCnt: random.below(70_000),
      fPort: random.below(4),
      data: random.bytes(7).toString('base64'),
      rxInfo: [{ rssi: -random.below(140), snr: 1.5 }],
      batteryLevel: 5,
    }),
  parse: (bytes) => [
    measured(readChirpstack('application/a/device/0101010101010101/event/up', bytes), waterLevel),
    measured(readChirpstack('application/a/device/0101010101010101/event/status', bytes), waterLevel),
  ],
})

describeFuzz({
  name: 'An uplink of The Things Stack',
  codes: ['payload.malformed', 'payload.schema'],
  tokens: [...uplinkTokens, ...['"uplink_message":{', '"frm_payload":"', '"rx_metadata":['].map(utf8)],
  valid: (random) =>
    json({
      end_device_ids: { device_id: 'soil-1', dev_eui: '0101010101010101' },
      uplink_message: {
        session_key_id: 'AXA=',
        f_port: random.below(4),
        f_cnt: random.below(70_000),
        frm_payload: lppBytes(random).toString('base64'),
        rx_metadata: [{ rssi: -random.below(140), snr: 7.5 }],
      },
    }),
  parse: (bytes) => measured(readTheThingsStack('v3/fields@ttn/devices/soil-1/up', bytes), lpp),
})

const codec = await loadSparkplugCodec()
const { Payload } = proto.org.eclipse.tahu.protobuf
const node = new SparkplugNode()
const types = ['NBIRTH', 'NDATA', 'DBIRTH', 'DDATA', 'DDEATH', 'NDEATH'] as const
let turn = 0

describeFuzz({
  name: 'A Sparkplug payload',
  codes: ['payload.malformed', 'limit.exceeded'],
  tokens: ['0880d095ffbc31', '120b', '0a05', '2004', '5800', '1800', 'ffffffff0f', '9201'].map((text) =>
    Buffer.from(text, 'hex'),
  ),
  valid: (random) =>
    Buffer.from(
      Payload.encode({
        timestamp: 1_700_000_000_000,
        seq: random.below(256),
        metrics: [
          { name: 'Process/Flow', alias: random.below(9), datatype: 9, floatValue: random.below(100) },
          { alias: random.below(9), intValue: random.below(2 ** 31) },
          { name: 'bdSeq', datatype: 4, longValue: random.below(256) },
        ],
      }).finish(),
    ),
  parse(bytes) {
    turn += 1
    const type = types[turn % types.length] ?? 'NDATA'
    const event = node.take(type, type.startsWith('D') ? 'pump-1' : undefined, codec.decode(bytes))
    return event.kind === 'metrics' ? measureMetrics(event.metrics, pump) : event
  },
})

describeFuzz({
  name: 'The framing of MQTT packets',
  codes: [],
  tokens: ['30', '80', 'ff', '7f', 'c000'].map((text) => Buffer.from(text, 'hex')),
  valid: (random) => Buffer.concat([Buffer.from([0x30, 20]), random.bytes(20)]),
  parse: (bytes) => new PacketGuard(65_536, { largeStatus: true }).accepts(bytes),
})
