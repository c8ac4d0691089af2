// One GET of a feed: guarded against the hub's own network, bounded in time and size, asked only for what has changed.
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { AppError } from '../../../broker/contract/app-error.ts'
import { addressGuard } from '../../notifications/channels/address-guard.ts'
import { maxXmlBytes } from '../formats/xml.ts'
import type { BulletinSettings } from './source-settings.ts'

/** What a source said of its present version, to be told when it is asked again. */
export interface FeedVersion {
  readonly etag: string | undefined
  readonly lastModified: string | undefined
}

export type FeedAnswer =
  | { readonly kind: 'read'; readonly body: Uint8Array; readonly version: FeedVersion }
  | { readonly kind: 'unchanged' }
  /** `afterMs`: the least wait that it asks for, 0 for none. */
  | { readonly kind: 'failed'; readonly reason: string; readonly afterMs: number }

export interface FeedFetch {
  /** Never throws. `signal` ends it. */
  get(url: string, version: FeedVersion, signal: AbortSignal): Promise<FeedAnswer>
  close(): void
}

const maxHeader = 500
const maxRetryAfterS = 6 * 3600

export function feedFetch({
  allowAddresses,
  allowHttp,
  ca,
}: Pick<BulletinSettings, 'allowAddresses' | 'allowHttp' | 'ca'>): FeedFetch {
  const guard = addressGuard(allowAddresses)
  const http = new HttpAgent({ keepAlive: false })
  const https = new HttpsAgent({ keepAlive: false, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) })
  async function ask(url: URL, version: FeedVersion, signal: AbortSignal): Promise<IncomingMessage> {
    const isPlain = url.protocol === 'http:'
    if (isPlain ? !allowHttp : url.protocol !== 'https:') throw refused(`${url.protocol} is not allowed`)
    // The resolver below never sees what is written as an address.
    if (!guard.allowsHost(url.hostname)) throw refused(`${url.hostname} is not a public address`)
    const headers = {
      accept: 'application/cap+xml, application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9',
      'accept-encoding': 'identity',
      'user-agent': 'musubi',
      ...(version.etag === undefined ? {} : { 'if-none-match': version.etag }),
      ...(version.lastModified === undefined ? {} : { 'if-modified-since': version.lastModified }),
    }
    const agent = isPlain ? http : https
    return await new Promise((resolve, reject) => {
      const asked = (isPlain ? httpRequest : httpsRequest)(url, { agent, lookup: guard.lookup, headers, signal })
      asked.on('error', reject)
      asked.on('response', resolve)
      asked.end()
    })
  }
  return {
    async get(url, version, signal) {
      try {
        const answer = await ask(new URL(url), version, signal)
        return await answered(answer)
      } catch (thrown) {
        return { kind: 'failed', reason: reasonOf(thrown), afterMs: 0 }
      }
    },
    close() {
      http.destroy()
      https.destroy()
    },
  }
}

async function answered(answer: IncomingMessage): Promise<FeedAnswer> {
  const { statusCode = 0, headers } = answer
  if (statusCode === 200) {
    const encoding = headers['content-encoding'] ?? 'identity'
    if (encoding !== 'identity') throw refused(`it answers in ${encoding}, although it was asked not to`)
    const version = { etag: headerOf(headers.etag), lastModified: headerOf(headers['last-modified']) }
    return { kind: 'read', body: await bodyOf(answer), version }
  }
  answer.destroy()
  if (statusCode === 304) return { kind: 'unchanged' }
  const to = statusCode >= 300 && statusCode < 400 ? ` to ${String(headers.location).slice(0, 200)}` : ''
  const retryS = /^[0-9]{1,9}$/.test(headers['retry-after'] ?? '') ? Number(headers['retry-after']) : 0
  // A redirect is not followed: where it leads is for the operator to see and to write down.
  return { kind: 'failed', reason: `HTTP ${statusCode}${to}`, afterMs: Math.min(retryS, maxRetryAfterS) * 1000 }
}

async function bodyOf(answer: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.byteLength
    if (bytes > maxXmlBytes) {
      answer.destroy()
      throw refused(`it is longer than ${maxXmlBytes} bytes`)
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function headerOf(text: string | undefined): string | undefined {
  return text === undefined || text.length > maxHeader ? undefined : text
}

function refused(why: string): AppError {
  return new AppError('bulletin.source', why)
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return reasonOf(thrown.errors[0])
  return thrown instanceof Error ? thrown.message.slice(0, 300) : String(thrown)
}
