// What aedes does not offer from outside, or does in an order that loses something: reached here and nowhere else.
import type { Aedes, Client, PublishPacket } from 'aedes'

/** The state of aedes's client that must be reached, beyond its published type. */
export interface ClientState extends Client {
  will: PublishPacket | null
  duplicates: object
  /** CONNECT was answered, with whatever code. */
  readonly connackSent: boolean
  /** The packet id that aedes will give its next message of QoS 1 or 2 to this client. */
  _nextId: number
}

/** The next packet id to this client, from the same count as aedes's own, so that one connection has one [MQTT-2.3.1-4]. */
export function takePacketId(client: ClientState): number {
  const id = client._nextId
  client._nextId = id >= 65_535 ? 1 : id + 1
  return id
}

export function clientsOf(aedes: Aedes): Record<string, ClientState> {
  return (aedes as unknown as { clients: Record<string, ClientState> }).clients
}

export function closeAedes(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(() => resolve()))
}

/**
 * [MQTT-3.1.4-2] with the old connection's will published before the new connection stores its own: aedes does it the
 * other way round, and then deletes the new will together with the old.
 */
export async function endEarlierConnection(aedes: Aedes, clientId: string): Promise<void> {
  const earlier = clientsOf(aedes)[clientId]
  if (earlier === undefined || earlier.closed) return
  const { will } = earlier
  earlier.will = null
  await new Promise<void>((resolve) => earlier.close(() => resolve()))
  if (will === null) return
  await new Promise<void>((resolve) => {
    aedes.authorizePublish(null, will, (error) => (error ? resolve() : aedes.publish(will, () => resolve())))
  })
}

/**
 * aedes drops a message for a subscriber that has already had one with a higher counter. A retained or queued message
 * waits for the disk after it got its counter, so a later one overtakes it, and it would be lost. Without this memory a
 * subscriber with overlapping filters gets a copy for each, as MQTT 3.1.1 §3.3.5 allows.
 */
export function withoutDeduplication(brokerId: string): object {
  return Object.defineProperty({}, brokerId, { get: () => 0, set() {}, configurable: true })
}

/** `aedes.publish` with a client, as aedes calls it itself. */
export type PublishFrom = (packet: PublishPacket, client: Client, done: (error?: Error | null) => void) => void

/**
 * Puts two things in front of `aedes.publish`. Most upward messages are for the tap alone: one that nobody subscribed to
 * and that is not retained is done here at once, where aedes would ask store and emitter over several turns of the event
 * loop to deliver it to no one. And aedes writes a PUBACK first and stores the message afterwards: what was published by
 * the returned function is not published again when aedes has written its PUBACK.
 */
export function frontPublish(
  aedes: Aedes,
  given: {
    readonly isHeard: (topic: string) => boolean
    readonly passed: (packet: PublishPacket, client: Client) => void
  },
): PublishFrom {
  const published = new WeakSet<PublishPacket>()
  const publish = aedes.publish.bind(aedes) as (...given: unknown[]) => void
  const publishHeard = (packet: PublishPacket, client: Client | null, done: unknown): void => {
    if (typeof done !== 'function' || packet.retain || given.isHeard(packet.topic)) {
      publish(packet, client, done)
      return
    }
    if (client !== null) given.passed(packet, client)
    done()
  }
  Object.defineProperty(aedes, 'publish', {
    value(packet: PublishPacket, client: Client | null, done: unknown): void {
      if (published.delete(packet) && typeof done === 'function') done()
      else publishHeard(packet, client, done)
    },
  })
  return (packet, client, done) => {
    publishHeard(packet, client, (error?: Error | null) => {
      published.add(packet)
      done(error)
    })
  }
}
