// A network link that can be cut, slowed, narrowed or made to swallow everything: what LTE does to a gateway's uplink.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Clock, Timer } from '../../broker/contract/ports.ts'
import { listen } from './modbus/modbus-server.ts'

/**
 * up: bytes pass. cut: connections are reset and new ones refused by closing. half-open: connections stay open and new
 * ones are taken, but nothing passes (no FIN, no reset: the peer learns of it only by time-outs); what was sent into it
 * is lost, so that a connection that saw a half-open link is reset when the link changes.
 */
type LinkState = 'up' | 'cut' | 'half-open'

export interface LinkOptions {
  /** Loopback port to take connections on; 0 for any. */
  readonly listen: { readonly port: number }
  readonly target: { readonly host: string; readonly port: number }
  readonly clock: Clock
}

export interface Link {
  readonly port: number
  state(): LinkState
  cut(): void
  halfOpen(): void
  restore(): void
  /** One-way delay added to every chunk, ms; and bytes a second in each direction (undefined: unlimited). */
  shape(shape: { readonly delayMs?: number; readonly bytesPerSecond?: number }): void
  /** Bytes that passed, both directions, and those that a half-open link swallowed. */
  counters(): { readonly passedBytes: number; readonly swallowedBytes: number; readonly connections: number }
  close(): Promise<void>
}

interface LinkContext {
  readonly options: LinkOptions
  readonly pairs: Set<Pair>
  readonly timers: Set<Timer>
  state: LinkState
  delayMs: number
  bytesPerSecond: number
  passedBytes: number
  swallowedBytes: number
  connections: number
}

interface Pair {
  readonly near: Socket
  readonly far: Socket
  /** Bytes of this connection were swallowed, or are missing for another reason: it cannot go on. */
  torn: boolean
}

export async function createLink(options: LinkOptions): Promise<Link> {
  const link: LinkContext = {
    options,
    pairs: new Set(),
    timers: new Set(),
    state: 'up',
    delayMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    passedBytes: 0,
    swallowedBytes: 0,
    connections: 0,
  }
  const server = createServer({ allowHalfOpen: true }, (near) => accept(link, near))
  await listen(server, options.listen.port)
  return {
    port: (server.address() as AddressInfo).port,
    state: () => link.state,
    cut: () => changeState(link, 'cut'),
    halfOpen: () => changeState(link, 'half-open'),
    restore: () => changeState(link, 'up'),
    shape({ delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY }) {
      Object.assign(link, { delayMs, bytesPerSecond })
    },
    counters: () => ({
      passedBytes: link.passedBytes,
      swallowedBytes: link.swallowedBytes,
      connections: link.connections,
    }),
    async close() {
      for (const timer of link.timers) timer.cancel()
      link.timers.clear()
      for (const pair of link.pairs) tear(pair)
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function changeState(link: LinkContext, state: LinkState): void {
  if (link.state === state) return
  link.state = state
  for (const pair of link.pairs) {
    if (state === 'cut' || (state === 'up' && pair.torn)) tear(pair)
  }
}

function tear(pair: Pair): void {
  pair.near.resetAndDestroy()
  pair.far.resetAndDestroy()
}

function accept(link: LinkContext, near: Socket): void {
  if (link.state === 'cut') {
    near.on('error', () => undefined)
    near.resetAndDestroy()
    return
  }
  link.connections += 1
  const far = connect({ ...link.options.target, allowHalfOpen: true, noDelay: true })
  near.setNoDelay(true)
  const pair: Pair = { near, far, torn: link.state === 'half-open' }
  link.pairs.add(pair)
  for (const socket of [near, far]) {
    socket.on('error', () => tear(pair))
    socket.on('close', () => {
      // While nothing passes, the end of one side must not show on the other.
      if (link.state === 'half-open') pair.torn = true
      else closeOther(pair, socket)
      if (near.destroyed && far.destroyed) link.pairs.delete(pair)
    })
  }
  forward(link, pair, near, far)
  forward(link, pair, far, near)
}

function closeOther(pair: Pair, closed: Socket): void {
  const other = closed === pair.near ? pair.far : pair.near
  if (!other.destroyed) other.destroySoon()
}

/** Passes one direction on. At most one chunk (64 KiB) is held per direction: the source is paused meanwhile. */
function forward(link: LinkContext, pair: Pair, from: Socket, to: Socket): void {
  from.on('data', (bytes: Buffer) => {
    if (link.state === 'half-open') {
      link.swallowedBytes += bytes.length
      pair.torn = true
      return
    }
    const waitMs = link.delayMs + (bytes.length / link.bytesPerSecond) * 1000
    if (waitMs === 0) {
      pass(link, from, to, bytes)
      return
    }
    from.pause()
    later(link, waitMs, () => {
      if (link.state === 'half-open') {
        link.swallowedBytes += bytes.length
        pair.torn = true
      } else if (!to.destroyed) {
        pass(link, from, to, bytes)
      }
      from.resume()
    })
  })
  from.on('end', () => {
    if (link.state === 'half-open') pair.torn = true
    else to.end()
  })
}

function pass(link: LinkContext, from: Socket, to: Socket, bytes: Buffer): void {
  link.passedBytes += bytes.length
  if (to.write(bytes)) return
  from.pause()
  to.once('drain', () => from.resume())
}

function later(link: LinkContext, delayMs: number, action: () => void): void {
  const timer = link.options.clock.setTimer(() => {
    link.timers.delete(timer)
    action()
  }, delayMs)
  link.timers.add(timer)
}
