// Things to look at again at a certain time, by the second: what is not due costs nothing.

export const bucketMs = 1_000

/** Each item stands in it once. Times are monotonic ms. Owner: the rule that made it; as long as its devices. */
export class DueList<Item> {
  readonly #buckets = new Map<number, Set<Item>>()
  readonly #bucketOf = new Map<Item, number>()
  #done = Number.NEGATIVE_INFINITY

  /** Moves an item; it is given back by the first `take` at or after `atMs`, to the next full second. */
  schedule(item: Item, atMs: number): void {
    const bucket = Math.max(Math.ceil(atMs / bucketMs), this.#done)
    const before = this.#bucketOf.get(item)
    if (before === bucket) return
    if (before !== undefined) this.#leave(item, before)
    this.#bucketOf.set(item, bucket)
    const items = this.#buckets.get(bucket)
    if (items === undefined) this.#buckets.set(bucket, new Set([item]))
    else items.add(item)
  }

  /** As `schedule`, unless it is due earlier already. */
  hasten(item: Item, atMs: number): void {
    const before = this.#bucketOf.get(item)
    if (before === undefined || before * bucketMs > atMs) this.schedule(item, atMs)
  }

  delete(item: Item): void {
    const bucket = this.#bucketOf.get(item)
    if (bucket !== undefined) this.#leave(item, bucket)
  }

  /** Takes out what is due. */
  take(nowAtMs: number): readonly Item[] {
    const present = Math.floor(nowAtMs / bucketMs)
    this.#done = present
    const due: Item[] = []
    for (const [bucket, items] of this.#buckets) {
      if (bucket > present) continue
      this.#buckets.delete(bucket)
      for (const item of items) {
        this.#bucketOf.delete(item)
        due.push(item)
      }
    }
    return due
  }

  #leave(item: Item, bucket: number): void {
    const items = this.#buckets.get(bucket)
    items?.delete(item)
    if (items?.size === 0) this.#buckets.delete(bucket)
    this.#bucketOf.delete(item)
  }
}
