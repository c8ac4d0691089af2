// The MQTT broker of a hub: aedes behind mutual TLS, with rights from the topic contract, state on disk and bounds.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Socket } from 'node:net'
import { Aedes, type Client, type PublishPacket, type Subscription } from 'aedes'
import { Registry } from 'prom-client'
import type { TlsCredentials } from '../provisioning/registry/gateway-tls.ts'
import type { RevocationList } from '../provisioning/registry/revocations.ts'
import {
  clientsOf,
  closeAedes,
  endEarlierConnection,
  frontPublish,
  withoutDeduplication,
  type ClientState,
  type PublishFrom,
} from './aedes-client.ts'
import { Audit } from './audit.ts'
import { brokerHooks, mayReceive, type Tap } from './authorization.ts'
import { sweepCertificates } from './certificate-sweep.ts'
import { watchClients } from './connection-watch.ts'
import { Connection, type Principal } from './connection.ts'
import { toAppError } from './contract/app-error.ts'
import type { Clock, Log } from './contract/ports.ts'
import { sameGateway, type GatewayIdentity } from './contract/topics.ts'
import { LevelJournal } from './level-journal.ts'
import { defaultLimits, type BrokerLimits } from './limits.ts'
import { listenLoopback, listenTls, secureContextOf } from './listeners.ts'
import { MessageLane, type LaneOptions, type Subscriber } from './message-lane.ts'
import { newBrokerCounts, registerBrokerMetrics, type BrokerCounts } from './metrics.ts'
import { Outlet } from './outlet.ts'
import { PendingTaps } from './pending-taps.ts'
import { BrokerPersistence, type RetainedMessage } from './persistence.ts'
import { openSessionTickets, type SessionTickets } from './session-tickets.ts'
import { SubscriptionIndex } from './subscription-index.ts'
import { WriteCoalescing } from './write-coalescing.ts'

export interface BrokerOptions {
  /** Sessions, retained and queued messages, wills and the session ticket key live here. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  /** The mutual-TLS listener; `host` absent: every address. Port 0: a free one. */
  readonly tls?: {
    readonly port: number
    readonly host?: string
    readonly credentials: TlsCredentials
    readonly revocations?: RevocationList
  }
  /** The plain listener on 127.0.0.1, whose clients are operators. Absent: none. */
  readonly loopback?: { readonly port: number }
  readonly limits?: Partial<BrokerLimits>
  readonly tap?: Tap
  /** Where the metrics are registered; absent: a registry of the broker's own. */
  readonly registry?: Registry
}

export interface Broker {
  readonly ports: { readonly tls: number | undefined; readonly loopback: number | undefined }
  readonly metrics: Registry
  /**
   * Publishes as the hub. Resolves when stored (retained, queued) and handed to every subscriber's connection, which a
   * slow subscriber delays by up to `subscriberStallMs`: do not await it one by one. Throws `store.unavailable`.
   */
  publish(
    topic: string,
    payload: Uint8Array,
    options?: { readonly qos?: 0 | 1; readonly retain?: boolean },
  ): Promise<void>
  /** Retained messages whose topic matches the filter, read from memory. */
  retained(filter: string): readonly RetainedMessage[]
  /** Closes the connection of a gateway, if it has one. */
  disconnect(identity: GatewayIdentity): void
  /** Takes a renewed server certificate; open connections keep the old one. */
  renewCredentials(credentials: TlsCredentials): void
  /** Stops accepting, waits for held acknowledgements, closes clients, then the store. Wills stay on disk. */
  close(): Promise<void>
}

/** Everything between the sockets and the store, before a port is open. */
interface Core {
  readonly aedes: Aedes
  readonly persistence: BrokerPersistence
  readonly limits: BrokerLimits
  readonly counts: BrokerCounts
  readonly audit: Audit
  readonly taps: PendingTaps
  readonly coalescing: WriteCoalescing
  readonly open: Set<Connection>
  /** From now on nothing is taken from the clients. */
  readonly takeNoMore: () => void
  readonly admit: (socket: Socket, principal: Principal, remote: string) => void
}

/** Starts a broker. Throws `port.busy`, `data.locked`, `store.unavailable`. */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const counts = newBrokerCounts()
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const tickets = await openSessionTickets(options)
  const journal = await LevelJournal.open(join(options.folder, 'store'), () => {
    counts.persistenceErrors += 1
  })
  const core = createCore(options, journal, counts)
  const stopCore = async () => {
    tickets.stop()
    await closeAedes(core.aedes)
    for (const { socket } of core.open) socket.destroy()
    await journal.close()
  }
  let listeners: Listeners
  try {
    await core.aedes.listen()
    listeners = await openListeners(options, core, tickets)
  } catch (thrown) {
    await stopCore()
    throw thrown
  }
  const metrics = options.registry ?? new Registry()
  registerBrokerMetrics(metrics, counts, {
    clients: () => core.aedes.connectedClients,
    retained: () => core.persistence.retainedCount,
    queued: () => core.persistence.queuedCount,
  })
  const sweep = sweepCertificates({ ...options, revocations: options.tls?.revocations, connections: core.open, counts })
  options.log.info({ ...listeners.ports }, 'the broker listens')
  return {
    ports: listeners.ports,
    metrics,
    publish: (topic, payload, how) => publish(core.aedes, topic, payload, how),
    retained: (filter) => core.persistence.retained(filter),
    disconnect: (identity) => disconnect(core.open, identity),
    renewCredentials: (credentials) => listeners.renewCredentials(credentials),
    async close() {
      sweep.cancel()
      const accepting = listeners.close()
      core.takeNoMore()
      await core.taps.drained()
      core.coalescing.flush()
      // The clients did nothing wrong: their wills wait on disk for them to come back.
      for (const client of Object.values(clientsOf(core.aedes))) client.will = null
      await stopCore()
      await accepting
      options.log.info({}, 'the broker has stopped')
    },
  }
}

function createCore(options: BrokerOptions, journal: LevelJournal, counts: BrokerCounts): Core {
  const limits = { ...defaultLimits, ...options.limits }
  const audit = new Audit(options)
  const taps = new PendingTaps({ clock: options.clock, timeoutMs: limits.tapTimeoutMs })
  const coalescing = new WriteCoalescing(limits.subscriberQueueBytes)
  const open = new Set<Connection>()
  // Weak, because aedes still asks for a connection while it publishes the will of one that has closed.
  const bySocket = new WeakMap<object, Ends>()
  const connectionOf = (client: Client) => bySocket.get(client.conn)?.connection
  const maySubscribe = (client: Client, filter: string) => mayReceive({ connectionOf }, client, filter)
  const persistence = new BrokerPersistence({ journal, limits, counts, maySubscribe })
  const replace = (clientId: string) => endEarlierConnection(aedes, clientId)
  const { clock, tap } = options
  const index = new SubscriptionIndex<Subscriber>()
  const granting = (client: Client, { topic, qos, nl }: Subscription, subscribe: () => void) => {
    const ends = client.clean && nl !== true ? bySocket.get(client.conn) : undefined
    if (ends === undefined) subscribe()
    else index.granting(topic, { ...ends, qos }, subscribe)
  }
  const passed = ({ qos }: Pick<PublishPacket, 'qos'>, client: Client) => {
    if (qos < 2) bySocket.get(client.conn)?.lane.passedOn()
  }
  const publishFirst: PublishFrom = (packet, client, done) => publishFrom(packet, client, done)
  const hooks = { clock, limits, counts, audit, taps, tap, connectionOf, replace, granting, passed, publishFirst }
  const aedes = new Aedes({
    ...brokerHooks(hooks),
    persistence,
    // No bound in the emitter, which would hold back every client for the slowest; bounds are per subscriber.
    mq: index,
    concurrency: 0,
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.subscriberStallMs,
    // aedes publishes the wills of a broker that has gone after four heartbeats.
    heartbeatInterval: limits.willGraceMs / 4,
    maxClientsIdLength: 65,
  })
  const isHeard = (topic: string) => persistence.hasSessions || index.hasSubscriber(topic)
  const publishFrom = frontPublish(aedes, { isHeard, passed })
  let isStopping = false
  const takeNoMore = () => {
    isStopping = true
  }
  const lanes: LaneOptions = {
    ...hooks,
    isStopping: () => isStopping,
    index,
    mayBeKept: () => persistence.hasSessions,
    publish: (message, client, done) =>
      publishFrom({ ...message, cmd: 'publish', retain: false, dup: false }, client, done),
  }
  watchClients(aedes, { counts, connectionOf, log: options.log })

  function admit(socket: Socket, principal: Principal, remote: string): void {
    const connection = new Connection({ principal, socket, remote, limits })
    open.add(connection)
    socket.once('close', () => open.delete(connection))
    const outlet = new Outlet({ limits, counts, clock }, connection, coalescing.attach(socket))
    const client = aedes.handle(socket) as ClientState
    client.duplicates = withoutDeduplication(aedes.id)
    const lane = new MessageLane(lanes, { connection, client, outlet })
    bySocket.set(socket, { connection, client, outlet, lane })
  }

  return { aedes, persistence, limits, counts, audit, taps, coalescing, open, takeNoMore, admit }
}

/** What belongs to one connection. */
interface Ends {
  readonly connection: Connection
  readonly client: ClientState
  readonly outlet: Outlet
  readonly lane: MessageLane
}

interface Listeners {
  readonly ports: Broker['ports']
  renewCredentials(credentials: TlsCredentials): void
  close(): Promise<void>
}

async function openListeners(options: BrokerOptions, core: Core, tickets: SessionTickets): Promise<Listeners> {
  const given = { ...core, clock: options.clock }
  const tls =
    options.tls &&
    (await listenTls(given, {
      host: options.tls.host,
      port: options.tls.port,
      credentials: options.tls.credentials,
      revocations: options.tls.revocations,
      tickets,
    }))
  if (tls !== undefined) tickets.rotate(tls.server)
  try {
    const loopback = options.loopback && (await listenLoopback(given, options.loopback.port))
    return {
      ports: { tls: tls?.port, loopback: loopback?.port },
      renewCredentials: (credentials) => tls?.server.setSecureContext(secureContextOf(credentials, tickets)),
      async close() {
        await Promise.all([tls?.close(), loopback?.close()])
      },
    }
  } catch (thrown) {
    // Not awaited: a connection that is already open would keep the close waiting until stopCore ends it.
    void tls?.close()
    throw thrown
  }
}

function disconnect(open: Iterable<Connection>, identity: GatewayIdentity): void {
  for (const { principal, socket } of open) {
    if (principal.kind === 'gateway' && sameGateway(principal.identity, identity)) socket.destroy()
  }
}

function publish(
  aedes: Aedes,
  topic: string,
  payload: Uint8Array,
  how: { readonly qos?: 0 | 1; readonly retain?: boolean } = {},
): Promise<void> {
  const packet: PublishPacket = {
    cmd: 'publish',
    topic,
    payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
    qos: how.qos ?? 1,
    retain: how.retain ?? false,
    dup: false,
  }
  return new Promise((resolve, reject) => {
    aedes.publish(packet, (error) => (error ? reject(toAppError(error, 'store.unavailable')) : resolve()))
  })
}
