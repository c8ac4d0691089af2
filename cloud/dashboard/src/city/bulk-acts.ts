// One act on many alarms: a few requests at a time, each with a key of its own, and what became of each.

export type BulkOutcome = 'waiting' | 'done' | 'refused' | 'unreached'

/** Requests under way at once: the hub answers others meanwhile. */
const atOnce = 4

/**
 * `act` rejects where it is not done; `isRefusal`: the hub answered, but with no. `told` is called at each change, first with all
 * of them waiting. After so many in a row that did not reach the hub the rest is not tried. Never rejects.
 */
export async function runBulk(options: {
  readonly ids: readonly string[]
  readonly act: (id: string) => Promise<void>
  readonly isRefusal: (thrown: unknown) => boolean
  readonly told: (outcomes: ReadonlyMap<string, BulkOutcome>) => void
}): Promise<ReadonlyMap<string, BulkOutcome>> {
  const { ids, act, isRefusal, told } = options
  const outcomes = new Map<string, BulkOutcome>(ids.map((id) => [id, 'waiting']))
  told(new Map(outcomes))
  const queue = [...ids]
  let unreached = 0
  async function work(): Promise<void> {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      outcomes.set(id, await outcomeOf(id))
      told(new Map(outcomes))
    }
  }
  async function outcomeOf(id: string): Promise<BulkOutcome> {
    if (unreached >= atOnce) return 'unreached'
    try {
      await act(id)
      unreached = 0
      return 'done'
    } catch (thrown) {
      if (isRefusal(thrown)) return 'refused'
      unreached += 1
      return 'unreached'
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return outcomes
}
