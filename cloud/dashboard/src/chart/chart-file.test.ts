import { describe, expect, it } from 'vitest'
import { chartCsv, drawnWindow } from './chart-file.ts'
import type { Envelope } from './envelope.ts'
import { dayMs, type TimeWindow } from './time-window.ts'

const bucket = (fromMs: number, toMs: number): Envelope[number] => ({ fromMs, toMs, min: 1, mean: 1, max: 1, count: 1 })
const envelope = [bucket(0, 10), bucket(10, 20), bucket(20, 30), bucket(30, 40)]

describe('the window of a file', () => {
  it('holds the whole of every span that has a point in what is shown, of whichever curve', () => {
    expect(drawnWindow({ fromMs: 14, toMs: 26 }, [envelope])).toEqual({ fromMs: 10, toMs: 30 })
    expect(drawnWindow({ fromMs: 14, toMs: 26 }, [envelope, [bucket(5, 25)]])).toEqual({ fromMs: 5, toMs: 30 })
  })

  it('is what is shown where spans end at its edges, or nothing was measured', () => {
    expect(drawnWindow({ fromMs: 10, toMs: 30 }, [envelope])).toEqual({ fromMs: 10, toMs: 30 })
    expect(drawnWindow({ fromMs: 12, toMs: 18 }, [[]])).toEqual({ fromMs: 12, toMs: 18 })
  })
})

it('a file has one head, and each curve over the time in which it was measured', async () => {
  const asked: (readonly [readonly string[], TimeWindow])[] = []
  const api = {
    csv(series: readonly string[], window: TimeWindow) {
      asked.push([series, window])
      return Promise.resolve(`head\r\n${series.join('+')}\r\n`)
    },
  }
  const specs = [
    { series: 'a', shift: 'none' },
    { series: 'b', shift: 'none' },
    { series: 'a', shift: 'day' },
  ] as const
  const window = { fromMs: dayMs + 0.4, toMs: dayMs + 1000.2 }
  expect(await chartCsv(api, specs, window)).toBe('\uFEFFhead\r\na+b\r\na\r\n')
  expect(asked).toEqual([
    [['a', 'b'], { fromMs: dayMs, toMs: dayMs + 1001 }],
    [['a'], { fromMs: 0, toMs: 1001 }],
  ])
})
