// A real SMTP server that keeps what it is sent and fails as it is told to.
import type { Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { TestCertificate } from './test-certificate.ts'

/** What happens to the next letters, one fault each; then all are taken. */
export type SmtpFault = 'temporary' | 'permanent' | 'taken-then-reset' | 'silence' | 'refused-recipient'

export interface Letter {
  readonly to: readonly string[]
  readonly from: string
  readonly raw: string
  readonly secure: boolean
  header(name: string): string | undefined
}

export interface SmtpReceiver {
  readonly port: number
  readonly letters: readonly Letter[]
  readonly faults: SmtpFault[]
  /** Sessions that offered a user and password, and over what. */
  readonly logins: readonly { readonly user: string; readonly secure: boolean }[]
  readonly stop: () => Promise<void>
}

export async function startSmtpReceiver(
  certificate: TestCertificate | undefined,
  how: { readonly security: 'tls' | 'starttls' | 'none' },
): Promise<SmtpReceiver> {
  const letters: Letter[] = []
  const logins: { user: string; secure: boolean }[] = []
  const faults: SmtpFault[] = []
  const server = new SMTPServer({
    ...certificate,
    secure: how.security === 'tls',
    ...(how.security === 'none' ? { disabledCommands: ['STARTTLS', 'AUTH'] } : {}),
    authOptional: how.security === 'none',
    closeTimeout: 10,
    logger: false,
    onAuth(auth, session, callback) {
      logins.push({ user: auth.username ?? '', secure: session.secure })
      if (auth.password === 'right') return callback(null, { user: auth.username })
      return callback(new Error('no such user'))
    },
    onRcptTo(_address, _session, callback) {
      if (faults[0] !== 'refused-recipient') return callback()
      faults.shift()
      return callback(Object.assign(new Error('no such mailbox'), { responseCode: 550 }))
    },
    onData(stream, session, callback) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const fault = faults.shift()
        const raw = Buffer.concat(parts).toString('utf8')
        const isTaken = fault === undefined || fault === 'taken-then-reset' || fault === 'silence'
        if (isTaken) {
          const { mailFrom, rcptTo } = session.envelope
          letters.push({
            to: rcptTo.map(({ address }) => address),
            from: mailFrom === false ? '' : mailFrom.address,
            raw,
            secure: session.secure,
            header: (name) => headerOf(raw, name),
          })
        }
        if (fault === undefined) return callback(null, `2.0.0 queued as ${letters.length}`)
        if (fault === 'temporary') return callback(Object.assign(new Error('4.3.0 try later'), { responseCode: 451 }))
        if (fault === 'permanent') return callback(Object.assign(new Error('5.7.1 refused'), { responseCode: 554 }))
        if (fault === 'taken-then-reset') cut(server)
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    letters,
    faults,
    logins,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

/** Ends every session at its outermost socket, which is the encrypted one where there is encryption. */
function cut(server: SMTPServer): void {
  for (const { _socket: socket } of server.connections as Set<{ readonly _socket: Socket }>) socket.destroy()
}

function headerOf(raw: string, name: string): string | undefined {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ')
  const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`))
  return line?.slice(name.length + 1).trim()
}
