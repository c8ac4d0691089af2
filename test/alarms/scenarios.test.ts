import { afterEach, describe, expect, it } from 'vitest'
import { sample } from '../cloud/running-cloud.ts'
import { openAlarmField, type AlarmField } from './alarm-field.ts'
import { all, fine, low, scenarios, tank, thirty } from './scenario-table.ts'

let field: AlarmField

afterEach(() => field.stop())

describe('what people are told', () => {
  it.each(scenarios)('$name', async ({ devices, startMs, play, told, lasting = [] }) => {
    field = await openAlarmField(devices, startMs === undefined ? {} : { startMs })
    await play(field)
    expect(field.told).toEqual(told)
    expect(await field.lasting()).toEqual(lasting)
  })
})

describe('late readings', () => {
  const minuteMs = 60_000

  /** An hour without the gateway, and then its readings of that hour, one a minute; `isLow` by the minute. */
  async function backfill(isLow: (minute: number) => boolean): Promise<number> {
    field = await openAlarmField(tank)
    await field.send(fine)
    await field.offline()
    await field.pass(3600)
    const beginMs = field.clock.now() - 60 * minuteMs
    await field.online()
    for (let minute = 0; minute < 60; minute += 1) {
      await field.sendSamples([sample('tank:level', isLow(minute) ? 5 : 50, beginMs + minute * minuteMs)])
    }
    return beginMs
  }

  const history = async () =>
    (await field.alarms('all')).filter(({ rule }) => rule === 'low').toSorted((a, b) => a.raisedAt - b.raisedAt)

  it('of a state that has ended become history, of which nobody is told', async () => {
    const beginMs = await backfill((minute) => minute >= 10 && minute < 30)
    await field.pass(60, fine)
    expect(await history()).toMatchObject([
      {
        raisedAt: beginMs + 10 * minuteMs,
        clearedAt: beginMs + 30 * minuteMs,
        acknowledged: true,
        acknowledgedBy: null,
        occurrence: 1,
      },
    ])
    expect(await field.lasting()).toEqual([])
    expect(field.told).toEqual(['raised lost gateway', 'cleared lost gateway'])
  })

  it('of a state that comes and goes become one piece of history, unless there is a long time between', async () => {
    const beginMs = await backfill((minute) => (minute < 20 && minute % 4 < 2) || (minute >= 40 && minute < 45))
    await field.pass(60, fine)
    expect(await history()).toMatchObject([
      { raisedAt: beginMs, clearedAt: beginMs + 18 * minuteMs, occurrence: 5 },
      { raisedAt: beginMs + 40 * minuteMs, clearedAt: beginMs + 45 * minuteMs, occurrence: 1 },
    ])
  })

  it('of a state that lasts say since when', async () => {
    const beginMs = await backfill((minute) => minute >= 20)
    await field.pass(60, low)
    expect(await history()).toMatchObject([{ raisedAt: beginMs + 20 * minuteMs, clearedAt: null }])
    expect(field.told).toEqual(['raised lost gateway', 'cleared lost gateway', 'raised low tank:level'])
  })
})

describe('a restart of the hub', () => {
  const steps: readonly ((it: AlarmField) => Promise<void>)[] = [
    (it) => it.send(fine),
    (it) => it.send(low),
    (it) => it.pass(5),
    (it) => it.pass(30, low),
    (it) => it.send(fine),
    (it) => it.pass(5),
    (it) => it.pass(30, fine),
  ]

  it.each(Array.from({ length: steps.length + 1 }, (_, place) => place))(
    'before step %i loses no message, and repeats none',
    async (place) => {
      field = await openAlarmField(tank)
      for (const [index, step] of steps.entries()) {
        if (index === place) await field.restart()
        await step(field)
      }
      if (place === steps.length) await field.restart()
      await field.pass(30, fine)
      expect(field.told).toEqual(['raised low tank:level', 'cleared low tank:level'])
      expect(await field.lasting()).toEqual([])
    },
  )

  it('in the midst of a storm leaves it one', async () => {
    field = await openAlarmField(thirty('level'))
    await field.send(all('level', 50))
    await field.pass(30, all('level', 5, 20))
    await field.restart()
    await field.pass(40, all('level', 5))
    await field.restart()
    await field.pass(60, all('level', 50))
    expect(field.told).toEqual(['raised low d0:level +19', 'cleared low d0:level +29'])
  })
})
