import { describe, expect, it } from 'vitest'
import type { PartItem } from '../api/factory-api.ts'
import { HubError } from '../api/hub-api.ts'
import { createCorrections } from './corrections.ts'
import { createGallery } from './gallery.ts'

const part = (id: string, correction: PartItem['correction'] = null): PartItem => ({ id, correction }) as PartItem

function openGallery(pages: readonly { readonly items: readonly PartItem[]; readonly next: string | null }[]) {
  const asked: unknown[] = []
  const sent: unknown[] = []
  const left = [...pages]
  let refusal: Error | undefined
  const api = {
    parts: (_site: string, filter: object) => {
      asked.push(filter)
      return Promise.resolve(left.shift() ?? { items: [], next: null })
    },
  }
  const corrections = createCorrections({
    correct: (...words) => {
      sent.push(words)
      return refusal === undefined ? Promise.resolve({ time: 7 }) : Promise.reject(refusal)
    },
  })
  const gallery = createGallery('site', { api, corrections })
  return { gallery, asked, sent, refuse: (error: Error) => void (refusal = error) }
}

describe('a gallery', () => {
  it('goes on through pages without a find, until there is one or no more', async () => {
    const { gallery, asked } = openGallery([
      { items: [], next: 'a' },
      { items: [part('1')], next: 'b' },
      { items: [part('2')], next: null },
    ])
    await gallery.look({ fromMs: 0 })
    expect(gallery.parts.value.map(({ id }) => id)).toEqual(['1'])
    expect(gallery.hasMore.value).toBe(true)
    await gallery.more()
    expect(gallery.parts.value.map(({ id }) => id)).toEqual(['1', '2'])
    expect(gallery.hasMore.value).toBe(false)
    expect(asked).toMatchObject([{ limit: 60 }, { cursor: 'a' }, { cursor: 'b' }])
  })

  it('says what a part was, and takes it back to what was said before', async () => {
    const earlier = { judgement: 'good', class: null, by: null, time: 1 } as const
    const { gallery, sent } = openGallery([{ items: [part('1'), part('2', earlier)], next: null }])
    await gallery.look({ fromMs: 0 })
    await gallery.say('bad', 'dent')
    gallery.moveTo(1)
    await gallery.say('bad')
    expect(gallery.parts.value.map(({ correction }) => correction?.class)).toEqual(['dent', null])
    await gallery.undo()
    expect(gallery.parts.value[1]?.correction?.judgement).toBe('good')
    await gallery.undo()
    expect(gallery.at.value).toBe(0)
    expect(gallery.parts.value[0]?.correction).toBe(null)
    await gallery.undo()
    expect(sent).toEqual([
      ['1', 'bad', 'dent'],
      ['2', 'bad', undefined],
      ['2', 'good', undefined],
      ['1', 'withdrawn', undefined],
    ])
  })

  it('keeps a part as it was where the gateway did not take it, and says why', async () => {
    const { gallery, refuse } = openGallery([{ items: [part('1')], next: null }])
    await gallery.look({ fromMs: 0 })
    refuse(new HubError('gone', 410, 'frame.expired'))
    await gallery.say('bad')
    expect(gallery.parts.value[0]?.correction).toBe(null)
    expect(gallery.told.value).toMatchObject({ state: 'refused', code: 'frame.expired' })
  })

  it('stays within its parts', async () => {
    const { gallery } = openGallery([{ items: [part('1'), part('2')], next: null }])
    await gallery.look({ fromMs: 0 })
    gallery.moveTo(9)
    expect(gallery.at.value).toBe(1)
    gallery.moveTo(-3)
    expect(gallery.at.value).toBe(0)
  })
})
