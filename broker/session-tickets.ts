// The key of TLS session tickets: kept across restarts, so that a storm of returning clients resumes, and rotated.
import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Server } from 'node:tls'
import type { Clock, Log, Timer } from './contract/ports.ts'

const keyBytes = 48
/** A ticket is worth at most this long; RFC 8446 §4.6.1 allows seven days. */
export const sessionLifeS = 86_400
const rotateMs = sessionLifeS * 1000

export interface SessionTickets {
  readonly keys: Buffer
  /** Gives the server a new key whenever the old one has served for a day. */
  rotate(server: Server): void
  stop(): void
}

export async function openSessionTickets(given: {
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
}): Promise<SessionTickets> {
  const file = join(given.folder, 'tls-ticket.key')
  let current = (await readKey(file, given.clock.now())) ?? (await writeKey(file, given.clock.now()))
  let timer: Timer | undefined
  let stopped = false

  function schedule(server: Server): void {
    const left = Math.max(1000, current.madeMs + rotateMs - given.clock.now())
    timer = given.clock.setTimer(() => {
      writeKey(file, given.clock.now())
        .then((made) => {
          current = made
          server.setTicketKeys(made.keys)
        })
        .catch((thrown: unknown) => given.log.error({ error: thrown }, 'the session ticket key was not rotated'))
        .finally(() => {
          if (!stopped) schedule(server)
        })
    }, left)
  }

  return {
    get keys() {
      return current.keys
    },
    rotate: schedule,
    stop() {
      stopped = true
      timer?.cancel()
    },
  }
}

interface TicketKey {
  readonly keys: Buffer
  readonly madeMs: number
}

/** The file is eight bytes of time, then the key; anything else is replaced. */
async function readKey(file: string, nowMs: number): Promise<TicketKey | undefined> {
  const bytes = await readFile(file).catch(() => undefined)
  if (bytes?.length !== 8 + keyBytes) return undefined
  const madeMs = bytes.readDoubleBE(0)
  const usable = madeMs <= nowMs && nowMs - madeMs < rotateMs
  return usable ? { keys: bytes.subarray(8), madeMs } : undefined
}

async function writeKey(file: string, nowMs: number): Promise<TicketKey> {
  const keys = randomBytes(keyBytes)
  const time = Buffer.alloc(8)
  time.writeDoubleBE(nowMs)
  await writeFile(`${file}.new`, Buffer.concat([time, keys]), { mode: 0o600 })
  await rename(`${file}.new`, file)
  return { keys, madeMs: nowMs }
}
