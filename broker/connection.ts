// What the broker knows of one connection: who it is, what it may do, how fast it goes, why it was closed.
import type { Duplex } from 'node:stream'
import type { ConnectPacket } from 'aedes'
import type { GatewayPrincipal } from '../provisioning/registry/gateway-tls.ts'
import { mayPublish, parseTopic, topicOf, upChannels, type Topic } from './contract/topics.ts'
import { CompletionOrder } from './completion-order.ts'
import type { BrokerLimits } from './limits.ts'
import type { DisconnectReason } from './metrics.ts'
import { RateLimit } from './rate-limit.ts'

/**
 * A gateway proved its identity by certificate and has the rights of the topic contract. An operator came in over the
 * loopback listener: whoever runs programs on the hub's machine is trusted with every topic.
 */
export type Principal = GatewayPrincipal | { readonly kind: 'operator' }

/** A topic that this connection may publish to; `up` when it is one of the contract's upward channels. */
export interface PublishRight {
  readonly up: { readonly topic: Topic; readonly mayRetain: boolean } | undefined
}

/** Topics differ by command id only, so few are seen; a client that invents more starts the cache again. */
const cachedTopics = 64

export class Connection {
  readonly principal: Principal
  readonly socket: Duplex
  readonly remote: string
  readonly order = new CompletionOrder()
  /** Messages of QoS 1 that aedes has, in the order of their PUBACKs. */
  readonly acknowledgements = new CompletionOrder()
  readonly rate: RateLimit | undefined
  /** `musubi/v1/{tenant}/{gateway}/` for a gateway, empty for an operator: the prefix of all that it may receive. */
  readonly topicPrefix: string
  connectPacket: ConnectPacket | undefined
  /** What CONNECT asked for; 0: no limit to its silence. */
  keepAliveS = 0
  /** Monotonic ms at which something was last read. */
  heardAtMs = -Infinity
  /** Set once, by whoever closes the connection first. */
  closedFor: DisconnectReason | undefined
  readonly #rights = new Map<string, PublishRight>()

  constructor(given: {
    readonly principal: Principal
    readonly socket: Duplex
    readonly remote: string
    readonly limits: BrokerLimits
  }) {
    this.principal = given.principal
    this.socket = given.socket
    this.remote = given.remote
    const gateway = given.principal.kind === 'gateway' ? given.principal.identity : undefined
    this.rate = gateway === undefined ? undefined : new RateLimit(given.limits)
    this.topicPrefix = gateway === undefined ? '' : topicOf(gateway, 'ack').slice(0, -'ack'.length)
  }

  /** The right to publish here, or undefined when there is none. */
  publishRight(topic: string): PublishRight | undefined {
    const known = this.#rights.get(topic)
    if (known !== undefined) return known
    const right = publishRight(this.principal, topic)
    if (right === undefined) return undefined
    if (this.#rights.size >= cachedTopics) this.#rights.clear()
    this.#rights.set(topic, right)
    return right
  }
}

/** Rights come from the topic contract alone; for operators only the broker's own `$SYS` is closed. */
function publishRight(principal: Principal, topic: string): PublishRight | undefined {
  const allowed =
    principal.kind === 'gateway'
      ? mayPublish(principal.identity, topic)
      : !topic.startsWith('$SYS/') && topic !== '$SYS'
  if (!allowed) return undefined
  const parsed = parseTopic(topic)
  const isUp =
    parsed !== undefined && (parsed.kind === 'command-result' || upChannels.some((kind) => kind === parsed.kind))
  if (!isUp) return { up: undefined }
  return { up: { topic: parsed, mayRetain: parsed.kind === 'status' || parsed.kind === 'reported' } }
}
