// One narrow way to the hub that several connections share, as all traffic of a gateway shares its modem: first come, first served.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface NarrowLink {
  /** A loopback port whose connections go over this link to a port of the hub. */
  open(targetPort: number): Promise<number>
  /** Resets every connection and refuses new ones. */
  cut(): void
  restore(): void
  /** Bytes that went up. */
  upBytes(): number
  close(): Promise<void>
}

/** What each connection may have in the modem's queue before it is held back; a modem holds about half a second. */
const queueBytes = 131_072
const portionBytes = 4096

interface Portion {
  readonly bytes: Buffer
  readonly pair: Pair
}

interface Pair {
  readonly near: Socket
  readonly far: Socket
  queued: number
}

/** `bytesPerSecond` upwards; downwards nothing is slowed. */
export function createNarrowLink(bytesPerSecond: number): NarrowLink {
  const servers: Server[] = []
  const pairs = new Set<Pair>()
  const queue: Portion[] = []
  let isCut = false
  let passed = 0
  let freeMs = 0
  let timer: NodeJS.Timeout | undefined

  function pump(): void {
    timer = undefined
    for (let portion = queue[0]; portion !== undefined; portion = queue[0]) {
      const nowMs = performance.now()
      if (freeMs > nowMs) {
        timer = setTimeout(pump, freeMs - nowMs)
        return
      }
      queue.shift()
      // Timers come late: what they missed is made good, as far as a tenth of a second.
      freeMs = Math.max(freeMs, nowMs - 100) + (portion.bytes.length / bytesPerSecond) * 1000
      deliver(portion)
    }
  }

  function deliver({ bytes, pair }: Portion): void {
    pair.queued -= bytes.length
    if (pair.far.destroyed) return
    passed += bytes.length
    pair.far.write(bytes)
    if (pair.queued < queueBytes) pair.near.resume()
    if (pair.queued === 0 && pair.near.readableEnded) pair.far.end()
  }

  function accept(near: Socket, targetPort: number): void {
    near.on('error', () => undefined)
    if (isCut) {
      near.resetAndDestroy()
      return
    }
    const far = connect({ host: '127.0.0.1', port: targetPort, noDelay: true })
    far.on('error', () => near.destroy())
    const pair: Pair = { near, far, queued: 0 }
    pairs.add(pair)
    near.setNoDelay(true)
    near.on('data', (bytes: Buffer) => {
      for (let from = 0; from < bytes.length; from += portionBytes) {
        queue.push({ bytes: bytes.subarray(from, from + portionBytes), pair })
      }
      pair.queued += bytes.length
      if (pair.queued >= queueBytes) near.pause()
      if (timer === undefined) pump()
    })
    near.on('end', () => {
      if (pair.queued === 0) far.end()
    })
    near.on('close', () => {
      pairs.delete(pair)
      if (!near.readableEnded) far.destroy()
    })
    far.pipe(near)
    far.on('close', () => near.destroy())
  }

  return {
    async open(targetPort) {
      const server = createServer({ allowHalfOpen: true }, (near) => accept(near, targetPort))
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return (server.address() as AddressInfo).port
    },
    cut() {
      isCut = true
      for (const { near, far } of pairs) {
        near.resetAndDestroy()
        far.resetAndDestroy()
      }
      queue.length = 0
    },
    restore: () => void (isCut = false),
    upBytes: () => passed,
    async close() {
      clearTimeout(timer)
      for (const { near, far } of pairs) {
        near.destroy()
        far.destroy()
      }
      for (const server of servers) await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
