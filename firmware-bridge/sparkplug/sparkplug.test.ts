import { describe, expect, it } from 'vitest'
import proto from 'sparkplug-payload/lib/sparkplugPayloadProto.js'
import { loadProfile } from '../profile-loader.ts'
import type { SparkplugProfile } from '../mqtt/profile-schemas.ts'
import { metricValue } from './metric-value.ts'
import { type SparkplugEvent, SparkplugNode } from './node-session.ts'
import { loadSparkplugCodec } from './payload.ts'
import { measureMetrics } from './sparkplug-measurements.ts'

const codec = await loadSparkplugCodec()
const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')
const { Payload } = proto.org.eclipse.tahu.protobuf
type Metrics = NonNullable<NonNullable<Parameters<typeof Payload.encode>[0]>['metrics']>
const payload = (seq: number | undefined, metrics: Metrics) =>
  codec.decode(
    Payload.encode({ timestamp: 1_700_000_000_000, ...(seq === undefined ? {} : { seq }), metrics }).finish(),
  )

const vectors = {
  death: '0880d095ffbc31120b0a05626453657120045800',
  birth:
    '0880d095ffbc3112120a0562645365711880d095ffbc312004580012210a144e6f646520436f6e74726f6c2f526562697274681880d095ffbc31200b700012180a0474656d701880d095ffbc31200a69000000000080394012160a056c6576656c1880d095ffbc31200350fbffffff0f1800',
  data: '0880d095ffbc3112140a056c6576656c1880d095ffbc3150f9ffffff0f1801',
  rebirth: '0880d095ffbc3112210a144e6f646520436f6e74726f6c2f526562697274681880d095ffbc31200b7001',
}

const valuesOf = (event: SparkplugEvent) =>
  event.kind === 'metrics' ? Object.fromEntries(event.metrics.map(({ name, value }) => [name, value])) : event.kind

describe('Sparkplug payloads of the reference', () => {
  it('are a birth, data without a data type, and a death with the same bdSeq', () => {
    const node = new SparkplugNode()
    const birth = node.take('NBIRTH', undefined, codec.decode(hex(vectors.birth)))
    expect(valuesOf(birth)).toEqual({ temp: 25.5, level: -5 })
    const data = node.take('NDATA', undefined, codec.decode(hex(vectors.data)))
    expect(data).toMatchObject({ gap: 0, unknown: 0, needsBirth: false })
    expect(data).toMatchObject({ metrics: [{ name: 'level', value: -7, timeMs: 1_700_000_000_000 }] })
    expect(node.take('NDEATH', undefined, codec.decode(hex(vectors.death)))).toEqual({
      kind: 'death',
      device: undefined,
      gap: 0,
    })
  })

  it('have the rebirth request that we send', () => {
    expect(Buffer.from(codec.rebirthRequest(1_700_000_000_000)).toString('hex')).toBe(vectors.rebirth)
  })

  it('are refused when they are none', () => {
    expect(() => codec.decode(hex('0880'))).toThrow('no Sparkplug B payload')
  })
})

describe('An edge node', () => {
  const born = () => {
    const node = new SparkplugNode()
    node.take('NBIRTH', undefined, payload(0, [{ name: 'bdSeq', datatype: 4, longValue: 7 }]))
    node.take(
      'DBIRTH',
      'pump-1',
      payload(1, [
        { name: 'Process/Flow', alias: 5, datatype: 9, floatValue: 0.5 },
        { name: 'Counts/Starts', alias: 6, datatype: 2, intValue: 65_535 },
      ]),
    )
    return node
  }

  it('gives aliases the names and types of its births', () => {
    const event = born().take(
      'DDATA',
      'pump-1',
      payload(2, [
        { alias: 6, intValue: 0xfffe },
        { alias: 5, floatValue: 2 },
      ]),
    )
    expect(valuesOf(event)).toEqual({ 'Counts/Starts': -2, 'Process/Flow': 2 })
  })

  it('is asked for its births when it was never born, uses an unknown alias, or skipped a message', () => {
    const stranger = new SparkplugNode()
    expect(stranger.take('DDATA', 'pump-1', payload(9, [{ alias: 1, intValue: 1 }]))).toMatchObject({
      needsBirth: true,
      unknown: 1,
      metrics: [],
    })
    expect(born().take('DDATA', 'pump-1', payload(2, [{ alias: 99, intValue: 1 }]))).toMatchObject({ needsBirth: true })
    expect(born().take('DDATA', 'pump-1', payload(5, []))).toMatchObject({ needsBirth: true, gap: 3 })
    expect(born().take('DDATA', 'pump-2', payload(2, [{ alias: 5, floatValue: 1 }]))).toMatchObject({ unknown: 1 })
  })

  it('counts from 255 on to 0 without a gap', () => {
    const node = born()
    for (let seq = 2; seq < 600; seq += 1) {
      expect(node.take('NDATA', undefined, payload(seq % 256, []))).toMatchObject({ gap: 0 })
    }
  })

  it('dies only by the death of its own session', () => {
    const node = born()
    expect(node.take('NDEATH', undefined, payload(undefined, [{ name: 'bdSeq', datatype: 4, longValue: 6 }]))).toEqual({
      kind: 'none',
    })
    expect(node.take('DDEATH', 'pump-1', payload(2, []))).toMatchObject({ kind: 'death', device: 'pump-1' })
    expect(
      node.take('NDEATH', undefined, payload(undefined, [{ name: 'bdSeq', datatype: 4, longValue: 7 }])),
    ).toMatchObject({
      kind: 'death',
      device: undefined,
    })
  })

  it('refuses a device message without a device', () => {
    expect(() => new SparkplugNode().take('DDATA', undefined, payload(0, []))).toThrow('wrong topic')
  })
})

describe('Metric values', () => {
  it.each([
    [1, { kind: 'int', value: 0xfb }, -5],
    [1, { kind: 'int', value: 0xfffffffb }, -5],
    [3, { kind: 'int', value: 0xfffffffb }, -5],
    [5, { kind: 'int', value: 251 }, 251],
    [7, { kind: 'int', value: 0xfffffffb }, 4_294_967_291],
    [7, { kind: 'long', value: 4_294_967_291n }, 4_294_967_291],
    [4, { kind: 'long', value: 0xffff_ffff_ffff_fffbn }, -5],
    [11, { kind: 'plain', value: true }, true],
    [9, null, null],
    [undefined, { kind: 'int', value: 1 }, undefined],
  ] as const)('of data type %s: %o is %s', (dataType, raw, value) => {
    expect(metricValue(raw, dataType)).toBe(value)
  })

  it('become measurements in the units of the profile, judged by the quality that the sender gives', async () => {
    const profile = (await loadProfile('sparkplug-pump')) as SparkplugProfile
    const metric = (name: string, value: number | boolean | null, quality?: number) => ({
      name,
      value,
      quality,
      timeMs: 1_700_000_000_000,
    })
    const { measurements, unlisted } = measureMetrics(
      [
        metric('Process/Pressure', 350),
        metric('Status/Running', true),
        metric('Process/Flow', 1, 500),
        metric('Process/Flow', 1, 0),
        metric('Process/Flow', null),
        metric('Other', 1),
      ],
      profile,
    )
    expect(unlisted).toBe(1)
    expect(measurements.map(({ channel, value, quality, reason }) => [channel, value, quality, reason])).toEqual([
      ['pressure', 350_000, 'good', undefined],
      ['running', 1, 'good', undefined],
      ['flow', 1, 'uncertain', 'stale'],
      ['flow', null, 'bad', 'sensor-fault'],
      ['flow', null, 'bad', 'sensor-fault'],
    ])
  })
})
