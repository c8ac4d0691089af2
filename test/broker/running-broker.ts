// A real broker on free loopback ports with real certificates, and raw MQTT clients, for the tests that cross the wire.
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import mqttPacket, { type IConnectPacket, type Packet } from 'mqtt-packet'
import { createBroker, type Broker, type BrokerOptions } from '../../broker/broker.ts'
import { silentLog, systemClock, type Log, type LogFields } from '../../broker/contract/ports.ts'
import { gatewayKey, type GatewayIdentity } from '../../broker/contract/topics.ts'
import { openAuthority, type Authority } from '../../provisioning/authority.ts'
import type { RevocationList } from '../../provisioning/registry/revocations.ts'

export interface LogLine {
  readonly fields: LogFields
  readonly message: string
}

export interface RunningBroker {
  readonly broker: Broker
  readonly authority: Authority
  readonly folder: string
  readonly warnings: readonly LogLine[]
  /** Stops the broker and starts another on the same folder. */
  restart(): Promise<void>
  /** The value of one metric line, such as `denials_total{reason="tls"}`. */
  metric(name: string): Promise<number>
  tlsOptions(identity: GatewayIdentity): Promise<ConnectionOptions>
  connectGateway(identity: GatewayIdentity, connect?: Partial<IConnectPacket>): Promise<WireClient>
  connectOperator(connect?: Partial<IConnectPacket>): Promise<WireClient>
  stop(): Promise<void>
}

export async function runBroker(
  options: Partial<BrokerOptions> & { readonly revocations?: RevocationList } = {},
): Promise<RunningBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-broker-'))
  const warnings: LogLine[] = []
  const log: Log = { ...silentLog, warn: (fields, message) => warnings.push({ fields, message }) }
  const authority = await openAuthority({ folder: join(folder, 'authority'), clock: systemClock, log: silentLog })
  const credentials = await authority.serverCredentials({ names: [] })
  const { revocations, ...rest } = options
  const start = () =>
    createBroker({
      folder: join(folder, 'broker'),
      clock: systemClock,
      log,
      tls: { port: 0, host: '127.0.0.1', credentials, ...(revocations === undefined ? {} : { revocations }) },
      loopback: { port: 0 },
      ...rest,
    })
  let broker = await start()

  async function tlsOptions(identity: GatewayIdentity): Promise<ConnectionOptions> {
    const issued = await authority.issueGateway(identity)
    const { certificatePem: cert, keyPem: key, caPem: ca } = issued
    return { host: '127.0.0.1', port: broker.ports.tls ?? 0, cert, key, ca }
  }

  return {
    get broker() {
      return broker
    },
    authority,
    folder,
    warnings,
    async restart() {
      await broker.close()
      broker = await start()
    },
    async metric(name) {
      const lines = (await broker.metrics.metrics()).split('\n')
      const line = lines.find((candidate) => candidate.startsWith(`musubi_broker_${name} `))
      return Number(line?.split(' ')[1] ?? 0)
    },
    tlsOptions,
    async connectGateway(identity, connect = {}) {
      const socket = connectTls(await tlsOptions(identity))
      return WireClient.connect(socket, { clientId: gatewayKey(identity), ...connect })
    },
    connectOperator: (connect = {}) =>
      WireClient.connect(createConnection(broker.ports.loopback ?? 0, '127.0.0.1'), connect),
    async stop() {
      await broker.close()
      await rm(folder, { recursive: true })
    },
  }
}

const waitLimitMs = 10_000

/** An MQTT client at packet level: what it sends is exactly what it is told, what it receives is kept in order. */
export class WireClient {
  readonly socket: Socket
  readonly received: Packet[] = []
  closed = false
  /** Off: PUBLISH packets are not acknowledged. */
  acknowledges = true
  readonly #waiting = new Set<() => void>()

  constructor(socket: Socket) {
    this.socket = socket
    const parser = mqttPacket.parser()
    parser.on('packet', (packet) => this.#take(packet))
    socket.on('data', (bytes) => parser.parse(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  /** Sends CONNECT and waits for CONNACK; the packet is among `received`. */
  static async connect(socket: Socket, connect: Partial<IConnectPacket> = {}): Promise<WireClient> {
    const client = new WireClient(socket)
    const clientId = connect.clientId ?? `test-${Math.random().toString(36).slice(2)}`
    client.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: 60,
      ...connect,
      clientId,
    })
    await client.until(() => client.closed || client.received.length > 0)
    return client
  }

  send(packet: Packet): void {
    this.socket.write(mqttPacket.generate(packet))
  }

  /** Resolves when the condition holds; checked at each packet and at the close. Rejects after ten seconds. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`nothing came in time; received ${this.received.map((packet) => packet.cmd).join(', ')}`))
      }, waitLimitMs)
      const check = () => {
        if (!condition()) return
        clearTimeout(limit)
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
    })
  }

  async next<Command extends Packet['cmd']>(cmd: Command, since = 0): Promise<Extract<Packet, { cmd: Command }>> {
    const find = () => this.received.slice(since).find((packet) => packet.cmd === cmd)
    await this.until(() => find() !== undefined || this.closed)
    const found = find()
    if (found === undefined) throw new Error(`closed before ${cmd}`)
    return found as Extract<Packet, { cmd: Command }>
  }

  async subscribe(filter: string, qos: 0 | 1 | 2 = 1): Promise<readonly unknown[]> {
    const since = this.received.length
    this.send({ cmd: 'subscribe', messageId: 1 + since, subscriptions: [{ topic: filter, qos }] })
    const suback = await this.next('suback', since)
    return suback.granted
  }

  /** Publishes and, for QoS 1, waits for the PUBACK. */
  async publish(topic: string, payload: string, how: { readonly qos?: 0 | 1; readonly retain?: boolean } = {}) {
    const since = this.received.length
    const { qos = 1, retain = false } = how
    const packet = { cmd: 'publish', topic, payload, qos, retain, dup: false } as const
    this.send(qos === 0 ? packet : { ...packet, messageId: 1 + (since % 65_535) })
    if (qos === 1) await this.next('puback', since)
  }

  /** Waits until everything sent so far was handled: the broker answers in order. */
  async settled(): Promise<void> {
    const since = this.received.length
    this.send({ cmd: 'pingreq' })
    await this.next('pingresp', since)
  }

  /** Topic and text of each PUBLISH received so far. */
  get messages(): readonly string[] {
    return this.received.flatMap((packet) =>
      packet.cmd === 'publish' ? [`${packet.topic} ${packet.payload.toString()}`] : [],
    )
  }

  async close(): Promise<void> {
    this.socket.destroy()
    await this.until(() => this.closed)
  }

  async disconnect(): Promise<void> {
    this.send({ cmd: 'disconnect' })
    await this.until(() => this.closed)
  }

  #take(packet: Packet): void {
    this.received.push(packet)
    if (packet.cmd === 'publish' && this.acknowledges) {
      if (packet.qos === 1) this.send({ cmd: 'puback', messageId: packet.messageId ?? 0 })
      if (packet.qos === 2) this.send({ cmd: 'pubrec', messageId: packet.messageId ?? 0 })
    }
    if (packet.cmd === 'pubrel') this.send({ cmd: 'pubcomp', messageId: packet.messageId ?? 0 })
    this.#wake()
  }

  #wake(): void {
    for (const check of this.#waiting) check()
  }
}
