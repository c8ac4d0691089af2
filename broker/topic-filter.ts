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

const plus = 43
const hash = 35
const slash = 47

/** The first four levels (`musubi/v1/{tenant}/{gateway}`), or undefined when one of them is a wildcard or missing. */
export function gatewayPrefix(topicOrFilter: string): string | undefined {
  let levels = 1
  for (let at = 0; at < topicOrFilter.length; at += 1) {
    const code = topicOrFilter.charCodeAt(at)
    if (code === plus || code === hash) return undefined
    if (code === slash && levels++ === 4) return topicOrFilter.slice(0, at)
  }
  return levels === 4 ? topicOrFilter : undefined
}
