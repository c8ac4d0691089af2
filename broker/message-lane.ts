// The short way of plain messages: PUBLISH of QoS 0 and 1 and its PUBACK, from one connection's bytes to the others', past aedes.
import { takePacketId, type ClientState } from './aedes-client.ts'
import { hasRoom, settleLater, takePublish, type AuthorizationOptions } from './authorization.ts'
import type { Connection, PublishRight } from './connection.ts'
import { countClose } from './metrics.ts'
import type { Outlet, Waiting } from './outlet.ts'
import { FixedHeader, PacketAssembly } from './packet-framing.ts'
import { PacketGuard } from './contract/packet-guard.ts'
import type { SubscriptionIndex } from './subscription-index.ts'

/** A subscription of a client whose session ends with its connection, so that no message to it is kept. */
export interface Subscriber {
  readonly connection: Connection
  readonly client: ClientState
  readonly outlet: Outlet
  readonly qos: 0 | 1 | 2
}

export interface LaneOptions extends AuthorizationOptions {
  readonly index: SubscriptionIndex<Subscriber>
  /** A client with a session on disk may want the message, present or absent: aedes must see it. */
  readonly mayBeKept: () => boolean
  /** The broker waits for what it has taken, and takes no more. */
  readonly isStopping: () => boolean
  /** Gives a message that has been let in to aedes, which answers by `MessageLane.passedOn` and then by `done`. */
  readonly publish: (message: PlainMessage, client: ClientState, done: (error?: Error | null) => void) => void
}

interface PlainMessage {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1
}

/** What is known of a topic that this connection publishes to. */
interface Route {
  readonly topicBytes: Buffer
  readonly topic: string
  readonly right: PublishRight
  /** Undefined: some subscriber is reached through aedes alone. True for one version of the index. */
  subscribers: readonly Subscriber[] | undefined
  version: number
}

/** A PUBLISH packet within the bytes of a read. */
interface Frame {
  readonly bytes: Buffer
  readonly start: number
  readonly bodyAt: number
  readonly end: number
  readonly payloadAt: number
  readonly qos: 0 | 1
}

/** A connection publishes to few topics; one that invents more starts this memory again. */
const maxRoutes = 64
const maxTopicLevels = 100
/** Messages of one connection that may wait for a commit, for their rate or with aedes before no more are taken. */
const maxWaiting = 100

const none: Buffer = Buffer.alloc(0)
const puback = 0x40
const dupFlag = 0x08
const retainFlag = 0x01
const slash = 47

/**
 * Stands in front of the connection's `read`, through which aedes gets its bytes. Plain messages go their way here; everything
 * else (CONNECT, subscriptions, retained messages, QoS 2, sessions on disk) goes to aedes as whole packets. Order: a plain
 * message waits until aedes has passed on all earlier ones of its connection, and all share the connection's completion
 * order. Queue: what one read brought and `maxWaiting` messages, because the connection is not read meanwhile. Owner: the connection.
 */
export class MessageLane implements Waiting {
  readonly #given: LaneOptions
  readonly #connection: Connection
  readonly #client: ClientState
  readonly #outlet: Outlet
  readonly #guard: PacketGuard
  readonly #assembly = new PacketAssembly()
  readonly #header = new FixedHeader()
  readonly #readSocket: () => Buffer | null
  readonly #routes = new Map<string, Route>()
  #lastRoute: Route | undefined
  /** Whole packets that were read and not yet gone through, from `#at` on. */
  #bytes = none
  #at = 0
  /** Outlets that must drain before this connection is read on. */
  readonly #full = new Set<Outlet>()
  /** Messages for which the tap has no room yet. A bare `senml` pack waits for its commit instead, and more may come meanwhile. */
  #heldByTap = 0
  /** PUBLISH packets of QoS 0 and 1 that aedes has and has not yet passed on. */
  #withAedes = 0
  /** A retained one is among them, which even what goes through aedes would overtake while it is written. */
  #retainedBefore = false
  #wakes = false

  constructor(
    given: LaneOptions,
    ends: { readonly connection: Connection; readonly client: ClientState; readonly outlet: Outlet },
  ) {
    this.#given = given
    this.#connection = ends.connection
    this.#client = ends.client
    this.#outlet = ends.outlet
    this.#guard = new PacketGuard(given.limits.packetBytes, { largeStatus: true })
    const { socket } = ends.connection
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null
    this.#readSocket = () => read()
    // Node reads 0 bytes to have the buffer filled; aedes reads all there is.
    const value = (size?: number) => (size === 0 ? read(0) : this.#read())
    Object.defineProperty(socket, 'read', { writable: true, value })
  }

  /** aedes has passed on one of the messages that it was given. */
  passedOn(): void {
    this.#withAedes -= 1
    if (this.#withAedes === 0) this.#retainedBefore = false
    if (this.#withAedes === 0 || this.#withAedes === maxWaiting / 2) this.#wake()
  }

  drained(outlet: Outlet): void {
    this.#full.delete(outlet)
    if (this.#full.size === 0) this.#wake()
  }

  /** Whole packets for aedes, or null when there are none for it now; a 'readable' event follows when there may be more. */
  #read(): Buffer | null {
    // After giving aedes something it gets more in a later turn only, since it reads on from within its parser.
    while (!this.#wakes && !this.#connection.socket.destroyed) {
      if (this.#bytes.length === 0 && !this.#readChunk()) return null
      const forAedes = this.#walk()
      if (forAedes !== undefined) {
        if (this.#bytes.length > 0) this.#wake()
        return forAedes
      }
      if (this.#bytes.length > 0) return null
    }
    return null
  }

  #readChunk(): boolean {
    if (this.#mustWait()) return false
    const chunk = this.#readSocket()
    if (chunk === null) return false
    this.#given.counts.bytesIn += chunk.length
    this.#connection.heardAtMs = this.#given.clock.monotonic()
    if (this.#guard.accepts(chunk)) {
      this.#bytes = this.#assembly.add(chunk)
      this.#at = 0
      return true
    }
    countClose(this.#given.counts, this.#connection, 'packet-size')
    const { remote, socket } = this.#connection
    socket.destroy(this.#given.audit.denied('limit.exceeded', 'a packet is over the limit', { remote }))
    return false
  }

  #mustWait(): boolean {
    const { order, acknowledgements } = this.#connection
    if (this.#given.isStopping()) return true
    return this.#full.size > 0 || this.#heldByTap > 0 || order.size + acknowledgements.size >= maxWaiting
  }

  /** What goes through aedes as well may follow what aedes has, unless that is retained; what does not would overtake it. */
  #mustFollow(route: Route): boolean {
    if (this.#withAedes === 0) return false
    return (
      this.#withAedes >= maxWaiting ||
      this.#retainedBefore ||
      (!this.#given.mayBeKept() && this.#subscribersOf(route) !== undefined)
    )
  }

  #wake(): void {
    if (this.#wakes) return
    this.#wakes = true
    setImmediate(() => {
      this.#wakes = false
      const { socket } = this.#connection
      if (!socket.destroyed) socket.emit('readable')
    })
  }

  /** Goes through the packets up to the end, to one that must wait, or to the end of the first run for aedes, which it returns. */
  #walk(): Buffer | undefined {
    const bytes = this.#bytes
    const header = this.#header
    const { socket } = this.#connection
    let runAt = this.#at
    while (this.#at < bytes.length && !socket.destroyed && !this.#given.isStopping()) {
      // What follows CONNECT waits for its answer here: aedes queues little, and lets what comes later overtake it.
      if (!this.#client.connackSent && this.#connection.connectPacket !== undefined) break
      if (!this.#client.connackSent && this.#at > runAt) break
      header.read(bytes, this.#at)
      const first = bytes[this.#at] as number
      if (this.#isPlain(first)) {
        if (this.#at > runAt) break
        const outcome = first === puback ? 'taken' : this.#takePublish(first)
        if (outcome === 'waits') break
        if (outcome === 'taken') {
          this.#at = header.end
          runAt = this.#at
          continue
        }
      }
      // PUBLISH of QoS 0 or 1, retained or not.
      if ((first & 0xf4) === 0x30) {
        if ((first & retainFlag) !== 0) this.#retainedBefore = true
        this.#withAedes += 1
      }
      this.#at = header.end
    }
    const forAedes = this.#at > runAt ? bytes.subarray(runAt, this.#at) : undefined
    if (this.#at >= bytes.length) this.#bytes = none
    return forAedes
  }

  /** PUBLISH without RETAIN at QoS 0 or 1, or a PUBACK, of which nothing is kept where the session ends with the connection. */
  #isPlain(first: number): boolean {
    if (!this.#client.connected) return false
    if ((first & 0xf5) === 0x30) return true
    return first === puback && this.#header.end - this.#header.bodyAt === 2 && this.#client.clean
  }

  #takePublish(first: number): 'taken' | 'waits' | 'for aedes' {
    const bytes = this.#bytes
    const { start, bodyAt, end } = this.#header
    const qos = ((first >> 1) & 1) as 0 | 1
    const topicEnd = bodyAt + 2 + (((bytes[bodyAt] as number) << 8) | (bytes[bodyAt + 1] as number))
    const payloadAt = topicEnd + 2 * qos
    // Longer than need be: what the remaining length says would not be what others' copies should say.
    const oddLength = bodyAt > start + 2 && bytes[bodyAt - 1] === 0
    if (bodyAt + 2 > end || payloadAt > end || oddLength) return 'for aedes'
    // DUP at QoS 0, or packet id 0: `authorizePublish` ends the connection for it.
    if (qos === 0 ? (first & dupFlag) !== 0 : bytes[payloadAt - 2] === 0 && bytes[payloadAt - 1] === 0)
      return 'for aedes'
    const route = this.#routeOf(bodyAt + 2, topicEnd)
    if (route === undefined) return 'for aedes'
    if (this.#mustWait() || this.#mustFollow(route)) return 'waits'
    const { topic, right } = route
    const payload = bytes.subarray(payloadAt, end)
    const held = takePublish(this.#given, this.#connection, { topic, payload, up: right.up })
    const frame = { bytes, start, bodyAt, end, payloadAt, qos }
    if (held === undefined) this.#pass(route, frame)
    else if (held.refused !== undefined) this.#fail(held.refused)
    else {
      const isHeld = held.tapped !== undefined && right.up?.topic.kind !== 'senml'
      if (isHeld) this.#heldByTap += 1
      settleLater(this.#given, this.#connection, held, (error) => this.#settled(route, frame, isHeld, error))
    }
    return 'taken'
  }

  #settled(route: Route, frame: Frame, isHeld: boolean, error: Error | null | undefined): void {
    if (isHeld) this.#heldByTap -= 1
    if (error !== null && error !== undefined) this.#fail(error)
    // The client may have gone by itself meanwhile; its message was taken all the same.
    else if (this.#connection.closedFor === undefined) this.#pass(route, frame)
    this.#wake()
  }

  #fail(error: Error): void {
    this.#connection.socket.destroy(error)
  }

  /** Hands the message to whoever subscribed, and acknowledges it when it is stored where it is to be. */
  #pass(route: Route, frame: Frame): void {
    const throughAedes = this.#withAedes > 0 || this.#given.mayBeKept()
    const subscribers = throughAedes ? undefined : this.#subscribersOf(route)
    if (subscribers === undefined) {
      this.#passToAedes(route, frame)
      return
    }
    if (frame.qos === 1) this.#acknowledge(frame)
    for (const subscriber of subscribers) this.#send(subscriber, frame)
  }

  #passToAedes({ topic }: Route, frame: Frame): void {
    const { bytes, payloadAt, end, qos } = frame
    this.#withAedes += 1
    const message = { topic, payload: bytes.subarray(payloadAt, end), qos }
    const settle = (error: Error | null | undefined) => {
      if (error) this.#fail(error)
      else if (qos === 1) this.#acknowledge(frame)
      this.#wake()
    }
    const answered = qos === 0 ? settle : this.#connection.acknowledgements.enter(settle)
    this.#given.publish(message, this.#client, (error) => answered(error ?? undefined))
  }

  #acknowledge({ bytes, payloadAt }: Frame): void {
    this.#outlet.acknowledge(bytes, payloadAt - 2)
    this.#waitWhileFull(this.#outlet)
  }

  #send({ connection, client, outlet, qos: granted }: Subscriber, frame: Frame): void {
    const { limits, counts } = this.#given
    const { socket } = connection
    const qos = frame.qos === 0 || granted === 0 ? 0 : 1
    if (socket.writableLength > limits.subscriberQueueBytes && !hasRoom(this.#given, connection, () => qos)) return
    if (socket.destroyed) return
    counts.messagesOut += 1
    const { bytes, start, end, payloadAt } = frame
    if (frame.qos === 0) outlet.copy(bytes, start, end)
    else if (qos === 0) outlet.copyWithoutId(bytes, frame.bodyAt, end, payloadAt - 2)
    else outlet.copyWithId(bytes, start, end, payloadAt - 2, takePacketId(client))
    if (qos > 0) this.#waitWhileFull(outlet)
  }

  #waitWhileFull(outlet: Outlet): void {
    if (!outlet.isFull || this.#full.has(outlet)) return
    this.#full.add(outlet)
    outlet.whenDrained(this)
  }

  #subscribersOf(route: Route): readonly Subscriber[] | undefined {
    const { index } = this.#given
    if (route.version === index.version) return route.subscribers
    const { topic } = route
    route.version = index.version
    route.subscribers = index.subscribers(topic)?.filter(({ connection }) => topic.startsWith(connection.topicPrefix))
    return route.subscribers
  }

  /** Undefined for a topic that aedes is to judge: no right to publish there, or not a topic at all. */
  #routeOf(from: number, to: number): Route | undefined {
    const last = this.#lastRoute
    const bytes = this.#bytes
    if (last !== undefined && last.topicBytes.length === to - from && last.topicBytes.compare(bytes, from, to) === 0) {
      return last
    }
    const topic = bytes.toString('utf8', from, to)
    const route = this.#routes.get(topic) ?? this.#newRoute(topic)
    // Not UTF-8: what was understood is not what was sent.
    if (route === undefined || route.topicBytes.compare(bytes, from, to) !== 0) return undefined
    this.#lastRoute = route
    return route
  }

  #newRoute(topic: string): Route | undefined {
    if (!isTopicName(topic)) return undefined
    const right = this.#connection.publishRight(topic)
    if (right === undefined) return undefined
    if (this.#routes.size >= maxRoutes) this.#routes.clear()
    const route: Route = { topicBytes: Buffer.from(topic), topic, right, subscribers: undefined, version: -1 }
    this.#routes.set(topic, route)
    return route
  }
}

function isTopicName(topic: string): boolean {
  if (topic === '' || topic.includes('#') || topic.includes('+') || topic.includes('\0')) return false
  let levels = 1
  for (let at = 0; at < topic.length; at += 1) if (topic.charCodeAt(at) === slash) levels += 1
  return levels <= maxTopicLevels
}
