// Feeds ingest from a broker that is elsewhere: QoS 1, persistent session, each PUBACK only when ingest has taken the message.
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { Registry } from 'prom-client'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Log } from '../../broker/contract/ports.ts'
import { everyCommandResult, everyGateway, type UpChannel } from '../../broker/contract/topics.ts'
import type { IncomingMessage } from './message.ts'
import { registerPlainCounters } from './plain-counters.ts'

export interface SubscriberOptions {
  readonly url: string
  /** Names the sessions at the broker; two hubs must not share it. */
  readonly clientId: string
  readonly connection?: Pick<IClientOptions, 'username' | 'password' | 'ca' | 'cert' | 'key'>
  /** Ingest's tap: see there. */
  readonly tap: (message: IncomingMessage) => Promise<void> | undefined
  readonly log: Log
}

interface SubscriberCounters {
  received: number
  refused: number
  /** Downward messages dropped while not connected; the gateways' resend asks for each acknowledgement again. */
  publishesDropped: number
}

export interface Subscriber {
  readonly counters: SubscriberCounters
  readonly metrics: Registry
  publish(topic: string, payload: Uint8Array): void
  /** The same for what must arrive: resolves when the broker has it, rejects where it has not. */
  announce(topic: string, payload: Uint8Array): Promise<void>
  /** Resolves when both sessions are subscribed. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

const connectTimeoutMs = 10_000
const reconnectMs = 1_000

/**
 * MQTT.js hands over one message at a time and waits for its acknowledgement, which is the back-pressure. Bare packs wait for
 * their commit, so they have a session of their own and do not hold up the others.
 */
export function startSubscriber(options: SubscriberOptions): Subscriber {
  const counters: SubscriberCounters = { received: 0, refused: 0, publishesDropped: 0 }
  const sequenced = openSession(options, counters, 'readings', [
    ...(['telemetry', 'event', 'status', 'log'] satisfies UpChannel[]).map(everyGateway),
    everyCommandResult,
  ])
  const bare = openSession(options, counters, 'bare', [everyGateway('senml')])
  return {
    counters,
    metrics: registryOf(counters),
    ready: Promise.all([sequenced.ready, bare.ready]).then(() => undefined),
    publish(topic, payload) {
      if (!sequenced.client.connected) {
        counters.publishesDropped += 1
        return
      }
      sequenced.client.publish(topic, Buffer.from(payload), { qos: 1 }, (error) => {
        if (error) counters.publishesDropped += 1
      })
    },
    async announce(topic, payload) {
      if (!sequenced.client.connected) throw new AppError('store.unavailable', 'the broker is not connected')
      await sequenced.client.publishAsync(topic, Buffer.from(payload), { qos: 1 })
    },
    async stop() {
      await Promise.all([sequenced.client.endAsync(), bare.client.endAsync()])
    },
  }
}

function openSession(
  options: SubscriberOptions,
  counters: SubscriberCounters,
  part: string,
  filters: readonly string[],
): { readonly client: MqttClient; readonly ready: Promise<void> } {
  const log = options.log.child({ broker: options.url, session: part })
  const client = connect(options.url, {
    ...options.connection,
    clientId: `${options.clientId}-${part}`,
    clean: false,
    protocolVersion: 4,
    connectTimeout: connectTimeoutMs,
    reconnectPeriod: Math.round(reconnectMs * (1 + Math.random())),
    resubscribe: false,
  })
  client.handleMessage = (packet, acknowledge) => {
    counters.received += 1
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    const refuse = (thrown: unknown) => {
      counters.refused += 1
      log.warn({ err: thrown }, 'a message was not taken; the connection starts anew so that the broker sends it again')
      client.stream.destroy()
    }
    try {
      const taken = options.tap({ topic: packet.topic, payload })
      if (taken === undefined) acknowledge()
      else taken.then(() => acknowledge(), refuse)
    } catch (thrown) {
      refuse(thrown)
    }
  }
  client.on('error', (error) => log.warn({ err: error }, 'the broker connection failed'))
  return { client, ready: subscribeAtConnect(client, filters, log) }
}

/** Subscribes at every connection: a broker that lost the session would else send nothing. */
function subscribeAtConnect(client: MqttClient, filters: readonly string[], log: Log): Promise<void> {
  return new Promise((resolve) => {
    client.on('connect', () => {
      client.subscribeAsync([...filters], { qos: 1 }).then(
        (granted) => {
          const refused = granted.filter(({ qos }) => qos === 128)
          if (refused.length === 0) return resolve()
          const topics = refused.map(({ topic }) => topic)
          const error = new AppError('topic.forbidden', `the broker refuses the subscription to ${topics.join(', ')}`)
          return log.error({ err: error }, error.message)
        },
        (error: unknown) => log.warn({ err: error }, 'the subscription failed; the next connection tries again'),
      )
    })
  })
}

function registryOf(counters: SubscriberCounters): Registry {
  const registry = new Registry()
  registerPlainCounters(registry, counters, [
    ['received', 'musubi_subscriber_messages_total', 'Messages that the broker delivered'],
    ['refused', 'musubi_subscriber_refused_total', 'Messages that ingest refused and the broker sends again'],
    ['publishesDropped', 'musubi_subscriber_publishes_dropped_total', 'Downward messages dropped while not connected'],
  ])
  return registry
}
