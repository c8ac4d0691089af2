import { describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { LiveStream } from './live-stream.ts'

/** Takes nothing off: everything written waits. */
function stuckReader() {
  const chunks: string[] = []
  let ended = false
  return {
    text: () => chunks.join(''),
    ended: () => ended,
    write(chunk: string) {
      chunks.push(chunk)
      return Buffer.byteLength(chunks.join(''))
    },
    end: () => void (ended = true),
  }
}

describe('the live stream', () => {
  it('tells a reader that missed more than may wait behind it to begin anew, instead of cutting it off', () => {
    const stream = new LiveStream({ readingJson: () => '{}', clock: systemClock, log: silentLog, bootId: 'boot' })
    stream.attach(stuckReader(), {}, undefined)
    const payload = { name: 'x'.repeat(10_000) }
    for (let event = 0; event < 20; event += 1) stream.publishEvent({ type: 'alarm', payload })
    const near = stuckReader()
    stream.attach(near, {}, 'boot.10')
    expect(near.text().match(/event: alarm/g)).toHaveLength(10)
    for (let event = 0; event < 300; event += 1) stream.publishEvent({ type: 'gateway', payload })
    const far = stuckReader()
    stream.attach(far, {}, 'boot.10')
    expect(far.text()).toContain('id: boot.320\nevent: reset')
    expect(far.ended()).toBe(false)
    stream.stop()
  })

  it('keeps what follows for somebody who was told its position, though nobody reads yet', () => {
    const stream = new LiveStream({ readingJson: () => '{}', clock: systemClock, log: silentLog, bootId: 'boot' })
    const at = stream.position()
    stream.publishEvent({ type: 'alarm', payload: { id: 'a1' } })
    const reader = stuckReader()
    stream.attach(reader, {}, at)
    expect(reader.text()).toContain('event: alarm\ndata: {"id":"a1"}')
    expect(reader.text()).not.toContain('event: reset')
    stream.stop()
  })
})
