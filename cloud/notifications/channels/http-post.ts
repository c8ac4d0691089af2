// One HTTP POST to an address that somebody configured: guarded, bounded in time and size, never redirected.
import { request as httpRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { type AddressGuard, ForbiddenAddressError } from './address-guard.ts'
import { reasonOf, type SendOutcome } from './channel.ts'

export interface PostAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Cut to 64 KiB. */
  readonly body: Buffer
}

export interface HttpPoster {
  /** Throws where there is no answer: refused, cut, timed out, forbidden. */
  post(url: URL, headers: Readonly<Record<string, string>>, body: Uint8Array, signal: AbortSignal): Promise<PostAnswer>
  /** Why an address can be told now to be forbidden, before its name is looked up; undefined: it may be tried. */
  refusalOf(url: URL): string | undefined
  close(): void
}

export interface PosterSettings {
  readonly guard: AddressGuard
  /** Plain HTTP is for receivers on the same machine or network. */
  readonly allowHttp: boolean
  /** More certificate authorities, PEM. */
  readonly ca?: string | undefined
}

const maxAnswerBytes = 64 * 1024
const maxSockets = 16

export function httpPoster({ guard, allowHttp, ca }: PosterSettings): HttpPoster {
  const { lookup } = guard
  // A connection of its own for each message: one that the other side had closed meanwhile would cost a try.
  const options = { keepAlive: false, maxSockets }
  const http = new HttpAgent(options)
  const https = new HttpsAgent({ ...options, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) })
  const refusalOf = ({ protocol, hostname }: URL): string | undefined => {
    if (protocol === 'http:' ? !allowHttp : protocol !== 'https:') return `${protocol} is not allowed`
    return guard.allowsHost(hostname) ? undefined : `${hostname} is not a public address`
  }
  return {
    refusalOf,
    async post(url, headers, body, signal) {
      const refusal = refusalOf(url)
      if (refusal !== undefined) throw new ForbiddenAddressError(refusal)
      const isPlain = url.protocol === 'http:'
      const request = isPlain ? httpRequest : httpsRequest
      const agent = isPlain ? http : https
      return await new Promise<PostAnswer>((resolve, reject) => {
        const sent = { ...headers, 'content-length': String(body.byteLength), 'user-agent': 'musubi' }
        const posted = request(url, { method: 'POST', agent, lookup, headers: sent, signal })
        posted.on('error', reject)
        posted.on('response', (answer) => {
          read(answer).then(resolve, reject)
        })
        posted.end(body)
      })
    },
    close() {
      http.destroy()
      https.destroy()
    },
  }
}

/** What a failed connection means: a forbidden address never gets better, everything else may. */
export function outcomeOfFailure(thrown: unknown): SendOutcome {
  if (isForbidden(thrown)) return { kind: 'refused', permanent: true, reason: reasonOf(thrown) }
  return { kind: 'retry-later', afterMs: 0, reason: reasonOf(thrown) }
}

/** `Retry-After` (RFC 9110 §10.2.3) in ms from now: seconds or a date; 0 where there is none. */
export function retryAfterMs({ headers }: Pick<PostAnswer, 'headers'>, nowMs: number): number {
  const text = headers['retry-after']
  if (typeof text !== 'string') return 0
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs)
}

function isForbidden(thrown: unknown): boolean {
  if (thrown instanceof ForbiddenAddressError) return true
  return thrown instanceof AggregateError && thrown.errors.some(isForbidden)
}

async function read(answer: IncomingMessage): Promise<PostAnswer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    if (bytes + part.byteLength > maxAnswerBytes) {
      // The status is known; what comes after is not wanted, and its socket is not used again.
      answer.destroy()
      break
    }
    parts.push(part)
    bytes += part.byteLength
  }
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }
}
