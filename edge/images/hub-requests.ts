// HTTPS requests to the hub with the gateway's certificate, for tus-js-client and for plain questions: paced, and never waiting for ever.
import { open } from 'node:fs/promises'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { FileReader, HttpRequest, HttpResponse, HttpStack } from 'tus-js-client'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { ChunkSize, Pace } from './pacing.ts'

/** Its fields change when the certificate is renewed. */
export interface HubTls {
  readonly ca: Buffer | undefined
  readonly certificate: Buffer | undefined
  readonly key: Buffer | undefined
}

export interface HubRequestsOptions {
  /** `https://host:port` */
  readonly url: string
  readonly tls: HubTls
  readonly parallel: number
  /** A request on which nothing moves for this long is given up. */
  readonly idleMs: number
}

export interface HubAnswer {
  readonly status: number
  readonly body: string
}

/** A piece of a file, as the body of a request. tus-js-client reads `size` alone. */
interface FileSlice {
  readonly path: string
  readonly start: number
  readonly size: number
}

const maxAnswerBytes = 65_536

export class HubRequests {
  readonly stack: HttpStack
  readonly #options: HubRequestsOptions
  readonly #agent: Agent
  readonly #pace: Pace
  readonly #chunk: ChunkSize
  readonly #clock: Clock

  constructor(
    options: HubRequestsOptions,
    { pace, chunk, clock }: { readonly pace: Pace; readonly chunk: ChunkSize; readonly clock: Clock },
  ) {
    this.#options = options
    this.#pace = pace
    this.#chunk = chunk
    this.#clock = clock
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: options.parallel,
      minVersion: 'TLSv1.2',
    })
    this.stack = {
      getName: () => 'HubRequests',
      createRequest: (method, url) => new TusRequest(method, url, this),
    }
  }

  /** Throws `uplink.refused` when there is no answer. */
  async get(path: string): Promise<HubAnswer> {
    const { request, answer } = this.begin('GET', new URL(path, this.#options.url).href, {})
    request.end()
    const { statusCode, body } = await answer
    return { status: statusCode, body }
  }

  begin(method: string, url: string, headers: Readonly<Record<string, string>>): BegunRequest {
    // Read each time: the certificate is renewed while the gateway runs.
    const { ca, certificate: cert, key } = this.#options.tls
    const request = httpsRequest(url, { method, headers, agent: this.#agent, ca, cert, key })
    request.setTimeout(this.#options.idleMs, () => request.destroy(new Error('the hub did not answer in time')))
    const answer = new Promise<Answered>((resolve, reject) => {
      request.on('error', (cause) => {
        reject(new AppError('uplink.refused', `the hub cannot be reached: ${cause.message}`, { cause }))
      })
      request.on('response', (response) => {
        collect(response).then(resolve, reject)
      })
    })
    answer.catch(() => undefined)
    return { request, answer }
  }

  /** Sends a piece of a file in paced portions, and measures how long its answer takes. */
  async send({ request, answer }: BegunRequest, slice: FileSlice): Promise<Answered> {
    const startedMs = this.#clock.monotonic()
    const state = { answered: false }
    const mark = (): void => void (state.answered = true)
    answer.then(mark, mark)
    await this.#write(request, slice, state)
    const answered = await answer
    if (answered.statusCode === 204 || answered.statusCode === 200) {
      this.#chunk.measured(slice.size, this.#clock.monotonic() - startedMs)
    }
    return answered
  }

  close(): void {
    this.#agent.destroy()
  }

  async #write(
    request: ClientRequest,
    { path, start, size }: FileSlice,
    state: { readonly answered: boolean },
  ): Promise<void> {
    const handle = await open(path, 'r')
    try {
      for (let sent = 0; sent < size && !state.answered;) {
        const portion = Buffer.alloc(Math.min(this.#pace.portionBytes, size - sent))
        const { bytesRead } = await handle.read(portion, 0, portion.length, start + sent)
        if (bytesRead === 0) throw new Error(`${path} has become shorter`)
        sent += bytesRead
        await this.#pace.pass(bytesRead)
        if (!state.answered && !request.write(portion.subarray(0, bytesRead))) await drained(request)
      }
      // An answer before the end is a refusal: the rest is of no use to anybody.
      if (state.answered) request.destroy()
      else request.end()
    } catch (thrown) {
      request.destroy(thrown instanceof Error ? thrown : undefined)
    } finally {
      await handle.close()
    }
  }
}

interface Answered {
  readonly statusCode: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface BegunRequest {
  readonly request: ClientRequest
  readonly answer: Promise<Answered>
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done).off('close', done).off('response', done)
      resolve()
    }
    request.on('drain', done).on('close', done).on('response', done)
    if (request.destroyed) done()
  })
}

async function collect(response: IncomingMessage): Promise<Answered> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    length += (chunk as Buffer).length
    if (length <= maxAnswerBytes) chunks.push(chunk as Buffer)
  }
  return {
    statusCode: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}

class TusRequest implements HttpRequest {
  readonly #method: string
  readonly #url: string
  readonly #requests: HubRequests
  readonly #headers: Record<string, string> = {}
  #begun: BegunRequest | undefined

  constructor(method: string, url: string, requests: HubRequests) {
    this.#method = method
    this.#url = url
    this.#requests = requests
  }

  getMethod(): string {
    return this.#method
  }

  getURL(): string {
    return this.#url
  }

  setHeader(header: string, value: string): void {
    this.#headers[header] = value
  }

  getHeader(header: string): string | undefined {
    return this.#headers[header]
  }

  setProgressHandler(): void {
    // Progress is what the hub has answered, not what was written.
  }

  async send(body: FileSlice | null = null): Promise<HttpResponse> {
    const length = { 'content-length': String(body?.size ?? 0) }
    this.#begun = this.#requests.begin(this.#method, this.#url, { ...this.#headers, ...length })
    if (body === null) this.#begun.request.end()
    const {
      statusCode,
      headers,
      body: text,
    } = await (body === null ? this.#begun.answer : this.#requests.send(this.#begun, body))
    return {
      getStatus: () => statusCode,
      getHeader: (name) => headers[name.toLowerCase()]?.toString(),
      getBody: () => text,
      getUnderlyingObject: () => undefined,
    }
  }

  abort(): Promise<void> {
    this.#begun?.request.destroy()
    return Promise.resolve()
  }

  getUnderlyingObject(): unknown {
    return this.#begun?.request
  }
}

/** tus-js-client's reader of a file whose bytes are read only when they are sent. */
export function fileReader(bytes: number): FileReader {
  return {
    openFile: (path: string) =>
      Promise.resolve({
        size: bytes,
        slice(start: number, end: number) {
          const value: FileSlice = { path, start, size: Math.min(end, bytes) - start }
          return Promise.resolve({ value, done: end >= bytes })
        },
        close: () => undefined,
      }),
  }
}
