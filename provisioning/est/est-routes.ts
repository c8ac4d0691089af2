// Enrollment over Secure Transport (RFC 7030, RFC 8951): how a gateway gets its certificate, and a new one before it expires.
import type { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { gatewayKey, type GatewayIdentity } from '../../broker/contract/topics.ts'
import type { Authority } from '../authority.ts'
import { certificatesOnly, type CertificateRequest, readRequest } from '../certificate-request.ts'
import { isUnder, parseCertificates } from '../identity/certificate-chain.ts'
import type { RevocationList } from '../registry/revocations.ts'
import { identityOfSubjectAltName } from '../subject-alt-name.ts'
import { AttemptLimit } from './attempt-limit.ts'
import type { AuditEntry, Claim, ClaimVerdict, EnrolmentStore } from './enrolment-store.ts'

export interface EstDependencies {
  readonly authority: Authority
  readonly enrolment: EnrolmentStore
  readonly revocations: RevocationList
  readonly clock: Clock
  readonly log: Log
  /** Told of every attempt: `granted`, `again`, `asked`, or why it was refused. */
  readonly onAttempt: (action: AuditEntry['action'], outcome: string) => void
}

const base = '/.well-known/est'
/** An operator decides within hours, a gateway asks every five minutes. */
const retryAfterS = 300
const maxRequestBytes = 16 * 1024
const pkcs7 = 'application/pkcs7-mime'
const wrongClaim = 'the claim is unknown, used, expired, or its secret is wrong'

/**
 * CsrAttrs (RFC 7030 §4.5.2): a key on P-256, signed with SHA-256.
 * SEQUENCE { SEQUENCE { id-ecPublicKey, SET { prime256v1 } }, ecdsa-with-SHA256 }
 */
const csrAttributes = Buffer.from('3021301506072a8648ce3d0201310a06082a8648ce3d03010706082a8648ce3d040302', 'hex')

type GrantedClaim = Exclude<ClaimVerdict, { readonly kind: 'refused' }>

/** A refusal in EST's own words: a status and a line of plain text. */
class Refusal extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/** The server asks for client certificates and lets in those without one: each route judges for itself. */
export function addEstRoutes(server: FastifyInstance, dependencies: EstDependencies): void {
  const { authority, revocations } = dependencies
  const est = new Est(dependencies)
  server.addContentTypeParser(
    'application/pkcs10',
    { parseAs: 'buffer', bodyLimit: maxRequestBytes },
    (_, body, done) => done(null, body),
  )
  server.setErrorHandler((error, request, reply) => sendRefusal(error, request, reply, dependencies.log))
  for (const path of [base, `${base}/:label`]) {
    server.get(`${path}/cacerts`, (_, reply) => sendDer(reply, pkcs7, certificatesOnly(authority.chain)))
    server.get(`${path}/csrattrs`, (_, reply) => sendDer(reply, 'application/csrattrs', csrAttributes))
    server.post(`${path}/simpleenroll`, async (request, reply) =>
      sendDer(reply, `${pkcs7}; smime-type=certs-only`, certificatesOnly([await est.enrol(request)])),
    )
    server.post(`${path}/simplereenroll`, async (request, reply) =>
      sendDer(reply, `${pkcs7}; smime-type=certs-only`, certificatesOnly([await est.renew(request)])),
    )
  }
  server.get('/ca.crl', async (_, reply) => {
    void reply.header('content-type', 'application/pkix-crl')
    return await reply.send(Buffer.from(await authority.revocationList(revocations.list())))
  })
}

class Est {
  readonly #dependencies: EstDependencies
  readonly #attempts: AttemptLimit
  readonly #challenges: AttemptLimit

  constructor(dependencies: EstDependencies) {
    this.#dependencies = dependencies
    this.#attempts = new AttemptLimit(dependencies.clock)
    this.#challenges = new AttemptLimit(dependencies.clock)
  }

  /** By a claim: HTTP Basic, its id and secret. What the request names is not believed. Returns the certificate. */
  async enrol(request: FastifyRequest): Promise<string> {
    const { enrolment } = this.#dependencies
    const remote = request.ip
    this.#slowDown(remote)
    const given = basicCredentials(request)
    if (given === undefined) {
      this.#nameless('enrol', 'no-claim', remote)
      throw unauthorized('a claim is asked for: its id as user, its secret as password')
    }
    const { id, secret } = given
    const wanted = await requestOf(request)
    const { label } = request.params as { readonly label?: string }
    const verdict = enrolment.useClaim(id, secret, wanted.keyHash, label)
    if (verdict.kind === 'refused') {
      this.#refused('enrol', verdict.reason, id, remote)
      throw unauthorized(wrongClaim)
    }
    const { identity } = verdict.claim
    if (verdict.kind === 'again' && (await this.#isTakenBack(verdict.claim))) {
      this.#refused('enrol', 'revoked', id, remote)
      throw unauthorized(wrongClaim)
    }
    await this.#supersede(verdict)
    const certificatePem = await this.#sign(wanted, identity)
    this.#note('enrol', verdict.kind, gatewayKey(identity), remote)
    return certificatePem
  }

  /** By the certificate in use. One that has expired needs a person's word: 202 until then. Returns the new certificate. */
  async renew(request: FastifyRequest): Promise<string> {
    const remote = request.ip
    this.#slowDown(remote)
    const presented = this.#presented(request, remote)
    const wanted = await requestOf(request)
    const { identity, certificate } = presented
    if (!wanted.hasNamesOf(certificate.toString())) {
      this.#refused('renew', 'names', gatewayKey(identity), remote)
      throw new Refusal(403, 'subject and alternative names must be those of the certificate in use')
    }
    const serial = certificate.serialNumber.toLowerCase()
    if (Date.parse(certificate.validTo) <= this.#dependencies.clock.now()) {
      const state = this.#dependencies.enrolment.askLateRenewal(serial, identity, wanted.keyHash)
      this.#note('late-renewal', state, gatewayKey(identity), remote)
      if (state === 'asked') {
        throw new Refusal(202, `the certificate ${serial} has expired; a person must approve the new one`, {
          'retry-after': String(retryAfterS),
        })
      }
      if (state === 'refused') throw new Refusal(403, 'the renewal was refused')
    }
    const certificatePem = await this.#sign(wanted, identity)
    this.#note('renew', 'granted', gatewayKey(identity), remote)
    return certificatePem
  }

  /** TLS has proved that the sender holds the key; that the certificate is ours is checked here, whatever its dates. */
  #presented(request: FastifyRequest, remote: string) {
    const { authority, revocations } = this.#dependencies
    const peer = (request.raw.socket as TLSSocket).getPeerX509Certificate()
    if (peer === undefined) {
      this.#nameless('renew', 'no-certificate', remote)
      throw unauthorized('a renewal comes with the certificate that is to be renewed')
    }
    try {
      if (!isUnder(peer, parseCertificates(authority.clientCaPem, 'CA'))) {
        throw new AppError('identity.invalid', 'the certificate is not from this authority')
      }
      if (revocations.isRevoked(peer.serialNumber)) {
        throw new AppError('identity.invalid', `the certificate ${peer.serialNumber} is revoked`)
      }
      return { certificate: peer, identity: identityOfSubjectAltName(peer.subjectAltName) }
    } catch (thrown) {
      const { message } = toAppError(thrown, 'identity.invalid')
      this.#refused('renew', 'certificate', peer.serialNumber, remote)
      throw new Refusal(403, message)
    }
  }

  /**
   * A gateway that enrols anew is another box, or has lost its key: what it had before is no longer accepted. Done before each
   * certificate of a claim, and not only the first: the hub may have ended between the use of the claim and this.
   */
  async #supersede({ kind, claim: { identity, usedMs } }: GrantedClaim): Promise<void> {
    const { authority, revocations } = this.#dependencies
    const own = kind === 'granted' ? [] : await authority.validSerials(identity, usedMs)
    const earlier = (await authority.validSerials(identity)).filter((serial) => !own.includes(serial))
    for (const serial of earlier) await revocations.revoke(serial, 'superseded')
  }

  /** A box that was revoked or replaced has key and label still: what its claim gave is not given again. */
  async #isTakenBack({ identity, usedMs }: Claim): Promise<boolean> {
    const { authority, revocations } = this.#dependencies
    const serials = await authority.validSerials(identity, usedMs)
    return serials.some((serial) => revocations.isRevoked(serial))
  }

  async #sign(wanted: CertificateRequest, identity: GatewayIdentity): Promise<string> {
    const { certificatePem } = await this.#dependencies.authority.signGatewayRequest(wanted, identity)
    return parseCertificates(certificatePem, 'certificate')[0].toString()
  }

  /** Throws 429 while too many attempts of this address have failed. */
  #slowDown(remote: string): void {
    const waitS = this.#attempts.waitS(remote)
    if (waitS === 0) return
    if (this.#attempts.isFirstRefusal(remote)) this.#note('rate-limit', 'refused', remote, remote)
    else this.#dependencies.onAttempt('rate-limit', 'refused')
    throw new Refusal(429, 'too many attempts of this address have failed', { 'retry-after': String(waitS) })
  }

  /**
   * Some clients ask without a name first, to be told what is wanted (RFC 7030 §3.2.3): that is no failure, and is written down ten times
   * a minute for an address.
   */
  #nameless(action: AuditEntry['action'], outcome: string, remote: string): void {
    if (this.#challenges.waitS(remote) > 0) {
      this.#dependencies.onAttempt(action, outcome)
      return
    }
    this.#challenges.failed(remote)
    this.#note(action, outcome, remote, remote)
  }

  #refused(action: AuditEntry['action'], outcome: string, subject: string, remote: string): void {
    this.#attempts.failed(remote)
    this.#note(action, outcome, subject, remote)
  }

  #note(action: AuditEntry['action'], outcome: string, subject: string, remote: string): void {
    const { enrolment, log, onAttempt } = this.#dependencies
    enrolment.audit({ action, outcome, subject, remote })
    onAttempt(action, outcome)
    log.info({ action, outcome, subject, remote }, 'an enrolment was tried')
  }
}

function unauthorized(message: string): Refusal {
  return new Refusal(401, message, { 'www-authenticate': 'Basic realm="musubi claim", charset="UTF-8"' })
}

/** Undefined where there are none. */
function basicCredentials(request: FastifyRequest): { readonly id: string; readonly secret: string } | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,400})$/.exec(request.headers.authorization ?? '') ?? []
  const [id, secret] = Buffer.from(encoded ?? '', 'base64')
    .toString()
    .split(':', 2)
  return id && secret ? { id, secret } : undefined
}

/** Base64 of the DER, with line breaks or without, whatever Content-Transfer-Encoding says (RFC 8951 §3). */
async function requestOf(request: FastifyRequest): Promise<CertificateRequest> {
  const text = Buffer.isBuffer(request.body) ? request.body.toString('latin1').replace(/[\r\n\t ]/g, '') : ''
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new Refusal(400, 'the body is no PKCS #10 request in base64')
  try {
    return await readRequest(Buffer.from(text, 'base64'))
  } catch (thrown) {
    throw new Refusal(400, toAppError(thrown, 'identity.invalid').message)
  }
}

function sendDer(reply: FastifyReply, type: string, der: Uint8Array): FastifyReply {
  // Older clients look for the second header, RFC 8951 clients ignore it.
  void reply.header('content-type', type).header('content-transfer-encoding', 'base64')
  return reply.send(Buffer.from(der).toString('base64'))
}

function sendRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const status = error instanceof Refusal ? error.status : ((error as { statusCode?: number }).statusCode ?? 500)
  const message = error instanceof Error ? error.message : String(error)
  if (status >= 500) log.error({ err: error, url: request.url }, 'an enrolment failed')
  const headers = error instanceof Refusal ? error.headers : {}
  void reply.code(status).headers(headers).type('text/plain; charset=utf-8')
  void reply.send(`${status >= 500 ? 'the hub could not answer; its log says why' : message}\n`)
}
