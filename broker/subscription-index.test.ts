// The index must answer like the plain rule of topic-filter.ts, whatever was subscribed and removed in between.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SubscriptionIndex } from './subscription-index.ts'
import { matchesFilter } from './topic-filter.ts'

const level = fc.constantFrom('a', 'b', '')
const topic = fc.array(level, { minLength: 1, maxLength: 6 }).map((levels) => levels.join('/') || 'a')
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([levels, all]) => [...levels, ...(all ? ['#'] : [])].join('/') || '+')
const step = fc.oneof(fc.record({ subscribe: filter }), fc.record({ remove: fc.nat() }), fc.record({ publish: topic }))

describe('the subscription index', () => {
  it('delivers to exactly the subscriptions that match, after any changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const index = new SubscriptionIndex()
        let kept: { filter: string; deliver: Parameters<SubscriptionIndex['on']>[1] }[] = []
        let reached: string[] = []
        for (const each of steps) {
          if ('subscribe' in each) {
            const entry = {
              filter: each.subscribe,
              deliver: (_: unknown, done: () => void) => (reached.push(each.subscribe), done()),
            }
            kept.push(entry)
            index.on(entry.filter, entry.deliver)
          } else if ('remove' in each) {
            const gone = kept[each.remove % Math.max(1, kept.length)]
            if (gone === undefined) continue
            kept = kept.filter((entry) => entry !== gone)
            index.removeListener(gone.filter, gone.deliver)
          } else {
            reached = []
            let finished = 0
            index.emit({ topic: each.publish }, () => (finished += 1))
            const expected = kept
              .filter((entry) => matchesFilter(entry.filter, each.publish))
              .map((entry) => entry.filter)
            expect(reached.toSorted()).toEqual(expected.toSorted())
            expect(finished).toBe(1)
          }
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['a/#', 'a', true],
    ['a/+', 'a', false],
    ['a/+', 'a/', true],
    ['+', 'a/b', false],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/x', true],
    ['a/b/c/d/#', 'a/b/c/d', true],
  ])('%s matches %s: %s', (wanted, published, matches) => {
    expect(matchesFilter(wanted, published)).toBe(matches)
  })
})
