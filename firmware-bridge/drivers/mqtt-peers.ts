// The other sides of the MQTT drivers in tests: a device that publishes to the gateway, and a broker that a device publishes to.
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { Aedes } from 'aedes'
import { connectAsync, type MqttClient } from 'mqtt'
import type { SpeakingPeer } from './listening-contract.ts'

export const contractTopic = 'barn/climate'
const right = (value: number) => JSON.stringify({ climate: { temperature: value } })
const wrong = '{"climate": {"temp'

/** Connects for each thing that it says, and leaves when that is confirmed or refused. */
export class PublishingDevice implements SpeakingPeer {
  readonly port: number
  readonly #login: { readonly username: string; readonly password: string }
  readonly #clients = new Set<MqttClient>()
  confirmed = 0

  constructor(port: number, login: { readonly username: string; readonly password: string }) {
    this.port = port
    this.#login = login
  }

  get connections(): number {
    return this.#clients.size
  }

  async start(): Promise<void> {
    // It is there as soon as it connects.
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => this.#leave(client)))
  }

  say(value: number): Promise<void> {
    return this.#publish(right(value))
  }

  misspeak(): Promise<void> {
    return this.#publish(wrong)
  }

  async #publish(text: string): Promise<void> {
    const client = await this.#connect()
    client.on('close', () => void this.#leave(client))
    client.publish(contractTopic, text, { qos: 1 }, (error) => {
      if (error === undefined || error === null) this.confirmed += 1
      void this.#leave(client)
    })
  }

  /** Bounded by the test's own limit. */
  async #connect(): Promise<MqttClient> {
    for (;;) {
      try {
        const options = { ...this.#login, reconnectPeriod: 0, protocolVersion: 4 } as const
        const client = await connectAsync(`mqtt://127.0.0.1:${this.port}`, options, false)
        client.on('error', () => undefined)
        this.#clients.add(client)
        return client
      } catch {
        await wait(5)
      }
    }
  }

  async #leave(client: MqttClient): Promise<void> {
    if (!this.#clients.has(client)) return
    await client.endAsync(true)
    this.#clients.delete(client)
  }
}

/** A broker with one device behind it, on the same port at each start. */
export class BrokerWithDevice implements SpeakingPeer {
  readonly port: number
  readonly #sockets = new Set<Socket>()
  readonly #subscribed = new Set<string>()
  #aedes: Aedes | undefined
  #server: Server | undefined
  confirmed = 0

  constructor(port: number) {
    this.port = port
  }

  get connections(): number {
    return this.#sockets.size
  }

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker()
    aedes.on('subscribe', (_, client) => this.#subscribed.add(client.id))
    aedes.on('clientDisconnect', (client) => this.#subscribed.delete(client.id))
    aedes.on('ack', (packet) => {
      // The packet is absent for a message that aedes had not stored.
      if ((packet as unknown) !== null) this.confirmed += 1
    })
    const server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      aedes.handle(socket)
    })
    await new Promise<void>((resolve) => void server.listen(this.port, '127.0.0.1', resolve))
    this.#aedes = aedes
    this.#server = server
  }

  async stop(): Promise<void> {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    this.#server?.close(() => resolve())
    if (this.#server === undefined) resolve()
    for (const socket of this.#sockets) socket.destroy()
    await closed
    await new Promise<void>((done) => (this.#aedes === undefined ? done() : this.#aedes.close(() => done())))
    this.#subscribed.clear()
    this.#aedes = undefined
    this.#server = undefined
  }

  say(value: number): Promise<void> {
    return this.#publish(right(value))
  }

  misspeak(): Promise<void> {
    return this.#publish(wrong)
  }

  async #publish(text: string): Promise<void> {
    while (this.#subscribed.size === 0) await wait(2)
    await new Promise<void>((resolve) => {
      const packet = { cmd: 'publish', topic: contractTopic, payload: text, qos: 1, retain: false, dup: false } as const
      this.#aedes?.publish(packet, () => resolve())
    })
  }
}
