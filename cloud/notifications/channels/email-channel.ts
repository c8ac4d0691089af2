// E-mail by SMTP: encrypted on every way that leaves the machine, one Message-ID per message however often it is tried.
import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import { type Channel, type Message, reasonOf, type SendOutcome } from './channel.ts'

export interface EmailSettings {
  readonly host: string
  readonly port: number
  /** `tls`: from the first byte (465); `starttls`: asked for and insisted on; `none`: loopback only. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** `Musubi <musubi@city.example.jp>` */
  readonly from: string
  readonly replyTo?: string | undefined
  /** More certificate authorities, PEM. */
  readonly ca?: string | undefined
  readonly timeoutMs: number
}

const maxConnections = 2
/** By which a server says that it does not know or trust us, whatever the message. */
const sessionCodes = new Set([530, 534, 535, 538])

/** May this host be spoken to without encryption? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

export function emailChannel(settings: EmailSettings): Channel {
  const { host, port, security, user, password, from, replyTo, ca, timeoutMs } = settings
  const transport = createTransport({
    pool: true,
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    maxConnections,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // What people are told comes from dictionaries and names: no file and no address may be fetched on its behalf.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = domainOf(from)
  return {
    name: 'email',
    concurrency: maxConnections,
    async send(target, message, idempotencyKey, signal) {
      if (!isMailbox(target)) return { kind: 'refused', permanent: true, reason: 'this is no e-mail address' }
      const letter = {
        from,
        to: { name: '', address: target },
        ...(replyTo === undefined ? {} : { replyTo }),
        subject: message.subject,
        text: message.text,
        html: message.html,
        messageId: `<${idempotencyKey}@${domain}>`,
        date: new Date(message.timeMs),
        headers: headersOf(message),
      }
      try {
        const info = await orAborted(transport.sendMail(letter), signal)
        return {
          kind: 'delivered',
          proof: { reply: reasonOf(info.response), messageId: `${idempotencyKey}@${domain}` },
        }
      } catch (thrown) {
        return outcomeOf(thrown)
      }
    },
    async close() {
      transport.close()
      await Promise.resolve()
    },
  }
}

function headersOf(message: Message): Record<string, string> {
  const isUrgent = message.severity === 'critical' || message.severity === 'major'
  return {
    // RFC 3834: no vacation reply to a machine.
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    'Content-Language': message.language,
    ...(isUrgent ? { Importance: 'high' } : {}),
  }
}

/** A single address with no room for a second one or for a header: RFC 5321's Mailbox without quoted strings. */
export function isMailbox(text: string): boolean {
  return /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,10}$/.test(text)
}

function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'
}

function outcomeOf(thrown: unknown): SendOutcome {
  const code = thrown instanceof Error && 'responseCode' in thrown ? Number(thrown.responseCode) : 0
  // What the library calls errors of the envelope or the message; all others are the session's, and may pass.
  const kind = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  const isAboutMessage = kind === 'EENVELOPE' || kind === 'EMESSAGE'
  const proof = code > 0 ? { reply: reasonOf(thrown), code } : { error: reasonOf(thrown) }
  if (isAboutMessage && code >= 500 && !sessionCodes.has(code)) {
    return { kind: 'refused', permanent: true, reason: reasonOf(thrown), proof }
  }
  return { kind: 'retry-later', afterMs: 0, reason: reasonOf(thrown), proof }
}

/** The library cannot be stopped in the middle of a message; its own socket timeout ends what goes on behind. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new Error('the mail server did not answer in time'))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
