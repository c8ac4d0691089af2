// The contract of listening drivers, kept by the smallest driver that there can be: numbers in lines over TCP, each answered `ok`.
import { connect, createServer, type Server, type Socket } from 'node:net'
import { AppError } from '../../broker/contract/app-error.ts'
import type { DeviceListener, Driver, DriverDependencies } from '../driver.ts'
import { createLineSplitter } from './line-splitter.ts'
import { describeListeningDriver, type SpeakingPeer } from './listening-contract.ts'
import { freePort } from '../simulators/free-port.ts'

class NumberServer implements Driver<string, null> {
  readonly #port: number
  readonly #discard: NonNullable<DriverDependencies['onDiscard']>
  readonly #listeners = new Map<string, DeviceListener>()
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  constructor(port: number, { onDiscard = () => undefined }: DriverDependencies) {
    this.#port = port
    this.#discard = onDiscard
  }

  async open(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer((socket) => this.#serve(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(new AppError('port.busy', `port ${this.#port}`, { cause })))
      server.once('close', resolve)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
  }

  read(): Promise<never> {
    return Promise.reject(new AppError('driver.exception', 'these devices speak by themselves'))
  }

  listen({ address }: { readonly address: string }, listener: DeviceListener): () => void {
    this.#listeners.set(address, listener)
    return () => {
      if (this.#listeners.get(address) === listener) this.#listeners.delete(address)
    }
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
    this.#listeners.clear()
    if (server !== undefined) await new Promise<void>((resolve) => void server.close(() => resolve()))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const splitter = createLineSplitter((bytes) => this.#discard('overflow', bytes))
    socket.on('data', (bytes: Buffer) => {
      for (const line of splitter.push(bytes)) this.#hear(line, socket)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (splitter.clear() > 0) this.#discard('noise', 1)
      this.#sockets.delete(socket)
    })
  }

  #hear(line: string, socket: Socket): void {
    const [, address, digits] = /^([a-z]+) (\d+)$/.exec(line) ?? []
    const listener = this.#listeners.get(address ?? 'a')
    if (digits === undefined) return listener?.fault(new AppError('driver.frame', `not a number: ${line}`))
    const measurement = {
      channel: 'value',
      unit: 'count',
      quality: 'good',
      reason: undefined,
      timeMs: undefined,
    } as const
    listener?.take([{ ...measurement, value: Number(digits) }]).then(
      () => void socket.write('ok\n'),
      () => undefined,
    )
  }
}

class NumberSpeaker implements SpeakingPeer {
  confirmed = 0
  readonly #port: number
  #socket: Socket | undefined

  constructor(port: number) {
    this.#port = port
  }

  get connections(): number {
    return this.#socket === undefined ? 0 : 1
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    const socket = this.#socket
    if (socket === undefined) return
    socket.destroy()
    await new Promise((resolve) => void socket.once('close', resolve))
  }

  say(value: number): Promise<void> {
    return this.#send(`a ${value}\n`)
  }

  async misspeak(fault: 'truncated' | 'malformed' | 'wrong-check-sum'): Promise<void> {
    await this.#send(fault === 'malformed' ? 'a lot\n' : 'a 7')
    if (fault === 'truncated') await this.stop()
  }

  async #send(text: string): Promise<void> {
    const socket = this.#socket ?? (await this.#connect())
    socket.write(text)
  }

  #connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1')
      socket.once('error', reject)
      socket.once('connect', () => {
        this.#socket = socket
        resolve(socket)
      })
      socket.on('data', (bytes: Buffer) => (this.confirmed += bytes.toString().split('\n').length - 1))
      socket.on('close', () => (this.#socket = undefined))
    })
  }
}

const port = await freePort()

describeListeningDriver({
  name: 'numbers in lines',
  peer: () => new NumberSpeaker(port),
  driver: (_peer, dependencies) => new NumberServer(port, dependencies),
  device: () => ({ id: 'first', address: 'a', profile: null, timeoutMs: 1000 }),
  stranger: () => ({ id: 'second', address: 'b', profile: null, timeoutMs: 1000 }),
  expected: (value) => value,
  faults: { malformed: 'driver.frame', truncated: 'discarded' },
})
