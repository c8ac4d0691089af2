// One gateway of bench/reconnects.ts: raw MQTT 3.1.1 over mutual TLS, in the steps of the agent's uplink.
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { readAck } from '../../broker/contract/ack.ts'
import { everyCommand, type GatewayIdentity, gatewayKey, topicOf } from '../../broker/contract/topics.ts'
import { connectPacket, Framing, publishPacket, subscribePacket } from './mqtt-framing.ts'
import type { StormSetup } from './storm-messages.ts'
import { birth, lastWill, telemetry } from './storm-telemetry.ts'

/** A client that is not back by then tries again, as a gateway would. */
const attemptLimitMs = 30_000
const firstWaitMs = 100
const longestWaitMs = 2_000
/** Longer than a storm: these clients send no PINGREQ. */
const keepAliveS = 1_200
/** Packet ids of telemetry are its seq; none comes near this. */
const birthPacketId = 60_000

/** Types of control packets (MQTT 3.1.1 §2.2.1). */
const packets = { connack: 2, publish: 3, puback: 4, suback: 9 } as const

export class StormClient {
  readonly #context: SecureContext
  readonly #setup: StormSetup
  readonly #index: number
  readonly #identity: GatewayIdentity
  #socket: TLSSocket | undefined
  #session: Buffer | undefined
  #sent = 0
  #acknowledged = 0
  #onAcknowledged: () => void = () => undefined

  constructor(setup: StormSetup, index: number) {
    const { caPem: ca, keyPem: key, certificatePems, tenant, gateways } = setup
    this.#context = createSecureContext({ ca, key, cert: certificatePems[index]!, minVersion: 'TLSv1.2' })
    this.#setup = setup
    this.#index = index
    this.#identity = { tenant, gateway: gateways[index]! }
  }

  /** The newest message that was ever sent; they are numbered from 1. */
  get sent(): number {
    return this.#sent
  }

  /** Has one more message to say. Resolves with the time at which everything is acknowledged, however many attempts that took. */
  async back(port: number, resume: boolean, tried: (resumed: boolean) => void): Promise<number> {
    this.#sent += 1
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
      try {
        await this.#attempt(port, resume, tried)
        return performance.now()
      } catch {
        tried(false)
        await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random())))
      }
    }
  }

  /** Resolves at the acknowledgement; never where the server dies before. */
  say(): Promise<void> {
    return new Promise((resolve) => {
      this.#sent += 1
      this.#onAcknowledged = resolve
      this.#socket?.write(this.#message(this.#sent, this.#sent - 1))
    })
  }

  end(): void {
    this.#socket?.destroy()
  }

  /** TLS, CONNECT, SUBSCRIBE, birth, readings, each after the answer to the one before. */
  #attempt(port: number, resume: boolean, tried: (resumed: boolean) => void): Promise<void> {
    this.#socket?.destroy()
    return new Promise((resolve, reject) => {
      const session = resume && this.#session !== undefined ? { session: this.#session } : {}
      const socket = connect({ host: '127.0.0.1', port, secureContext: this.#context, ...session }, () => {
        socket.write(this.#connectPacket())
      })
      this.#socket = socket
      const timer = setTimeout(() => socket.destroy(new Error('not back in time')), attemptLimitMs)
      this.#onAcknowledged = () => {
        clearTimeout(timer)
        tried(socket.isSessionReused())
        resolve()
      }
      const framing = new Framing()
      socket.setNoDelay(true)
      socket.on('session', (given: Buffer) => (this.#session = given))
      socket.on('data', (chunk: Buffer) =>
        framing.feed(chunk, (type, bytes, at, length) => {
          this.#take(socket, type, bytes.subarray(at, at + length))
        }),
      )
      socket.on('error', reject)
      socket.on('close', () => {
        clearTimeout(timer)
        reject(new Error('closed'))
      })
    })
  }

  #take(socket: TLSSocket, type: number, body: Buffer): void {
    switch (type >> 4) {
      case packets.connack:
        if (body[1] === 0) socket.write(this.#subscribePacket())
        else socket.destroy(new Error('CONNECT refused'))
        return
      case packets.suback:
        socket.write(this.#birth())
        return
      case packets.puback:
        this.#confirmed(socket, body.readUInt16BE(0))
        return
      case packets.publish:
        this.#delivered(socket, type, body)
        return
      default:
    }
  }

  #confirmed(socket: TLSSocket, packetId: number): void {
    if (packetId === birthPacketId) this.#resend(socket)
    else if (this.#setup.acknowledgedBy === 'puback') this.#acknowledge(packetId)
  }

  /** All that is not acknowledged; the first says that nothing older will come. */
  #resend(socket: TLSSocket): void {
    const from = this.#acknowledged + 1
    const numbers = Array.from({ length: this.#sent + 1 - from }, (_, at) => from + at)
    socket.write(Buffer.concat(numbers.map((seq) => this.#message(seq, seq === from ? 0 : seq - 1))))
  }

  /** Nothing but the hub's acknowledgements comes down in a storm. */
  #delivered(socket: TLSSocket, type: number, body: Buffer): void {
    const topicEnd = 2 + body.readUInt16BE(0)
    const payloadAt = (type & 0x06) === 0 ? topicEnd : topicEnd + 2
    if (payloadAt > topicEnd) socket.write(Buffer.from([0x40, 2, body[topicEnd]!, body[topicEnd + 1]!]))
    const { through, rewind, refused } = readAck(body.subarray(payloadAt))
    if (refused !== undefined) socket.destroy(new Error(refused))
    else if (rewind === true) this.#resend(socket)
    else this.#acknowledge(through)
  }

  #acknowledge(through: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, through)
    if (this.#acknowledged >= this.#sent) this.#onAcknowledged()
  }

  #connectPacket(): Buffer {
    const will = { topic: topicOf(this.#identity, 'status'), payload: lastWill(this.#index) }
    return connectPacket(gatewayKey(this.#identity), { keepAliveS, will })
  }

  #subscribePacket(): Buffer {
    const identity = this.#identity
    return subscribePacket(topicOf(identity, 'ack'), everyCommand(identity), topicOf(identity, 'desired'))
  }

  #birth(): Buffer {
    const payload = birth(this.#index, this.#identity.gateway)
    const how = { packetId: birthPacketId, retain: this.#setup.retainBirth }
    return publishPacket(topicOf(this.#identity, 'status'), payload, how)
  }

  #message(seq: number, prev: number): Buffer {
    const payload = telemetry({ index: this.#index, seq, prev, startMs: this.#setup.startMs })
    return publishPacket(topicOf(this.#identity, 'telemetry'), payload, { packetId: seq })
  }
}
