// The hooks that aedes calls: who may connect, publish, subscribe and receive. None of them may throw: aedes would die.
import type { AedesPublishPacket, AuthenticateError, Client, ConnectPacket, PublishPacket, Subscription } from 'aedes'
import type { PublishFrom } from './aedes-client.ts'
import type { Audit } from './audit.ts'
import { watchKeepAlive } from './connection-watch.ts'
import type { Connection, PublishRight } from './connection.ts'
import { toAppError, type AppError } from './contract/app-error.ts'
import type { Clock } from './contract/ports.ts'
import { gatewayKey, maySubscribe, type GatewayIdentity, type Topic } from './contract/topics.ts'
import type { BrokerLimits } from './limits.ts'
import { countClose, countReason, type BrokerCounts, type DenialReason, type DisconnectReason } from './metrics.ts'
import type { PendingTaps } from './pending-taps.ts'
import { matchesFilter } from './topic-filter.ts'

/** An upward message of the contract, as it passes the broker. `identity` is that of the topic, which rights tie to the sender. */
interface UpwardPublish {
  readonly topic: string
  readonly kind: Topic['kind']
  readonly identity: GatewayIdentity
  /** Valid during the call; a tap that keeps it longer copies it. */
  readonly payload: Uint8Array
}

/** Sees each upward message before its PUBACK. A promise holds the PUBACK; its rejection closes the connection without one. */
export type Tap = (publish: UpwardPublish) => void | Promise<void>

export interface AuthorizationOptions {
  readonly clock: Clock
  readonly limits: BrokerLimits
  readonly counts: BrokerCounts
  readonly audit: Audit
  readonly taps: PendingTaps
  readonly tap: Tap | undefined
  readonly connectionOf: (client: Client) => Connection | undefined
  /** Ends an earlier connection with the same client id, its will included, before the new one goes on. */
  readonly replace: (clientId: string) => Promise<void>
  /** Runs `subscribe`, by which aedes enters the subscription unless it stores it first. */
  readonly granting: (client: Client, subscription: Subscription, subscribe: () => void) => void
  /** aedes has passed a client's message on. */
  readonly passed: (packet: Pick<PublishPacket, 'qos'>, client: Client) => void
  /** Publishes through aedes, which does not publish the packet again when it comes to it. */
  readonly publishFirst: PublishFrom
}

type Done = (error?: Error | null) => void

/** CONNACK return codes of MQTT 3.1.1 §3.2.2.3. */
const identifierRejected = 2
const serverUnavailable = 3
const notAuthorized = 5

export function brokerHooks(given: AuthorizationOptions) {
  return {
    preConnect(client: Client, packet: ConnectPacket, callback: (error: Error | null, success: boolean) => void): void {
      const connection = given.connectionOf(client)
      if (connection !== undefined) {
        connection.connectPacket = packet
        connection.keepAliveS = packet.keepalive ?? 0
        // aedes would wait for packets that pass it by; the broker watches instead.
        packet.keepalive = 0
        watchKeepAlive(connection, given)
      }
      callback(null, connection !== undefined)
    },

    authenticate(
      client: Client,
      _username: unknown,
      _password: unknown,
      done: (error: AuthenticateError | null, success: boolean | null) => void,
    ): void {
      const connection = given.connectionOf(client)
      const refusal = connection === undefined ? undefined : refuseConnect(given, connection, client)
      if (connection === undefined || refusal !== undefined) {
        done(refusal ?? connectError(new Error('unknown connection'), notAuthorized), false)
        return
      }
      void admitWhenAlone(given, client.id, done)
    },

    authorizePublish(client: Client | null, packet: PublishPacket, done: Done): void {
      try {
        authorizePublish(given, client, packet, done)
      } catch (thrown) {
        done(toAppError(thrown, 'ingest.overloaded'))
      }
    },

    authorizeSubscribe(
      client: Client,
      subscription: Subscription,
      done: (error: Error | null, subscription?: Subscription | null) => void,
    ): void {
      if (mayReceive(given, client, subscription.topic)) {
        given.granting(client, subscription, () => done(null, subscription))
        return
      }
      deny(given, 'subscribe', given.connectionOf(client), `may not subscribe to ${quoted(subscription.topic)}`)
      // aedes answers 0x80 for this filter [MQTT-3.9.3-2].
      done(null, null)
    },

    authorizeForward: (client: Client, packet: AedesPublishPacket) => authorizeForward(given, client, packet),

    published(packet: AedesPublishPacket, client: Client | null, done: Done): void {
      if (client !== null) given.passed(packet, client)
      done(null)
    },
  }
}

async function admitWhenAlone(
  given: AuthorizationOptions,
  clientId: string,
  done: (error: AuthenticateError | null, success: boolean | null) => void,
): Promise<void> {
  let failure: AuthenticateError | null = null
  try {
    await given.replace(clientId)
  } catch (thrown) {
    failure = connectError(toAppError(thrown, 'store.unavailable'), serverUnavailable)
  }
  done(failure, failure === null)
}

/** May this client subscribe to the filter? Operators to all, gateways to what the topic contract gives them. */
export function mayReceive(given: Pick<AuthorizationOptions, 'connectionOf'>, client: Client, filter: string): boolean {
  const principal = given.connectionOf(client)?.principal
  if (principal === undefined) return false
  return principal.kind === 'operator' || maySubscribe(principal.identity, filter)
}

function refuseConnect(
  given: AuthorizationOptions,
  connection: Connection,
  client: Client,
): AuthenticateError | undefined {
  const packet = connection.connectPacket
  const refuse = (reason: DenialReason, message: string, returnCode: number) =>
    connectError(deny(given, reason, connection, message), returnCode)
  // [MQTT-3.1.3-8]: a client without an id cannot have a session to come back to.
  if (packet === undefined || (packet.clientId === '' && !packet.clean)) {
    return refuse('client-id', 'an empty client id needs a clean session', identifierRejected)
  }
  const { principal } = connection
  if (principal.kind === 'operator') return undefined
  const expected = gatewayKey(principal.identity)
  if (client.id !== expected) {
    return refuse('client-id', `the client id must be ${expected}, not ${quoted(client.id)}`, identifierRejected)
  }
  const { keepAliveS } = connection
  if (keepAliveS < 1 || keepAliveS > given.limits.keepAliveS) {
    return refuse('keep-alive', `keep-alive ${keepAliveS} s is not 1 to ${given.limits.keepAliveS} s`, notAuthorized)
  }
  if (packet.will !== undefined && connection.publishRight(packet.will.topic) === undefined) {
    return refuse('will', `the last will may not go to ${quoted(packet.will.topic)}`, notAuthorized)
  }
  return undefined
}

function connectError(error: Error, returnCode: number): AuthenticateError {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- aedes declares the codes as an ambient const enum
  return Object.assign(error, { returnCode })
}

function authorizePublish(given: AuthorizationOptions, client: Client | null, packet: PublishPacket, done: Done): void {
  // Without a client: a will that outlived its broker. Its topic was judged when its client connected.
  const connection = client === null ? undefined : given.connectionOf(client)
  if (client !== null && connection === undefined) {
    done(new Error('unknown connection'))
    return
  }
  const fault = faultOf(packet)
  if (fault !== undefined) {
    close(given, connection, 'protocol')
    done(new Error(fault))
    return
  }
  // It says how the message came to us, not how it goes on [MQTT-3.3.1-3].
  packet.dup = false
  const right = connection === undefined ? { up: undefined } : connection.publishRight(packet.topic)
  if (right === undefined) {
    close(given, connection, 'forbidden')
    done(deny(given, 'publish', connection, `may not publish to ${quoted(packet.topic)}`, 'topic.forbidden'))
    return
  }
  if (packet.retain && right.up !== undefined && !right.up.mayRetain) {
    // A retained reading would be delivered again as if it were new.
    packet.retain = false
    countReason(given.counts.drops, 'retain-flag')
  }
  const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
  const held = takePublish(given, connection, { topic: packet.topic, payload, up: right.up })
  const pass: Done = (error) => {
    if (error || client === null || connection === undefined) done(error)
    else publishBeforePuback(given, { connection, client, packet }, done)
  }
  if (held === undefined) pass(null)
  else if (held.refused !== undefined) done(held.refused)
  else if (connection !== undefined) settleLater(given, connection, held, pass)
  else if (held.tapped === undefined) done(null)
  else given.taps.wait(held.tapped, done)
}

/** A PUBACK says that the message is stored, where it is to be; aedes would write it first. */
function publishBeforePuback(
  given: AuthorizationOptions,
  sent: { readonly connection: Connection; readonly client: Client; readonly packet: PublishPacket },
  done: Done,
): void {
  const { connection, client, packet } = sent
  if (packet.qos !== 1 || connection.closedFor !== undefined) {
    done(null)
    return
  }
  const acknowledge = connection.acknowledgements.enter((error) => done(error ?? null))
  given.publishFirst(packet, client, (error) => acknowledge(error ?? undefined))
}

/** What MQTT 3.1.1 forbids in a PUBLISH and aedes takes all the same. The connection ends for it [MQTT-4.8.0-1]. */
function faultOf(packet: PublishPacket & { readonly messageId?: number }): string | undefined {
  if (packet.qos === 0 && packet.dup) return 'a message of QoS 0 has the DUP flag [MQTT-3.3.1-2]'
  if (packet.qos > 0 && packet.messageId === 0) return 'a packet id is 0 [MQTT-2.3.1-1]'
  if (packet.topic.includes('\0')) return 'a topic has the character U+0000 [MQTT-1.5.3-2]'
  return undefined
}

/** Why a PUBLISH that its sender has the right to send does not pass at once. */
interface Held {
  /** It does not pass at all. */
  readonly refused: AppError | undefined
  readonly tapped: Promise<void> | undefined
  readonly delayMs: number
}

/**
 * Counts a PUBLISH that its sender has the right to send, takes it from the rate, shows it to the tap. Undefined: it passes
 * now. Else it is refused, or passes when `settleLater` says so.
 */
export function takePublish(
  given: AuthorizationOptions,
  connection: Connection | undefined,
  message: { readonly topic: string; readonly payload: Uint8Array; readonly up: PublishRight['up'] },
): Held | undefined {
  given.counts.messagesIn += 1
  const { topic, payload, up } = message
  const delayMs = connection?.rate?.take(given.clock.monotonic(), topic.length + payload.length) ?? 0
  if (delayMs > given.limits.maxDelayMs) {
    close(given, connection, 'rate')
    const refused = given.audit.denied('limit.exceeded', 'a client is far over its rate', fieldsOf(connection))
    return { refused, tapped: undefined, delayMs }
  }
  const tapped = up === undefined ? undefined : callTap(given, up, topic, payload)
  if (tapped === undefined && delayMs === 0 && (connection === undefined || connection.order.isEmpty)) return undefined
  return { refused: undefined, tapped, delayMs }
}

/** Undefined when the tap had nothing to wait for; a rejected promise when it threw. */
function callTap(
  given: AuthorizationOptions,
  up: NonNullable<PublishRight['up']>,
  topic: string,
  payload: Uint8Array,
): Promise<void> | undefined {
  try {
    const { identity, kind } = up.topic
    return given.tap?.({ topic, kind, identity, payload }) ?? undefined
  } catch (thrown) {
    return Promise.reject(toAppError(thrown, 'ingest.overloaded'))
  }
}

/** Calls `done` when the tap, the rate and the order of the connection let the message pass, or with an error. */
export function settleLater(
  given: AuthorizationOptions,
  connection: Connection,
  message: Pick<Held, 'tapped' | 'delayMs'>,
  done: Done,
): void {
  const settle = connection.order.enter((error) => {
    if (error !== undefined) {
      close(given, connection, 'tap')
      given.audit.denied(toAppError(error, 'ingest.overloaded').code, error.message, fieldsOf(connection))
    }
    done(error ?? null)
  })
  const afterDelay = () => {
    if (message.tapped === undefined) settle()
    else given.taps.wait(message.tapped, settle)
  }
  if (message.delayMs === 0) {
    afterDelay()
    return
  }
  given.counts.throttled += 1
  message.tapped?.catch(() => undefined)
  given.clock.setTimer(afterDelay, message.delayMs)
}

function authorizeForward(
  given: AuthorizationOptions,
  client: Client,
  packet: AedesPublishPacket,
): AedesPublishPacket | null {
  const connection = given.connectionOf(client)
  if (connection === undefined || !packet.topic.startsWith(connection.topicPrefix)) return null
  if (!hasRoom(given, connection, () => grantedQos(client, packet.topic))) return null
  // [MQTT-3.8.4-6]: never above what was granted; aedes looks at filters without wildcards only.
  if (packet.qos === 2) packet.qos = grantedQos(client, packet.topic)
  given.counts.messagesOut += 1
  return packet
}

/** Judges a subscriber whose queue is over its bound: QoS 0 is dropped, and far beyond the bound the connection ends. */
export function hasRoom(
  given: Pick<AuthorizationOptions, 'counts' | 'limits'>,
  connection: Connection,
  granted: () => 0 | 1 | 2,
): boolean {
  const waitingBytes = connection.socket.writableLength
  if (waitingBytes <= given.limits.subscriberQueueBytes) return true
  if (waitingBytes > 4 * given.limits.subscriberQueueBytes) {
    countClose(given.counts, connection, 'slow-subscriber')
    connection.socket.destroy()
    return false
  }
  if (granted() > 0) return true
  countReason(given.counts.drops, 'slow-subscriber')
  return false
}

function grantedQos(client: Client, topic: string): 0 | 1 | 2 {
  const { subscriptions } = client as unknown as { subscriptions: Record<string, { qos: 0 | 1 | 2 }> }
  let granted: 0 | 1 | 2 = 0
  for (const [filter, { qos }] of Object.entries(subscriptions)) {
    if (qos > granted && matchesFilter(filter, topic)) granted = qos
  }
  return granted
}

function deny(
  given: Pick<AuthorizationOptions, 'counts' | 'audit'>,
  reason: DenialReason,
  connection: Connection | undefined,
  message: string,
  code: 'topic.forbidden' | 'identity.invalid' = reason === 'subscribe' ? 'topic.forbidden' : 'identity.invalid',
): AppError {
  countReason(given.counts.denials, reason)
  return given.audit.denied(code, message, { reason, ...fieldsOf(connection) })
}

function close(given: AuthorizationOptions, connection: Connection | undefined, reason: DisconnectReason): void {
  if (connection !== undefined) countClose(given.counts, connection, reason)
}

function fieldsOf(connection: Connection | undefined) {
  const principal = connection?.principal
  const gateway = principal?.kind === 'gateway' ? gatewayKey(principal.identity) : undefined
  return { remote: connection?.remote, principal: principal?.kind, gateway }
}

/** What a client sent, for a log line: cut and without control characters. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
