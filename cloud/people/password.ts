// Passwords as Argon2id hashes that carry their own parameters, so that stronger ones can follow without asking anybody.
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'

interface Parameters {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane. */
const present: Parameters = { memoryKib: 19_456, passes: 2, lanes: 1 }
const saltBytes = 16
const tagBytes = 32
const passwordLimits = { min: 12, max: 256 } as const
/** Bound: 4 hashes at once take 76 MiB; more wait. Overflow: refused, and the person tries again. Owner: this module. */
const mostAtOnce = 4
const mostWaiting = 64

const derive = promisify(argon2)

/** `$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG` */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const { memoryKib, passes, lanes } = present
  const tag = await tagOf(password, salt, present, tagBytes)
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${plain(salt)}$${plain(tag)}`
}

/** `outdated`: it is right, and kept with weaker parameters than today's. An absent hash takes as long as a wrong password. */
export async function checkPassword(password: string, hash: string | null): Promise<'right' | 'wrong' | 'outdated'> {
  const parts = hash === null ? undefined : parse(hash)
  if (parts === undefined) {
    await tagOf(password, Buffer.alloc(saltBytes), present, tagBytes)
    return 'wrong'
  }
  const { parameters, salt, tag } = parts
  const found = await tagOf(password, salt, parameters, tag.length)
  if (!timingSafeEqual(found, tag)) return 'wrong'
  const { memoryKib, passes, lanes } = parameters
  const isPresent = memoryKib === present.memoryKib && passes === present.passes && lanes === present.lanes
  return isPresent ? 'right' : 'outdated'
}

/** Throws `people.password`. NIST SP 800-63B: long, not guessable from the person, no rules of composition. */
export function requireStrong(password: string, about: readonly string[]): void {
  const { min, max } = passwordLimits
  const length = Array.from(password).length
  if (length < min || length > max) throw new AppError('people.password', `a password has ${min} to ${max} characters`)
  if (new Set(password).size < 5) throw new AppError('people.password', 'the password repeats few characters')
  const small = password.toLowerCase()
  const known = about.flatMap((word) => word.toLowerCase().split(/[@\s]/)).filter((word) => word.length >= 4)
  const rest = known.reduce((left, word) => left.replaceAll(word, ''), small)
  if (rest.length < min / 2) throw new AppError('people.password', 'the password is made of the name of its person')
  if (/^(?:\d+|(.{1,4})\1+)$/.test(small)) {
    throw new AppError('people.password', 'the password is only digits, or one piece again and again')
  }
}

let running = 0
const waiting: (() => void)[] = []

async function tagOf(password: string, nonce: Buffer, { memoryKib, passes, lanes }: Parameters, tagLength: number) {
  if (running >= mostAtOnce) {
    if (waiting.length >= mostWaiting) throw new AppError('ingest.overloaded', 'too many sign-ins at once')
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  running += 1
  try {
    const message = password.normalize('NFKC')
    return await derive('argon2id', { message, nonce, memory: memoryKib, passes, parallelism: lanes, tagLength })
  } finally {
    running -= 1
    waiting.shift()?.()
  }
}

function parse(hash: string) {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash)
  if (found === null) return undefined
  const [, memory, passes, lanes, salt = '', tag = ''] = found
  const parameters = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) }
  return { parameters, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') }
}

function plain(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
