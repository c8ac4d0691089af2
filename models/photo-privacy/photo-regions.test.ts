import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covered } from './cover.ts'
import { type Candidate, scalesOf } from './photo-candidates.ts'
import { doubtOf, type Region, regionsOf } from './photo-regions.ts'

const photo = { width: 1000, height: 800 }
const sure = 0.45
const found = (
  thing: Candidate['thing'],
  score: number,
  ...sides: readonly [number, number, number, number]
): Candidate => {
  const [left, top, right, bottom] = sides
  return { thing, score, left, top, right, bottom }
}

describe('what of a photo is covered', () => {
  it('is more than the box of a face and of a vehicle, and of a person the head', () => {
    const [vehicle, person, face] = regionsOf(
      [
        found('face', 0.9, 100, 100, 140, 140),
        found('person', 0.9, 400, 200, 500, 600),
        found('vehicle', 0.9, 600, 300, 900, 500),
      ],
      photo,
    )
    expect(vehicle).toEqual({ thing: 'vehicle', left: 582, top: 288, right: 918, bottom: 512 })
    // Three tenths of 400 px; nobody's feet are covered.
    expect(person).toMatchObject({ left: 390, right: 510, bottom: 320 })
    expect(face).toEqual({ thing: 'face', left: 86, top: 82, right: 154, bottom: 150 })
  })

  it('is more of a person who is cut off below: the box is as wide as high', () => {
    expect(regionsOf([found('person', 0.9, 0, 0, 400, 400)], photo)[0]?.bottom).toBeGreaterThanOrEqual(300)
  })

  it('ends at the edges of the photo, and leaves out what lies wholly in another region or outside', () => {
    const regions = regionsOf(
      [
        found('vehicle', 0.9, -50, -50, 300, 300),
        found('vehicle', 0.4, 20, 20, 200, 200),
        found('face', 0.9, 2000, 2000, 2100, 2100),
      ],
      photo,
    )
    expect(regions).toEqual([{ thing: 'vehicle', left: 0, top: 0, right: 321, bottom: 321 }])
  })

  it('is not enough where something large may be a person, or may not; one that is sure settles it', () => {
    const doubtful = found('person', 0.4, 100, 100, 600, 700)
    const small = found('vehicle', 0.35, 100, 100, 200, 200)
    const doubt = (...candidates: readonly Candidate[]) =>
      doubtOf(candidates, regionsOf(candidates, photo), photo, sure)
    expect(doubt(doubtful)).toBe('unsure')
    expect(doubt(small)).toBeUndefined()
    expect(doubt(doubtful, found('person', 0.8, 90, 90, 610, 710))).toBeUndefined()
    expect(doubt(found('vehicle', 0.9, 0, 0, 900, 700))).toBe('mostly-covered')
    expect(doubt()).toBeUndefined()
  })
})

const sides = fc.record({ width: fc.integer({ min: 1, max: 60 }), height: fc.integer({ min: 1, max: 60 }) })
const drawn = sides.chain(({ width, height }) =>
  fc.record({
    data: fc.uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 }),
    width: fc.constant(width),
    height: fc.constant(height),
    left: fc.integer({ min: 0, max: width - 1 }),
    top: fc.integer({ min: 0, max: height - 1 }),
    wide: fc.integer({ min: 1, max: 60 }),
    high: fc.integer({ min: 1, max: 60 }),
  }),
)

describe('covering', () => {
  it('changes nothing outside its region, and leaves inside no value beyond those that were there', () => {
    fc.assert(
      fc.property(drawn, ({ data, width, height, left, top, wide, high }) => {
        const before = Uint8Array.from(data)
        const region: Region = {
          thing: 'face',
          left,
          top,
          right: Math.min(width, left + wide),
          bottom: Math.min(height, top + high),
        }
        const after = covered({ data, width, height }, [region])
        expect(data).toEqual(before)
        const inside = (index: number): boolean => {
          const [x, y] = [Math.floor(index / 3) % width, Math.floor(index / 3 / width)]
          return x >= region.left && x < region.right && y >= region.top && y < region.bottom
        }
        const was = [...before].filter((_, index) => inside(index))
        const is = [...after.data].filter((_, index) => inside(index))
        expect([...after.data].filter((_, index) => !inside(index))).toEqual(
          [...before].filter((_, index) => !inside(index)),
        )
        expect(Math.min(...is)).toBeGreaterThanOrEqual(Math.min(...was))
        expect(Math.max(...is)).toBeLessThanOrEqual(Math.max(...was))
      }),
    )
  })

  it('leaves nothing of the strokes of a number plate: two that differ in every stroke come out alike', () => {
    const plate = (phase: number) => {
      const data = new Uint8Array(200 * 100 * 3)
      for (let index = 0; index < 200 * 100; index += 1) {
        const isInk = (Math.floor((index % 200) / 4) + phase) % 2 === 0
        data.fill(isInk ? 20 : 235, index * 3, index * 3 + 3)
      }
      return { data, width: 200, height: 100 }
    }
    const region: Region = { thing: 'vehicle', left: 0, top: 0, right: 200, bottom: 100 }
    const [one, other] = [0, 1].map((phase) => covered(plate(phase), [region]).data) as [Uint8Array, Uint8Array]
    let worst = 0
    for (let index = 0; index < one.length; index += 1) {
      worst = Math.max(worst, Math.abs((one[index] ?? 0) - (other[index] ?? 0)))
    }
    // Of 215 between ink and paper; a cell of 20 px holds five strokes, of which one is odd.
    expect(worst).toBeLessThanOrEqual(44)
  })
})

describe('the scales of a photo', () => {
  it('begin with its own pixels and end with the whole in one tile', () => {
    const tile = { width: 300, height: 300 }
    expect(scalesOf({ width: 1600, height: 1200 }, tile).map(({ width }) => width)).toEqual([1600, 800, 400, 300])
    expect(scalesOf({ width: 320, height: 240 }, tile).map(({ width }) => width)).toEqual([300])
    expect(scalesOf({ width: 200, height: 150 }, tile)).toEqual([{ width: 200, height: 150 }])
    expect(scalesOf({ width: 1600, height: 20 }, tile).at(-1)).toEqual({ width: 300, height: 4 })
  })
})
