// MQTT topic filters (MQTT 3.1.1 §4.7): which topics one matches, and which filters lie inside another.

export type TopicFilter = readonly string[]

export function parseFilter(filter: string): TopicFilter {
  return filter.split('/')
}

/** Wildcards at the beginning do not match topics that begin with `$` (MQTT-4.7.2-1). */
export function matchesTopic(filter: TopicFilter, topic: string): boolean {
  const levels = topic.split('/')
  if (topic.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) return false
  for (const [index, wanted] of filter.entries()) {
    if (wanted === '#') return true
    if (index >= levels.length || (wanted !== '+' && wanted !== levels[index])) return false
  }
  return filter.length === levels.length
}

/** Is every topic that `inner` matches matched by `outer` too? */
export function coversFilter(outer: TopicFilter, inner: TopicFilter): boolean {
  for (const [index, wanted] of outer.entries()) {
    if (wanted === '#') return true
    const asked = inner[index]
    if (asked === undefined || asked === '#' || (wanted !== '+' && wanted !== asked)) return false
  }
  return outer.length === inner.length
}
