// An SNMP agent on loopback behind a UDP relay that can hold, spoil or lose its answers: the SNMP half of the misbehaving peer.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import netSnmp, { type TestAgent } from 'net-snmp'
import type { PeerMode } from './misbehaving-peer.ts'

export const valueOid = '1.3.6.1.2.1.1.7'
const community = 'public'

export class SnmpPeer {
  mode: PeerMode = 'right'
  /** Nothing stays connected over UDP. */
  readonly connections = 0
  #value = 0
  #front: Socket | undefined
  #back: Socket | undefined
  #agent: TestAgent | undefined
  #agentPort = 0
  #port = 0
  #held: Buffer[] = []
  #client: RemoteInfo | undefined

  get port(): number {
    return this.#port
  }

  get value(): number {
    return this.#value
  }

  set value(value: number) {
    this.#value = value
    this.#agent?.getMib().setScalarValue('value', value)
  }

  async start(): Promise<void> {
    this.#agentPort = await freeUdpPort()
    const agent = netSnmp.createAgent({ port: this.#agentPort, address: '127.0.0.1' }, () => undefined)
    this.#agent = agent
    agent.getAuthorizer().addCommunity(community)
    const scalars = { value: valueOid, uptime: '1.3.6.1.2.1.1.3' }
    for (const [name, oid] of Object.entries(scalars)) {
      const scalarType = name === 'uptime' ? netSnmp.ObjectType.TimeTicks : netSnmp.ObjectType.Integer
      agent.registerProvider({ name, type: netSnmp.MibProviderType.Scalar, oid, scalarType, maxAccess: 2 })
    }
    agent.getMib().setScalarValue('value', this.#value)
    agent.getMib().setScalarValue('uptime', 4200)
    this.#back = createSocket('udp4').on('message', (answer) => this.#relay(answer))
    const front = createSocket('udp4')
    this.#front = front
    front.on('message', (request, client) => {
      this.#client = client
      this.#back?.send(request, this.#agentPort, '127.0.0.1')
    })
    await new Promise<void>((resolve) => void front.bind(this.#port, '127.0.0.1', resolve))
    this.#port = front.address().port
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const sockets = [this.#front, this.#back]
    this.#front = undefined
    this.#back = undefined
    for (const socket of sockets) socket?.close()
    if (this.#agent === undefined) resolve()
    else this.#agent.close(() => resolve())
    this.#agent = undefined
    return promise
  }

  #relay(answer: Buffer): void {
    if (this.mode === 'holding') this.#held.push(answer)
    if (this.mode === 'silent' || this.mode === 'holding') return
    const held = this.#held
    this.#held = []
    for (const late of held) this.#send(late)
    if (this.mode === 'right') this.#send(answer)
    if (this.mode === 'truncated') this.#send(answer.subarray(0, answer.length - 4))
    if (this.mode === 'malformed') this.#send(Buffer.from('ffff00', 'hex'))
  }

  #send(bytes: Buffer): void {
    if (this.#client !== undefined) this.#front?.send(bytes, this.#client.port, this.#client.address)
  }
}

/** The agent takes no port 0: a port that was free a moment ago. */
function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}
