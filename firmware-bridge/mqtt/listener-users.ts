// Who may connect to the gateway's own MQTT listener, and which topics are whose.
import { createHmac, randomBytes } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import { verifyPassword } from './password-hash.ts'
import { coversFilter, matchesTopic, parseFilter, type TopicFilter } from './topic-filter.ts'

export interface ListenerUser {
  readonly name: string
  /** See password-hash.ts. */
  readonly password: string
  /** Filters of the topics that it may publish and subscribe to; `{name}/#` by default. */
  readonly topics?: readonly string[]
}

/** Topics of the hub's contract and of brokers themselves are nobody's. */
const reservedRoots: ReadonlySet<string> = new Set(['musubi', '$SYS', '$share'])

/** Of no user: checked where the name is unknown, so that an answer takes as long. */
const nobodysHash = `scrypt$16384$8$1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/**
 * Owner: one listener. Bound: passwords that wait for their check, each 16 MB and 50 ms, one at a time. Overflow: refused
 * with `limit.exceeded`; the client tries again.
 */
const maxWaiting = 32

export class ListenerUsers {
  readonly #users: ReadonlyMap<string, ListenerUser>
  readonly #rights: ReadonlyMap<string, readonly TopicFilter[]>
  /** By user, the last password that was right, keyed with a secret of this process: a reconnect costs no scrypt. */
  readonly #verified = new Map<string, string>()
  readonly #secret = randomBytes(32)
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(users: readonly ListenerUser[]) {
    this.#users = new Map(users.map((user) => [user.name, user]))
    this.#rights = new Map(users.map(({ name, topics }) => [name, (topics ?? [`${name}/#`]).map(parseFilter)]))
  }

  /** Throws `limit.exceeded` when too many wait. */
  async verify(name: string, password: Buffer): Promise<boolean> {
    const digest = createHmac('sha256', this.#secret).update(name).update('\0').update(password).digest('base64')
    if (this.#verified.get(name) === digest) return true
    if (this.#waiting >= maxWaiting) throw new AppError('limit.exceeded', 'too many passwords wait for their check')
    this.#waiting += 1
    const checking = this.#last.then(() => verifyPassword(password, this.#users.get(name)?.password ?? nobodysHash))
    this.#last = checking.catch(() => undefined)
    try {
      const isRight = (await checking) && this.#users.has(name)
      if (isRight) this.#verified.set(name, digest)
      return isRight
    } finally {
      this.#waiting -= 1
    }
  }

  mayPublish(name: string, topic: string): boolean {
    return !isReserved(topic) && this.#filters(name).some((filter) => matchesTopic(filter, topic))
  }

  maySubscribe(name: string, filter: string): boolean {
    const asked = parseFilter(filter)
    return !isReserved(filter) && this.#filters(name).some((own) => coversFilter(own, asked))
  }

  #filters(name: string): readonly TopicFilter[] {
    return this.#rights.get(name) ?? []
  }
}

function isReserved(topic: string): boolean {
  return reservedRoots.has(topic.split('/', 1)[0] ?? '')
}

/** Lines of `name:hash`; empty ones and those that begin with # are left out. Throws `config.invalid` naming the line. */
export function parseUsersFile(text: string, path: string, isHash: (hash: string) => boolean): readonly ListenerUser[] {
  return text.split('\n').flatMap((line, index) => {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return []
    const cut = trimmed.indexOf(':')
    const user = { name: trimmed.slice(0, cut), password: trimmed.slice(cut + 1) }
    const isSound = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(user.name) && isHash(user.password)
    if (cut > 0 && isSound) return [user]
    throw new AppError(
      'config.invalid',
      `${path} line ${index + 1} is not of the form name:scrypt$… (musubi mqtt-password)`,
    )
  })
}
