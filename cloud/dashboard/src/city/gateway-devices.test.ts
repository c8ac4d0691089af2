import { describe, expect, it } from 'vitest'
import type { GatewayItem } from '../api/shapes.ts'
import { latestItem as item } from './gateway-fixture.ts'
import { deviceSamples, errorsByBus, silentBuses } from './gateway-devices.ts'

type Condition = NonNullable<GatewayItem['condition']>

const bad = { value: null, quality: 'bad', reason: 'crc' } as const
const fault = (id: string, connection: string): Condition['devices'][number] => ({
  id,
  connection,
  state: 'offline',
  sinceMs: 500,
  code: 'driver.crc',
  errors: [{ code: 'driver.crc', count: 12 }],
})
const conditionOf = (devices: Condition['devices'], connections: Condition['connections']): Condition => ({
  timeMs: 1000,
  sinceMs: 0,
  devices,
  connections,
  dropped: [],
})

describe('the devices of a gateway', () => {
  it('stand with those first that need somebody, each with what the gateway says of it', () => {
    const condition = conditionOf([fault('gone', 'rs485-1')], [{ id: 'rs485-1', devices: 2 }])
    const devices = deviceSamples({ condition }, [
      item('well', 'x'),
      item('new', 'x', { time: null, value: null }),
      item('half', 'x', bad),
      item('half', 'y'),
      item('gone', 'x', bad),
      item('gateway', 'memory'),
      item('~advice', 'x'),
    ])
    expect(devices.map(({ id, answer }) => [id, answer])).toEqual([
      ['gone', 'silent'],
      ['half', 'partly'],
      ['new', 'waiting'],
      ['well', 'well'],
    ])
    expect(devices[0]).toMatchObject({ reason: 'crc', fault: { sinceMs: 500 } })
  })

  it('answer when their readings are good, although the gateway has not yet told that they are back', () => {
    const condition = conditionOf([fault('back', 'rs485-1')], [])
    expect(deviceSamples({ condition }, [item('back', 'x')])[0]?.answer).toBe('well')
  })

  it('that never sent anything are silent where the gateway has given them up', () => {
    const never = item('never', 'x', { time: null, value: null })
    expect(deviceSamples({ condition: conditionOf([fault('never', 'a')], []) }, [never])[0]?.answer).toBe('silent')
    expect(deviceSamples({ condition: null }, [never])[0]?.answer).toBe('waiting')
  })

  it('accuse their bus only where all on it are silent, and never one alone', () => {
    const series = ['a', 'b', 'c', 'd'].map((device) => item(device, 'x', bad))
    const both = conditionOf(
      [fault('a', 'bus-1'), fault('b', 'bus-1'), fault('c', 'bus-2'), fault('d', 'bus-3')],
      [
        { id: 'bus-1', devices: 2 },
        { id: 'bus-2', devices: 2 },
        { id: 'bus-3', devices: 1 },
      ],
    )
    expect(silentBuses({ condition: both }, deviceSamples({ condition: both }, series))).toEqual(['bus-1'])
    expect(silentBuses({ condition: null }, deviceSamples({ condition: null }, series))).toEqual([])
  })

  it('that failed stand together by bus, well or not', () => {
    const condition = conditionOf([fault('a', 'bus-1'), fault('b', 'bus-2'), fault('c', 'bus-1')], [])
    const devices = deviceSamples({ condition }, [item('a', 'x'), item('b', 'x'), item('c', 'x'), item('d', 'x')])
    expect(errorsByBus(devices).map(({ connection, devices: own }) => [connection, own.map(({ id }) => id)])).toEqual([
      ['bus-1', ['a', 'c']],
      ['bus-2', ['b']],
    ])
  })
})
