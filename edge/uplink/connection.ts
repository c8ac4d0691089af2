// One MQTT 3.1.1 connection, from CONNECT to its end; a new one is made for each attempt, so that MQTT.js replays nothing by itself.
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'

export interface HubAddress {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly url: string
  readonly ca: Buffer | undefined
  readonly certificate: Buffer | undefined
  readonly key: Buffer | undefined
}

export interface Message {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: boolean
}

export interface ConnectionEvents {
  onMessage(topic: string, payload: Uint8Array): void
  onTlsSession(session: Buffer): void
  /** Once, when an established connection is gone. */
  onClose(reason: AppError): void
}

export interface Connection {
  readonly usable: boolean
  /** Publishes that MQTT.js still keeps because no PUBACK came. */
  readonly unconfirmed: number
  /** QoS 1, no waiting; the hub's ack decides. Returns false, and sends nothing, when the connection is not usable. */
  send(message: Message): boolean
  /** QoS 1, resolves at PUBACK. Throws `uplink.refused`. */
  deliver(message: Message): Promise<void>
  /** DISCONNECT (the last will is not sent), then closes. */
  end(): Promise<void>
  /** Closes at once, as a lost link would. */
  destroy(): void
}

export interface ConnectOptions {
  readonly hub: HubAddress
  readonly clientId: string
  readonly keepaliveS: number
  readonly timeoutMs: number
  /** Undefined: the connection ends without a word, as a mere visitor's. */
  readonly will: Message | undefined
  readonly subscribe: readonly string[]
  /** Of an earlier connection: saves both sides the full TLS handshake. */
  readonly tlsSession: Buffer | undefined
  readonly clock: Clock
}

/** 128 kbit/s: a link on which a large birth must still arrive. */
const slowLinkBytesPerMs = 16

/** Connects and subscribes. Throws `uplink.refused` when the hub does not accept either within `timeoutMs`. */
export async function openConnection(options: ConnectOptions, events: ConnectionEvents): Promise<Connection> {
  const client = connect(options.hub.url, clientOptions(options))
  client.on('message', (topic, payload) => events.onMessage(topic, payload))
  client.stream.on('session', (session: Buffer) => events.onTlsSession(session))
  try {
    await withTimeout(options, 'the hub did not answer', connected(client))
    await withTimeout(options, 'the hub did not answer SUBSCRIBE', subscribed(client, options.subscribe))
  } catch (error) {
    discard(client)
    throw toAppError(error, 'uplink.refused')
  }
  return connectionOn(client, options, events)
}

function clientOptions(options: ConnectOptions): IClientOptions & { session?: Buffer } {
  const { hub, clientId, keepaliveS, timeoutMs, will, tlsSession } = options
  return {
    protocolVersion: 4,
    clientId,
    clean: true,
    keepalive: keepaliveS,
    connectTimeout: timeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // Else mqtt-packet keeps a buffer for each of the 65,536 numbers of two bytes: 8 MB.
    writeCache: false,
    rejectUnauthorized: true,
    ...(will === undefined
      ? {}
      : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: will.retain } }),
    ...(hub.ca === undefined ? {} : { ca: hub.ca }),
    ...(hub.certificate === undefined ? {} : { cert: hub.certificate }),
    ...(hub.key === undefined ? {} : { key: hub.key }),
    ...(tlsSession === undefined ? {} : { session: tlsSession }),
  }
}

function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve())
    client.once('error', reject)
    client.once('close', () => reject(new AppError('uplink.refused', 'the hub closed the connection')))
  })
}

async function subscribed(client: MqttClient, topics: readonly string[]): Promise<void> {
  const grants = await client.subscribeAsync([...topics], { qos: 1 })
  const refused = grants.filter(({ qos }) => qos === 128).map(({ topic }) => topic)
  if (refused.length > 0) {
    throw new AppError('uplink.refused', `the hub refuses the subscription to ${refused.join(', ')}`)
  }
}

function connectionOn(client: MqttClient, options: ConnectOptions, events: ConnectionEvents): Connection {
  let open = true
  let unconfirmed = 0
  let reason = new AppError('uplink.refused', 'the connection to the hub was lost')
  const lost = (): void => {
    if (!open) return
    open = false
    discard(client)
    events.onClose(reason)
  }
  client.on('error', (error) => {
    reason = toAppError(error, 'uplink.refused')
  })
  client.on('close', lost)
  if (!client.connected) setImmediate(lost)
  const usable = (): boolean => open && client.connected && !client.disconnecting
  const publish = ({ topic, payload, retain }: Message, done: (error?: Error) => void): void => {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    unconfirmed += 1
    client.publish(topic, bytes, { qos: 1, retain }, (error) => {
      unconfirmed -= 1
      done(error ?? undefined)
    })
  }
  return {
    get usable() {
      return usable()
    },
    get unconfirmed() {
      return unconfirmed
    },
    send(message) {
      if (!usable()) return false
      publish(message, () => undefined)
      return true
    },
    async deliver(message) {
      if (!usable()) throw new AppError('uplink.refused', 'the connection to the hub is closed')
      const puback = new Promise<void>((resolve, reject) => {
        publish(message, (error) => (error === undefined ? resolve() : reject(toAppError(error, 'uplink.refused'))))
      })
      const timeoutMs = options.timeoutMs + message.payload.length / slowLinkBytesPerMs
      await withTimeout({ clock: options.clock, timeoutMs }, 'the hub did not acknowledge a publish', puback)
    },
    async end() {
      open = false
      await withTimeout(options, 'the connection did not close', client.endAsync(false)).catch(() => discard(client))
    },
    destroy: () => {
      open = false
      discard(client)
    },
  }
}

/** Ends a client for good: no event of it reaches us any more, and a late error cannot become an uncaught one. */
function discard(client: MqttClient): void {
  client.removeAllListeners('message')
  client.removeAllListeners('error')
  client.on('error', () => undefined)
  client.end(true)
}

async function withTimeout<T>(limit: Pick<ConnectOptions, 'clock' | 'timeoutMs'>, fault: string, work: Promise<T>) {
  let cancel = (): void => undefined
  const late = new Promise<never>((_, reject) => {
    const refuse = (): void => reject(new AppError('uplink.refused', `${fault} within ${limit.timeoutMs} ms`))
    const timer = limit.clock.setTimer(refuse, limit.timeoutMs)
    cancel = () => timer.cancel()
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}
