// The order of ids in lists: `ap-2` before `ap-10`, without the browser's collator, which a slow phone would make before its first paint.

const parts = /\d+|\D+/g

/** For `toSorted`. Of names that people read, a collator of their language is the judge. */
export function naturalOrder(one: string, other: string): number {
  const others = other.match(parts) ?? []
  const found = (one.match(parts) ?? []).entries()
  for (const [at, part] of found) {
    const order = orderOfParts(part, others[at] ?? '')
    if (order !== 0) return order
  }
  return one.length - other.length
}

function orderOfParts(one: string, other: string): number {
  const byNumber = Number(one) - Number(other)
  if (other !== '' && byNumber !== 0 && !Number.isNaN(byNumber)) return byNumber
  if (one === other) return 0
  return one < other ? -1 : 1
}
