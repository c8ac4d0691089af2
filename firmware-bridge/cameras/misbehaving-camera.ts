// A HTTP camera on a real port, snapshot or MJPEG, that answers wrongly when a test says so.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { CameraPeer, CameraPeerMode } from './camera-contract.ts'

/** What an MJPEG sender makes of multipart: right, and the ways in which real ones are wrong. */
export type PartStyle = 'right' | 'no-length' | 'wrong-length' | 'bare-newlines' | 'no-headers' | 'hyphenated'

export interface MisbehavingCameraOptions {
  readonly kind: 'snapshot' | 'mjpeg'
  /** Images in the order in which they are sent, again and again. */
  readonly images: readonly Buffer[]
  readonly login?: { readonly scheme: 'basic' | 'digest'; readonly username: string; readonly password: string }
}

const boundary = 'frame boundary'

export class MisbehavingCamera implements CameraPeer {
  mode: CameraPeerMode = 'right'
  style: PartStyle = 'right'
  /** Further headers of a snapshot. */
  headers: Readonly<Record<string, string>> = {}
  requests = 0
  /** Every Authorization header that came. */
  readonly authorizations: string[] = []
  #nonce = 0
  readonly #options: MisbehavingCameraOptions
  readonly #sockets = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #server: Server | undefined
  #port = 0
  #sent = 0

  constructor(options: MisbehavingCameraOptions) {
    this.#options = options
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/camera?channel=1`
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Makes every nonce given out so far stale. */
  renewNonce(): void {
    this.#nonce += 1
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#serve(request, response))
    this.#server = server
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const timer of this.#timers) clearInterval(timer)
    for (const socket of this.#sockets) socket.destroy()
    if (server !== undefined) await new Promise<void>((resolve) => void server.close(() => resolve()))
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1
    if (!this.#allowed(request, response)) return
    if (this.mode === 'silent') return
    if (this.mode === 'refusing') return void response.writeHead(503).end()
    if (this.#options.kind === 'snapshot') this.#snapshot(response)
    else this.#stream(response)
  }

  #allowed(request: IncomingMessage, response: ServerResponse): boolean {
    const { login } = this.#options
    if (login === undefined) return true
    const given = request.headers.authorization
    if (given !== undefined) this.authorizations.push(given)
    const nonce = `nonce-${this.#nonce}`
    if (login.scheme === 'basic') {
      if (given === `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`) return true
      response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' }).end()
      return false
    }
    const field = (name: string): string => new RegExp(`${name}="?([^",]*)`).exec(given ?? '')?.[1] ?? ''
    const hash = (text: string): string => createHash('md5').update(text).digest('hex')
    const secret = hash(`${login.username}:camera, indoor:${login.password}`)
    const what = hash(`GET:${request.url}`)
    const right = hash(`${secret}:${nonce}:${field('nc')}:${field('cnonce')}:auth:${what}`)
    if (field('response') === right) return true
    const stale = given !== undefined && field('nonce') !== nonce ? ', stale=true' : ''
    response
      .writeHead(401, {
        'www-authenticate': `Digest realm="camera, indoor", qop="auth,auth-int", nonce="${nonce}"${stale}`,
      })
      .end()
    return false
  }

  #image(): Buffer {
    const { images } = this.#options
    this.#sent += 1
    return images[(this.#sent - 1) % images.length] ?? Buffer.alloc(0)
  }

  #snapshot(response: ServerResponse): void {
    const image = this.#image()
    const headers = { 'content-type': 'image/jpeg', ...this.headers }
    if (this.mode === 'garbage') return void response.writeHead(200, headers).end('<html>log in</html>'.repeat(500))
    if (this.mode === 'oversize')
      return void response.writeHead(200, { ...headers, 'content-length': 100_000_000 }).write(image)
    if (this.mode === 'truncated') return void response.writeHead(200, headers).end(image.subarray(0, image.length / 2))
    response.writeHead(200, { ...headers, 'content-length': image.length })
    if (this.mode === 'slow') this.#trickle(response, image.subarray(0, 8))
    else response.end(image)
  }

  #stream(response: ServerResponse): void {
    const type = this.style === 'hyphenated' ? `--${boundary}` : `"${boundary}"`
    response.writeHead(200, { 'content-type': `multipart/x-mixed-replace; boundary=${type}` })
    if (this.mode === 'garbage') return void response.write('no image at all '.repeat(20_000))
    if (this.mode === 'oversize') return this.#endless(response)
    if (this.mode === 'slow') return this.#trickle(response, this.#part(this.#image()).subarray(0, -20))
    if (this.mode === 'truncated') {
      const image = this.#image()
      return void response.end(this.#part(image.subarray(0, image.length / 2)))
    }
    this.#every(5, response, () => {
      if (response.writableNeedDrain || this.mode !== 'right') return
      response.write(this.#part(this.#image()))
    })
  }

  #part(image: Buffer): Buffer {
    const newline = this.style === 'bare-newlines' ? '\n' : '\r\n'
    const length = this.style === 'wrong-length' ? image.length - 7 : image.length
    const headers = [
      ...(this.style === 'no-headers' ? [] : ['Content-Type: image/jpeg']),
      ...(this.style === 'no-headers' || this.style === 'no-length' ? [] : [`Content-Length: ${length}`]),
    ]
    const head = [`${newline}--${boundary}`, ...headers, '', ''].join(newline)
    return Buffer.concat([Buffer.from(head), image])
  }

  /** An image whose entropy-coded data never ends. */
  #endless(response: ServerResponse): void {
    const image = this.#image()
    response.write(this.#part(image.subarray(0, -2)))
    this.#every(1, response, () => {
      if (!response.writableNeedDrain) response.write(Buffer.alloc(16_384, 0x55))
    })
  }

  #trickle(response: ServerResponse, bytes: Buffer): void {
    let at = 0
    this.#every(5, response, () => {
      if (at < bytes.length) response.write(bytes.subarray(at, (at += 1)))
    })
  }

  #every(intervalMs: number, response: ServerResponse, work: () => void): void {
    const timer = setInterval(work, intervalMs)
    this.#timers.add(timer)
    response.once('close', () => {
      clearInterval(timer)
      this.#timers.delete(timer)
    })
  }
}
