import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cursorLines, deadLetterLines, readingLines, stringField, tagValue, textOfTag } from './line-protocol.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 40 })
const one = (value: number, quality: number, text?: string, timeMs = 5) => ({
  rows: 1,
  series: Int32Array.of(7),
  timeMs: Float64Array.of(timeMs),
  value: Float64Array.of(value),
  quality: Uint8Array.of(quality),
  text: new Map(text === undefined ? [] : [[0, text]]),
})

describe('line protocol', () => {
  it('quotes any text so that only the last quote ends the field', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const inner = stringField(text).slice(1, -1)
        expect(inner.replaceAll(/\\[\\"]/g, '')).not.toMatch(/["\\]/)
        expect(inner.replaceAll(/\\([\\"])/g, '$1')).toBe(text.toWellFormed())
      }),
    )
  })

  it('makes of any text a tag without a character that has a meaning, and reads it back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tagValue(text)).toMatch(/^_[A-Za-z0-9%_.!~*'()-]*$/)
        expect(textOfTag(tagValue(text))).toBe(text.toWellFormed())
      }),
    )
  })

  it('puts the value of a bad reading into a field of its own', () => {
    expect(readingLines(one(1.5, 0))).toEqual(['readings,s=7 v=1.5 5'])
    expect(readingLines(one(1.5, 1, 'range'))).toEqual(['readings,s=7 v=1.5,q=1i,t="range" 5'])
    expect(readingLines(one(1.5, 2, 'crc'))).toEqual(['readings,s=7 b=1.5,q=2i,t="crc" 5'])
    expect(readingLines(one(Number.NaN, 0, 'on'))).toEqual(['readings,s=7 q=0i,t="on" 5'])
    expect(readingLines(one(Number.NaN, 0))).toEqual(['readings,s=7 q=0i 5'])
  })

  it('refuses what InfluxDB cannot keep', () => {
    expect(() => readingLines(one(Infinity, 0))).toThrow(/infinite/)
    expect(() => readingLines(one(1, 0, undefined, 1e14))).toThrow(/time/)
    expect(() => readingLines(one(1, 0, undefined, Number.NaN))).toThrow(/time/)
  })

  it('writes cursors as one point per epoch', () => {
    expect(cursorLines([{ gateway: 'a/b', epoch: 'é x', through: 9 }])).toEqual([
      'cursors,g=_a%2Fb,e=_%C3%A9%20x through=9i 0',
    ])
  })

  it('gives the same dead letter the same key each time', () => {
    const letter = { timeMs: 12, topic: 't', code: 'c', reason: 'r', payload: Uint8Array.of(1, 2) }
    const [first] = deadLetterLines([letter])
    expect(deadLetterLines([letter, { ...letter, payload: Uint8Array.of(3) }])[0]).toBe(first)
    expect(first).toMatch(/^dead_letters topic="t",code="c",reason="r",p0="AQI=" 12\d{6}$/)
  })
})
