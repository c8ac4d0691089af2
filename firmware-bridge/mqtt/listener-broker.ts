// The gateway's own MQTT listener for devices on the LAN: aedes in memory, which keeps nothing and confirms what is kept elsewhere.
import { randomUUID } from 'node:crypto'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import {
  Aedes,
  type AuthenticateError,
  type Client,
  type ConnectPacket,
  type PublishPacket,
  type Subscription,
} from 'aedes'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { PacketGuard } from '../../broker/contract/packet-guard.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { DriverDiscard } from '../driver.ts'
import type { MqttMessage } from './device-ears.ts'
import type { ListenerSettings } from './listener-settings.ts'
import { ListenerUsers } from './listener-users.ts'

export interface ListenerBrokerDependencies {
  readonly clock: Clock
  readonly log: Log
  readonly discard: (reason: DriverDiscard, amount: number) => void
  /** Resolves when the message may be confirmed; rejects when it must not be. */
  readonly hear: (message: MqttMessage) => Promise<void>
  /** The address cannot be bound. */
  readonly down: (error: AppError) => void
}

const connectTimeoutMs = 10_000
const endTimeoutMs = 1000
const firstRetryMs = 500
const maxRetryMs = 30_000
/** A sender this far beyond its rate is no longer slowed but refused. */
const maxDelayMs = 10_000
const burstMs = 2000
const maxSubscriptions = 32
/** The same kind of refusal is logged this often; each one is counted. */
const logIntervalMs = 10_000

/** CONNACK return codes of MQTT 3.1.1 §3.2.2.3. */
const serverUnavailable = 3
const badUserOrPassword = 4

type Done = (error?: Error | null) => void

/** What belongs to one connection. */
interface Session {
  readonly remote: string
  user: string
  subscriptions: number
  /** Monotonic ms up to which its messages use up its rate. */
  paidMs: number
}

export class ListenerBroker {
  readonly #settings: ListenerSettings
  readonly #dependencies: ListenerBrokerDependencies
  readonly #users: ListenerUsers
  readonly #sockets = new Set<Socket>()
  readonly #sessions = new WeakMap<object, Session>()
  /** Owner: this listener. Bound: what its connections have sent in one read each; aedes reads on when that is done. */
  readonly #hearing = new Set<Promise<void>>()
  readonly #loggedMs = new Map<string, number>()
  /** Messages that wait until their connection is within its rate. */
  readonly #delays = new Set<Timer>()
  #aedes: Aedes | undefined
  #server: Server | undefined
  #isRunning = false
  #starting: Promise<void> = Promise.resolve()
  #retryMs = firstRetryMs
  #retryTimer: Timer | undefined

  constructor(settings: ListenerSettings, dependencies: ListenerBrokerDependencies) {
    this.#settings = settings
    this.#dependencies = dependencies
    this.#users = new ListenerUsers(settings.users)
  }

  /** Undefined while the address is not bound. */
  get port(): number | undefined {
    const address = this.#server?.address()
    return typeof address === 'object' && address !== null ? address.port : undefined
  }

  /** Begins to listen; where the address cannot be bound it is tried again. */
  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#starting = this.#start()
  }

  /** Takes no more connections, confirms what is kept within a moment, and closes those that are open. */
  async stop(): Promise<void> {
    this.#isRunning = false
    this.#retryTimer?.cancel()
    await this.#starting
    const { clock } = this.#dependencies
    const server = this.#server
    const closed = new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())))
    const late = Promise.withResolvers<void>()
    const timer = clock.setTimer(late.resolve, endTimeoutMs)
    await Promise.race([Promise.allSettled(this.#hearing), late.promise])
    timer.cancel()
    for (const delay of this.#delays) delay.cancel()
    this.#delays.clear()
    await this.#closeAedes()
    for (const socket of this.#sockets) socket.destroy()
    await closed
    this.#server = undefined
  }

  /** Publishes to the devices that subscribed, QoS 0. */
  publish(topic: string, payload: Uint8Array): void {
    const packet: PublishPacket = {
      cmd: 'publish',
      topic,
      payload: Buffer.from(payload),
      qos: 0,
      retain: false,
      dup: false,
    }
    this.#aedes?.publish(packet, () => undefined)
  }

  async #start(): Promise<void> {
    const { log, down } = this.#dependencies
    const { bind, port, tls } = this.#settings
    try {
      this.#aedes = this.#createAedes()
      await this.#aedes.listen()
      this.#server = await this.#listen()
      this.#retryMs = firstRetryMs
      log.info({ bind, port: this.port, tls: tls !== undefined }, 'devices may connect by MQTT')
    } catch (thrown) {
      const error = toAppError(thrown, 'driver.connection')
      log.error({ bind, port, reason: error.message }, 'the MQTT listener cannot be opened')
      await this.#closeAedes()
      down(error)
      if (this.#isRunning) this.#retry()
    }
  }

  #retry(): void {
    const delayMs = this.#retryMs * (0.5 + Math.random() / 2)
    this.#retryMs = Math.min(maxRetryMs, this.#retryMs * 2)
    this.#retryTimer = this.#dependencies.clock.setTimer(() => {
      this.#starting = this.#start()
    }, delayMs)
  }

  #createAedes(): Aedes {
    return new Aedes({
      connectTimeout: connectTimeoutMs,
      maxClientsIdLength: 256,
      concurrency: 0,
      preConnect: (client, packet, done) => this.#preConnect(client, packet, done),
      authenticate: (client, user, password, done) => void this.#authenticate(client, user, password, done),
      authorizePublish: (client, packet, done) => this.#authorizePublish(client, packet, done),
      authorizeSubscribe: (client, subscription, done) => this.#authorizeSubscribe(client, subscription, done),
    })
  }

  async #closeAedes(): Promise<void> {
    const aedes = this.#aedes
    this.#aedes = undefined
    if (aedes === undefined) return
    // The devices did nothing wrong: their wills are for when they are lost, not for when the gateway stops.
    for (const client of Object.values((aedes as unknown as { clients: Record<string, { will: unknown }> }).clients)) {
      client.will = null
    }
    await new Promise<void>((resolve) => aedes.close(() => resolve()))
  }

  async #listen(): Promise<Server> {
    const { bind, port, tls, maxConnections } = this.#settings
    const onSocket = (socket: Socket) => this.#accept(socket)
    const server =
      tls === undefined
        ? createTcpServer({ noDelay: true, keepAlive: true }, onSocket)
        : createTlsServer({ cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2', noDelay: true }, onSocket)
    server.maxConnections = maxConnections
    server.on('drop', (socket) =>
      this.#refuse('over-limit', `more than ${maxConnections} connections`, socket?.remoteAddress),
    )
    server.on('tlsClientError', (error: Error) => this.#refuse('denied', `TLS: ${error.message}`, undefined))
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new AppError('driver.connection', `cannot listen: ${cause.message}`, { cause })),
      )
      server.listen({ host: bind, port }, () => resolve())
    })
    server.on('error', (error) => this.#dependencies.log.warn({ error }, 'a connection could not be accepted'))
    return server
  }

  #accept(socket: Socket): void {
    const aedes = this.#aedes
    if (aedes === undefined) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    const session: Session = { remote: socket.remoteAddress ?? '', user: '', subscriptions: 0, paidMs: -Infinity }
    this.#limitPackets(socket, session)
    this.#sessions.set(aedes.handle(socket), session)
  }

  /** aedes reads a packet whole before it looks at its size: what comes is looked at first. */
  #limitPackets(socket: Socket, { remote }: Session): void {
    const guard = new PacketGuard(this.#settings.maxPacketBytes)
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null
    const value = (size?: number): Buffer | null => {
      const chunk = read(size)
      if (chunk === null || guard.accepts(chunk)) return chunk
      this.#refuse('over-limit', `a packet of more than ${this.#settings.maxPacketBytes} bytes`, remote)
      socket.destroy()
      return null
    }
    Object.defineProperty(socket, 'read', { writable: true, configurable: true, value })
  }

  /** Nothing lasts here: sessions end with their connection, and a client id belongs to its user alone. */
  #preConnect(client: Client, packet: ConnectPacket, done: (error: Error | null, success: boolean) => void): void {
    const user = packet.username ?? ''
    packet.clean = true
    packet.clientId = `${user}/${packet.clientId === '' ? randomUUID() : packet.clientId}`
    done(null, this.#sessions.has(client))
  }

  /** Never throws or rejects: aedes would die. */
  async #authenticate(
    client: Client,
    user: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): Promise<void> {
    const session = this.#sessions.get(client)
    let returnCode: number = badUserOrPassword
    let reason = 'wrong user or password'
    try {
      const isRight = user !== undefined && password !== undefined && (await this.#users.verify(user, password))
      if (isRight && session !== undefined) {
        session.user = user
        done(null, true)
        return
      }
    } catch (thrown) {
      returnCode = serverUnavailable
      reason = toAppError(thrown, 'internal').message
    }
    this.#refuse('denied', reason, session?.remote, user)
    done(connectError(reason, returnCode), false)
  }

  /** The PUBACK waits for `done`: aedes asks here before it writes one. */
  #authorizePublish(client: Client | null, packet: PublishPacket, done: Done): void {
    try {
      const session = client === null ? undefined : this.#sessions.get(client)
      if (session === undefined) {
        done(new Error('no session'))
        return
      }
      packet.retain = false
      if (!this.#users.mayPublish(session.user, packet.topic)) {
        this.#refuse(
          'denied',
          `may not publish to ${JSON.stringify(packet.topic.slice(0, 100))}`,
          session.remote,
          session.user,
        )
        done(new Error('not authorized'))
        return
      }
      const delayMs = this.#delayOf(session)
      if (delayMs > maxDelayMs) this.#refuseRate(session, packet, done)
      else if (delayMs > 0) this.#passLater(packet, done, delayMs)
      else this.#pass(packet, done)
    } catch (thrown) {
      done(toAppError(thrown, 'internal'))
    }
  }

  #passLater(packet: PublishPacket, done: Done, delayMs: number): void {
    const timer = this.#dependencies.clock.setTimer(() => {
      this.#delays.delete(timer)
      this.#pass(packet, done)
    }, delayMs)
    this.#delays.add(timer)
  }

  #pass(packet: PublishPacket, done: Done): void {
    const hearing = this.#heard(packet).then((refusal) => {
      this.#hearing.delete(hearing)
      // oxlint-disable-next-line promise/no-callback-in-promise -- aedes's way to be told; it waits for nothing else
      if (packet.qos > 0) done(refusal)
    })
    this.#hearing.add(hearing)
    if (packet.qos === 0) done()
  }

  /** Why the message must not be confirmed; undefined: it may be. Never rejects. */
  async #heard({ topic, payload, qos }: PublishPacket): Promise<AppError | undefined> {
    const { hear, log } = this.#dependencies
    try {
      await hear({ topic, qos, retained: false, payload: typeof payload === 'string' ? Buffer.from(payload) : payload })
      return undefined
    } catch (thrown) {
      const error = toAppError(thrown, 'internal')
      log.warn({ code: error.code, topic }, 'a message was not kept')
      return error
    }
  }

  /** Twice the rate of a second at once, then evenly; the delay holds back what the connection sends next. */
  #delayOf(session: Session): number {
    const nowMs = this.#dependencies.clock.monotonic()
    session.paidMs = Math.max(session.paidMs, nowMs - burstMs) + 1000 / this.#settings.messagesPerS
    return session.paidMs - nowMs
  }

  #refuseRate(session: Session, { qos }: PublishPacket, done: Done): void {
    const reason = `more than ${this.#settings.messagesPerS} messages a second`
    this.#refuse('over-limit', reason, session.remote, session.user)
    session.paidMs -= 1000 / this.#settings.messagesPerS
    done(qos === 0 ? null : new Error(reason))
  }

  #authorizeSubscribe(
    client: Client,
    subscription: Subscription,
    done: (error: Error | null, subscription?: Subscription | null) => void,
  ): void {
    const session = this.#sessions.get(client)
    const mayHave = session !== undefined && session.subscriptions < maxSubscriptions
    if (mayHave && this.#users.maySubscribe(session.user, subscription.topic)) {
      session.subscriptions += 1
      done(null, subscription)
      return
    }
    const what = `may not subscribe to ${JSON.stringify(subscription.topic.slice(0, 100))}`
    this.#refuse('denied', what, session?.remote, session?.user)
    // aedes answers 0x80 for this filter [MQTT-3.9.3-2].
    done(null, null)
  }

  #refuse(reason: 'denied' | 'over-limit', message: string, remote: string | undefined, user?: string): void {
    const { clock, log, discard } = this.#dependencies
    discard(reason, 1)
    const key = `${reason} ${user ?? ''}`.slice(0, 100)
    const nowMs = clock.monotonic()
    if (nowMs - (this.#loggedMs.get(key) ?? -Infinity) < logIntervalMs) return
    if (this.#loggedMs.size >= 100) this.#loggedMs.clear()
    this.#loggedMs.set(key, nowMs)
    log.warn({ reason: message, remote, user: user?.slice(0, 64) }, 'a device was refused')
  }
}

function connectError(reason: string, returnCode: number): AuthenticateError {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- aedes declares the codes as an ambient const enum
  return Object.assign(new Error(reason), { returnCode })
}
