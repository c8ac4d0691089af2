// Matching of MQTT topic filters, for the few places that match outside aedes.

/** MQTT 3.1.1 §4.7; a filter that starts with a wildcard does not match a topic that starts with `$` [MQTT-4.7.2-1]. */
export function matchesFilter(filter: string, topic: string): boolean {
  if (filter === topic) return true
  if (topic.startsWith('$') && (filter.startsWith('#') || filter.startsWith('+'))) return false
  const levels = topic.split('/')
  const wanted = filter.split('/')
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return true
    if (index >= levels.length || (want !== '+' && want !== levels[index])) return false
  }
  return wanted.length === levels.length
}

/** The first four levels (`musubi/v1/{tenant}/{gateway}`), or undefined when one of them is a wildcard or missing. */
export function gatewayPrefix(topicOrFilter: string): string | undefined {
  const levels = topicOrFilter.split('/', 4)
  const literal = levels.length === 4 && !levels.some((level) => level === '+' || level === '#')
  return literal ? levels.join('/') : undefined
}
