// A real aedes on loopback with a hub behind it that follows the sequencing rule, and can be told to misbehave.
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Aedes } from 'aedes'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { type AckDocument, StatusDocument } from '../../broker/contract/documents.ts'
import { decodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { type Envelope, sequence } from '../../broker/contract/envelope.ts'
import { CommandResult } from '../../broker/contract/command.ts'
import { commandTopic, type GatewayIdentity, parseTopic, topicOf } from '../../broker/contract/topics.ts'

export const identity: GatewayIdentity = { tenant: 'test', gateway: 'gateway-1' }

/** What the hub does with a message before the rule is applied. */
export type Mischief = 'none' | 'lose' | 'no-ack' | 'cut'

export class ScriptedHub {
  /** Values stored, in order of storing. */
  readonly stored: number[] = []
  readonly storedNames: string[] = []
  readonly statuses: StatusDocument[] = []
  /** Of commands, by their id. */
  readonly results: (readonly [id: string, CommandResult])[] = []
  readonly envelopes: Pick<Envelope, 'epoch' | 'seq' | 'prev'>[] = []
  readonly through = new Map<string, number>()
  duplicates = 0
  /** Messages whose seq had come before with readings that do not begin with these. */
  conflicts = 0
  gaps = 0
  /** Decides for each message that arrives. */
  mischief: (envelope: Envelope) => Mischief = () => 'none'
  /** Closes the connection on each birth, as a broker does for which it is too large. */
  cutsBirths = false
  readonly #contents = new Map<string, string>()
  readonly #sockets = new Set<Socket>()
  #broker: Aedes | undefined
  #server: Server | undefined
  #port = 0
  #waiting: (() => void)[] = []

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Listens; a second start uses the same port, as a restarted hub would. */
  async start(): Promise<void> {
    const broker = await Aedes.createBroker()
    this.#broker = broker
    broker.authorizePublish = (_client, packet, done) => {
      done(null)
      this.#published(packet.topic, packet.payload as Buffer)
    }
    const server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      broker.handle(socket)
    })
    this.#server = server
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server?.close(() => resolve())
    this.cut()
    await promise
    await new Promise<void>((done) => (this.#broker === undefined ? done() : this.#broker.close(() => done())))
  }

  /** Ends every connection without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  ack(document: AckDocument): void {
    this.#send(topicOf(identity, 'ack'), encodeDocument({ ...document }))
  }

  command(id: string, payload: Uint8Array): void {
    this.#send(commandTopic(identity, id), payload)
  }

  /** Resolves when `condition` holds; it is looked at after each message. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #send(topic: string, bytes: Uint8Array): void {
    const payload = Buffer.from(bytes)
    this.#broker?.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, () => undefined)
  }

  #published(topic: string, payload: Buffer): void {
    if (topic === topicOf(identity, 'status')) {
      this.statuses.push(decodeDocument(StatusDocument, payload))
      if (this.cutsBirths && this.statuses.at(-1)?.state === 'online') this.cut()
    }
    const parsed = parseTopic(topic)
    if (parsed?.kind === 'command-result') this.results.push([parsed.id, decodeDocument(CommandResult, payload)])
    if (topic === topicOf(identity, 'telemetry')) this.#telemetry(decodeEnvelope(payload, Date.now()))
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #telemetry(envelope: Envelope): void {
    const { epoch, seq, prev, readings } = envelope
    this.envelopes.push({ epoch, seq, prev })
    const content = readings.map(({ name, timeMs, value }) => `${name}@${timeMs}=${value};`).join('')
    const earlier = this.#contents.get(`${epoch} ${seq}`)
    if (earlier === undefined) this.#contents.set(`${epoch} ${seq}`, content)
    else if (!earlier.startsWith(content)) this.conflicts += 1
    const mischief = this.mischief(envelope)
    if (mischief === 'lose') return
    if (mischief === 'cut') return this.cut()
    const outcome = sequence(this.through.get(epoch) ?? 0, envelope)
    if (outcome === 'gap') {
      this.gaps += 1
      return this.ack({ epoch, through: this.through.get(epoch) ?? 0, rewind: true })
    }
    if (outcome === 'duplicate') this.duplicates += 1
    else {
      this.through.set(epoch, seq)
      this.stored.push(...readings.map(({ value }) => value ?? Number.NaN))
      this.storedNames.push(...readings.map(({ name }) => name))
    }
    if (mischief !== 'no-ack') this.ack({ epoch, through: this.through.get(epoch) ?? 0 })
  }
}
