import { afterEach, beforeEach, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { encodeEnvelope, isEventBody } from '../../broker/contract/envelope-codec.ts'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import { decodeEventMessage } from '../../broker/contract/event-message.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { decodePack } from '../../broker/contract/pack-codec.ts'
import { DeviceChannels } from '../../edge/device-channels.ts'
import { createPipeline, type Scorer } from '../../edge/pipeline.ts'
import { openOutbox, takeAll, temporaryFolder } from './outbox-fixture.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const label = { ja: '電力', en: 'Power' }

function pipelineWith(scorer: Scorer | undefined) {
  const { outbox, clock, counters } = openOutbox(folder.path)
  const channels = new DeviceChannels(() => undefined)
  channels.declare('lamp-1', [{ id: 'power', unit: 'W', label }])
  const devices = new Map([['lamp-1', { priority: 'normal', calibration: { power: { scale: 2 } } } as const]])
  const pipeline = createPipeline({ devices, channels, scorer, outbox, clock, log: silentLog, counters })
  const carry = (value: number) => {
    const measurement = {
      channel: 'power',
      value,
      unit: 'W',
      quality: 'good',
      reason: undefined,
      timeMs: undefined,
    } as const
    pipeline.carry({ device: 'lamp-1', timeMs: clock.now(), measurements: [measurement] })
  }
  const delivered = async () => {
    await clock.advance(20)
    return takeAll(outbox).flatMap(({ pack }) => decodePack(pack, 0))
  }
  return { pipeline, carry, delivered, channels, counters, clock, outbox }
}

const score = (samples: readonly Sample[]): readonly Sample[] =>
  samples.map((sample) => ({ ...sample, name: `${sample.name}.score`, unit: '/', value: 0.25 }))

it('carries a poll through calibration and the model into the outbox', async () => {
  const { carry, delivered, channels, outbox } = pipelineWith({ score: (samples) => Promise.resolve(score(samples)) })
  carry(21)
  expect((await delivered()).map(({ name, value }) => [name, value])).toEqual([
    ['lamp-1:power', 42],
    ['lamp-1:power.score', 0.25],
  ])
  expect(channels.series('lamp-1', 10)[1]?.label.en).toBe('Power anomaly score')
  outbox.close()
})

it('names what models say of a channel after the channel', () => {
  const { channels, outbox } = pipelineWith(undefined)
  const said = ['power.fault', 'power.fault-probability', 'power.unheard', 'draught.fault']
  channels.learn(
    'lamp-1',
    said.map((id) => ({ name: `lamp-1:${id}`, timeMs: 0, value: 0, unit: '/', quality: 'good', reason: undefined })),
  )
  const labels = channels.series('lamp-1', 10).map(({ label }) => label.en)
  expect(labels.slice(1)).toEqual(['Power fault', 'Power fault probability', 'power.unheard', 'draught.fault'])
  outbox.close()
})

it('goes on without scores when the model hangs, counts them, and does not wait for it at the end', async () => {
  const { pipeline, carry, delivered, counters, clock, outbox } = pipelineWith({
    score: () => new Promise(() => undefined),
  })
  for (let value = 0; value < 100; value += 1) carry(value)
  expect(await delivered()).toHaveLength(100)
  expect(counters.total('samples_unscored')).toBe(36)
  const drained = pipeline.drain(2000)
  await clock.advance(2000)
  await drained
  outbox.close()
})

it('goes on when the model fails', async () => {
  const { carry, delivered, counters, outbox } = pipelineWith({ score: () => Promise.reject(new Error('broken')) })
  carry(1)
  expect(await delivered()).toHaveLength(1)
  expect(counters.entries()).toContainEqual({ name: 'samples_unscored', reason: 'failed', value: 1 })
  outbox.close()
})

it('turns a failed poll into a bad sample of each declared channel, and asks no model', async () => {
  const { pipeline, delivered, clock, outbox } = pipelineWith({ score: () => Promise.reject(new Error('not asked')) })
  const error = new AppError('driver.crc', 'wrong check sum')
  pipeline.carry({ device: 'lamp-1', timeMs: clock.now(), error, transition: true })
  expect(await delivered()).toMatchObject([{ name: 'lamp-1:power', value: null, quality: 'bad', text: 'crc' }])
  outbox.close()
})

const decision: NewEvent = {
  kind: 'inspection',
  source: 'line-1',
  timeMs: 1_700_000_000_000,
  model: { id: 'washer', version: '1.0.0' },
  score: 0.9,
  class: 'scratch',
  state: 'reject',
  latencyMs: 40,
}

it('carries an event with its thumbnail into a message of its own, before readings of lower worth are kept longer', async () => {
  const { pipeline, carry, outbox, clock, counters } = pipelineWith(undefined)
  const thumbnail = Uint8Array.from([0xff, 0xd8, 0xff, 1, 2, 3])
  carry(1)
  pipeline.emitEvent(decision, thumbnail)
  carry(2)
  pipeline.emitEvent({ ...decision, state: 'pass' })
  await clock.advance(20)
  const messages = takeAll(outbox)
  expect(messages.map(({ pack, priority }) => [isEventBody(pack), priority])).toEqual([
    [false, 'normal'],
    [true, 'high'],
    [false, 'normal'],
    [true, 'normal'],
  ])
  const [, first] = messages
  const message = encodeEnvelope({ epoch: 'e', seq: 2, prev: 1, pack: first?.pack ?? new Uint8Array(0) })
  const { event, picture } = decodeEventMessage(message)
  expect(event).toMatchObject({ ...decision, v: 1 })
  expect(Uint8Array.from(picture ?? [])).toEqual(thumbnail)
  expect(counters.entries()).toContainEqual({ name: 'events', reason: 'inspection', value: 2 })
  outbox.close()
})

it('counts an event that does not fit, and sends one without a thumbnail that is too large', async () => {
  const { pipeline, outbox, clock, counters } = pipelineWith(undefined)
  pipeline.emitEvent({ ...decision, score: Number.NaN })
  pipeline.emitEvent(decision, new Uint8Array(30_001))
  await clock.advance(20)
  expect(takeAll(outbox)).toHaveLength(1)
  expect(counters.entries()).toEqual(
    expect.arrayContaining([
      { name: 'events_dropped', reason: 'payload.schema', value: 1 },
      { name: 'event_thumbnails_dropped', reason: 'too-large', value: 1 },
      { name: 'events', reason: 'inspection', value: 1 },
    ]),
  )
  outbox.close()
})
