// GET from a camera: authentication, a time limit for the head of the answer, and an error that says what the camera answered.
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { authorization, type Credentials, readChallenge } from './http-digest.ts'

// As in edge/health-server.ts: an import would load Node's fetch client too, 14 MB.
const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http')

export interface HttpCameraOptions {
  /** http or https, without user and password. */
  readonly url: string
  readonly credentials: Credentials | undefined
  /** PEM of the authority that signed a https camera's certificate; the system's authorities where undefined. */
  readonly ca: string | undefined
  /** For connecting, authenticating and the head of the answer. */
  readonly headTimeoutMs: number
  readonly clock: Clock
}

export interface HttpCamera {
  /**
   * The head of an answer of status 200, body unread. Throws `driver.timeout`, `driver.connection`, or `driver.exception`
   * with the status. Whatever is not read to its end is destroyed when the signal aborts.
   */
  get(signal: AbortSignal): Promise<IncomingMessage>
  /** Ends every connection. */
  close(): void
}

/** A camera that answers 401 again and again is asked no more than this often in one go (a stale nonce takes one more). */
const maxAttempts = 3

export function createHttpCamera({ url, credentials, ca, headTimeoutMs, clock }: HttpCameraOptions): HttpCamera {
  const target = new URL(url)
  const secure = target.protocol === 'https:'
  const keep = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 } as const
  const agent = secure ? new HttpsAgent({ ...keep, ...(ca === undefined ? {} : { ca }) }) : new HttpAgent(keep)
  const uri = `${target.pathname}${target.search}`
  let challenge: ReturnType<typeof readChallenge>
  let count = 0

  async function get(signal: AbortSignal): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(signal)
      if (answer.statusCode === 200) return answer
      const offered = answer.headers['www-authenticate']
      answer.destroy()
      if (answer.statusCode !== 401) throw new AppError('driver.exception', `the camera answered ${answer.statusCode}`)
      const known = challenge
      challenge = offered === undefined ? undefined : readChallenge(offered)
      count = 0
      if (credentials === undefined)
        throw new AppError('driver.exception', 'the camera wants a user name and a password')
      if (challenge === undefined) throw new AppError('driver.exception', 'the camera wants a login of an unknown kind')
      const stale = challenge.scheme === 'digest' && challenge.fields['stale']?.toLowerCase() === 'true'
      const isNewNonce = known === undefined || (attempt === 1 && challenge.scheme === 'digest')
      if (attempt >= maxAttempts || !(stale || isNewNonce)) {
        challenge = undefined
        throw new AppError('driver.exception', 'the camera refuses the user name or the password')
      }
    }
  }

  function ask(signal: AbortSignal): Promise<IncomingMessage> {
    const header = headerFor()
    return new Promise((resolve, reject) => {
      const send = secure ? httpsRequest : httpRequest
      const request = send(target, {
        agent,
        signal,
        headers: { accept: 'image/jpeg, multipart/x-mixed-replace, */*;q=0.1', ...header },
      })
      const limit = clock.setTimer(() => {
        reject(new AppError('driver.timeout', `no answer within ${headTimeoutMs} ms`))
        request.destroy()
      }, headTimeoutMs)
      request.once('response', (answer) => {
        limit.cancel()
        // Errors of the body come to whoever reads it; without this one they would end the process.
        answer.on('error', () => undefined)
        resolve(answer)
      })
      request.on('error', (cause) => {
        limit.cancel()
        reject(new AppError('driver.connection', `${target.host}: ${cause.message}`, { cause }))
      })
      request.end()
    })
  }

  function headerFor(): Record<string, string> {
    if (challenge === undefined || credentials === undefined) return {}
    count += 1
    return { authorization: authorization(challenge, credentials, { method: 'GET', uri, count }) }
  }

  return { get, close: () => agent.destroy() }
}

/** Throws `limit.exceeded` where the answer says that it is longer than allowed. */
export function refuseOversize(answer: IncomingMessage, maxBytes: number): void {
  const length = Number(answer.headers['content-length'] ?? 0)
  if (length <= maxBytes) return
  answer.destroy()
  throw new AppError('limit.exceeded', `an image of ${length} bytes is over the bound of ${maxBytes}`)
}
