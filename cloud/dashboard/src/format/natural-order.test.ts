import { expect, it } from 'vitest'
import { naturalOrder } from './natural-order.ts'

it('numbers count as numbers, wherever they stand', () => {
  const ids = ['k/g-10/ap-1', 'k/g-2/ap-10', 'k/g-2/ap-9', 'k/g-2', 'k/a', '10', '9', '']
  expect(ids.toSorted(naturalOrder)).toEqual([
    '',
    '9',
    '10',
    'k/a',
    'k/g-2',
    'k/g-2/ap-9',
    'k/g-2/ap-10',
    'k/g-10/ap-1',
  ])
})

it('is the order that a collator for numbers gives to ids', () => {
  const ids = ['koito-1', 'koito-12', 'koito-2', 'ap-02', 'ap-1', 'lamp-7b', 'lamp-7a', 'circuit-100', 'circuit-20']
  expect(ids.toSorted(naturalOrder)).toEqual(
    ids.toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true })),
  )
})
