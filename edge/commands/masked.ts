// Takes secrets out of what leaves the gateway: out of its configuration by their names, and out of everything else by their values.

const mask = '***'
const secretKey =
  /pass(word|phrase|wd)?$|secret|communit|token|credential|^(user)?pin$|apikey|^(app|nwk|dev|auth|priv|session|private)[-_]?s?key$|authKey|privKey|^code$|^hash$/i
const userInfo = /(\w+:\/\/)([^/@\s]+)@/g
const secretQuery = /([?&](?:pass\w*|pwd|token|key|secret|auth)=)([^&\s]+)/gi
/** Shorter values would be found inside other words. */
const shortestSecret = 4

export interface Masked {
  readonly value: unknown
  /** What was masked. */
  readonly secrets: readonly string[]
}

/** A copy of a configuration (an object as read from YAML) without its secrets. */
export function masked(value: unknown): Masked {
  const secrets = new Set<string>()
  const note = (secret: string): string => {
    secrets.add(secret)
    return mask
  }
  function walk(part: unknown, isSecret: boolean): unknown {
    if (Array.isArray(part)) return part.map((entry) => walk(entry, isSecret))
    if (typeof part === 'object' && part !== null) {
      return Object.fromEntries(
        Object.entries(part).map(([key, entry]) => [key, walk(entry, isSecret || secretKey.test(key))]),
      )
    }
    if (isSecret && (typeof part === 'string' || typeof part === 'number')) return note(String(part))
    return typeof part === 'string' ? maskedText(part, note) : part
  }
  return { value: walk(value, false), secrets: [...secrets].toSorted((a, b) => b.length - a.length) }
}

function maskedText(text: string, note: (secret: string) => string): string {
  return text
    .replace(userInfo, (_all, scheme: string, info: string) => {
      const password = info.slice(info.indexOf(':') + 1)
      note(decoded(password))
      return `${scheme}${note(password)}@`
    })
    .replace(secretQuery, (_all, name: string, value: string) => `${name}${note(value)}`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The same value without any of the secrets in its texts and keys. */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  // A line of a log is JSON: there a secret stands as JSON writes it.
  const written = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
  const long = [...new Set(written)].filter((secret) => secret.length >= shortestSecret)
  const clean = (text: string): string => long.reduce((left, secret) => left.replaceAll(secret, mask), text)
  function walk(part: unknown): unknown {
    if (typeof part === 'string') return maskedText(clean(part), () => mask)
    if (Array.isArray(part)) return part.map(walk)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, entry]) => [clean(key), walk(entry)]))
  }
  return walk(value) as T
}
