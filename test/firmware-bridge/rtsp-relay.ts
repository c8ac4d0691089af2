// A RTSP server for tests: one ffmpeg publishes a stream to it (RFC 2326, ANNOUNCE and RECORD), others play it, over TCP.
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { CameraPeer, CameraPeerMode } from '../../firmware-bridge/cameras/camera-contract.ts'

interface Message {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export class RtspRelay implements CameraPeer {
  mode: CameraPeerMode = 'right'
  /** What a player must send as Authorization, where one is wanted. */
  login: { readonly username: string; readonly password: string } | undefined
  readonly #sockets = new Set<Socket>()
  readonly #players = new Set<Socket>()
  #server: Server | undefined
  #publisher: ChildProcess | undefined
  #port = 0
  #sdp = ''

  get url(): string {
    return `rtsp://127.0.0.1:${this.#port}/live`
  }

  /** The publisher's own connection is not counted. */
  get connections(): number {
    return this.#players.size
  }

  async start(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    const source = '-re -f lavfi -i testsrc=size=64x48:rate=25 -c:v libx264 -preset ultrafast -tune zerolatency -g 5'
    const args = `-hide_banner -loglevel error -nostdin ${source} -pix_fmt yuv420p -f rtsp -rtsp_transport tcp ${this.url}`
    this.#publisher = spawn('ffmpeg', args.split(' '), { stdio: 'ignore' })
  }

  async stop(): Promise<void> {
    const [server, publisher] = [this.#server, this.#publisher]
    this.#server = undefined
    this.#publisher = undefined
    if (publisher !== undefined && publisher.exitCode === null && publisher.signalCode === null) {
      const ended = new Promise((resolve) => publisher.once('exit', resolve))
      publisher.kill('SIGKILL')
      await ended
    }
    for (const socket of this.#sockets) socket.destroy()
    if (server !== undefined) await new Promise<void>((resolve) => void server.close(() => resolve()))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    let received: Buffer = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#players.delete(socket)
    })
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      for (let used = this.#take(socket, received); used > 0; used = this.#take(socket, received)) {
        received = received.subarray(used)
      }
    })
  }

  /** Serves one interleaved packet (RFC 2326, 10.12) or one request; gives its length, 0 where it is not whole. */
  #take(socket: Socket, received: Buffer): number {
    if (received[0] === 0x24) {
      const length = received.length < 4 ? Infinity : 4 + received.readUInt16BE(2)
      if (length > received.length) return 0
      if (this.mode === 'right' && !this.#players.has(socket)) {
        for (const player of this.#players) player.write(received.subarray(0, length))
      }
      return length
    }
    const head = received.indexOf('\r\n\r\n')
    if (head < 0) return 0
    const [first = '', ...lines] = received.toString('latin1', 0, head).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const end = head + 4 + Number(headers['content-length'] ?? 0)
    if (received.length < end) return 0
    const body = received.toString('latin1', head + 4, end)
    this.#answer(socket, { method: first.split(' ')[0] ?? '', headers, body })
    return end
  }

  #answer(socket: Socket, { method, headers, body }: Message): void {
    const say = (status: string, more: readonly string[] = [], text = ''): void => {
      const length = text === '' ? [] : [`Content-Length: ${text.length}`]
      const lines = [`RTSP/1.0 ${status}`, `CSeq: ${headers['cseq']}`, 'Session: 1', ...more, ...length, '', text]
      socket.write(lines.join('\r\n'))
    }
    if (method === 'ANNOUNCE') this.#sdp = body
    if (method === 'OPTIONS') return say('200 OK', ['Public: OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD'])
    if (method === 'DESCRIBE') {
      if (this.mode === 'garbage') return void socket.write('no RTSP at all\r\n\r\n'.repeat(100))
      if (!this.#allowed(headers['authorization']))
        return say('401 Unauthorized', ['WWW-Authenticate: Basic realm="camera"'])
      if (this.mode === 'refusing' || this.#sdp === '') return say('404 Not Found')
      return say('200 OK', ['Content-Type: application/sdp', `Content-Base: ${this.url}/`], this.#sdp)
    }
    if (method === 'SETUP') return say('200 OK', [`Transport: ${headers['transport']}`])
    say('200 OK')
    if (method === 'PLAY') this.#players.add(socket)
  }

  #allowed(given: string | undefined): boolean {
    if (this.login === undefined) return true
    return given === `Basic ${Buffer.from(`${this.login.username}:${this.login.password}`).toString('base64')}`
  }
}
