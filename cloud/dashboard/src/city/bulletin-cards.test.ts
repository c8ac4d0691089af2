// What is called off is one event to whoever reads the list, not two like cards.
import { describe, expect, it } from 'vitest'
import type { BulletinItem } from '../api/bulletin-api.ts'
import { bulletinCards } from './bulletin-cards.ts'

function item(id: string, more: Partial<BulletinItem> = {}): BulletinItem {
  return { id, kind: 'alert', endedBy: null, ...more } as BulletinItem
}

describe('cards of bulletins', () => {
  it('put a cancellation on the card of each message that it ended', () => {
    const cancel = item('kimitsu/c', { kind: 'cancel' })
    const first = item('kimitsu/a', { endedBy: 'kimitsu/c' })
    const second = item('kimitsu/b', { endedBy: 'kimitsu/c' })
    expect(bulletinCards([cancel, second, first])).toEqual([
      { item: second, cancellation: cancel },
      { item: first, cancellation: cancel },
    ])
  })

  it('leave a cancellation by itself while what it ended is on a later page', () => {
    const cancel = item('kimitsu/c', { kind: 'cancel' })
    const other = item('kimitsu/o')
    expect(bulletinCards([cancel, other])).toEqual([
      { item: cancel, cancellation: undefined },
      { item: other, cancellation: undefined },
    ])
  })

  it('leave what an update replaced as a card of its own beside the update', () => {
    const update = item('kimitsu/u', { kind: 'update' })
    const before = item('kimitsu/a', { endedBy: 'kimitsu/u' })
    expect(bulletinCards([update, before]).map((card) => [card.item.id, card.cancellation])).toEqual([
      ['kimitsu/u', undefined],
      ['kimitsu/a', undefined],
    ])
  })
})
