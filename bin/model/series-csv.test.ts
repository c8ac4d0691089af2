import { describe, expect, it } from 'vitest'
import { parseTable } from './series-csv.ts'

describe('a table of a series', () => {
  it('takes ISO times with and without a zone, Unix seconds and milliseconds, and empty cells', () => {
    const text = [
      'time,value',
      '2026-05-01T09:00:00+09:00,1',
      '2026-05-01 00:00:00,2',
      '1777593600,NaN',
      '1777593600000,',
      '',
      '2026-05-01,-1.5e3',
    ].join('\r\n')
    const { names, timesMs, columns } = parseTable(text, 'a.csv')
    expect(names).toEqual(['value'])
    expect(timesMs).toEqual(Array.from({ length: 5 }, () => Date.UTC(2026, 4, 1)))
    expect(columns).toEqual([[1, 2, undefined, undefined, -1500]])
  })

  it('names the line of what is no time or no number, and wants a first line with columns', () => {
    expect(() => parseTable('time,value\n2026-05-01,1\nyesterday,2', 'a.csv')).toThrow('a.csv, line 3: "yesterday"')
    expect(() => parseTable('time,a,b\n2026-05-01,1,wet', 'a.csv')).toThrow('a.csv, line 2: "wet" is no number')
    expect(() => parseTable('', 'a.csv')).toThrow('needs a first line')
  })
})
