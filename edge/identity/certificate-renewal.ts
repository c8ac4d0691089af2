// Has the gateway's certificate renewed at two thirds of its life, so that nobody drives to a paddy for it.
import { toAppError } from '../../broker/contract/app-error.ts'
import type { CertificateCondition } from '../../broker/contract/gateway-condition.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import type { RenewalAnswer } from './renewal-messages.ts'

/** What a certificate says of itself. */
export type CertificateFacts = Omit<CertificateCondition, 'renewal'>

/** Until cancelled. */
export interface CertificateKeeper extends Timer {
  /** Of the certificate in use. */
  condition(): CertificateCondition
}

export interface RenewalOptions {
  /** Of the certificate in use. */
  readonly certificate: CertificateFacts
  /** Asks the hub. Throws `uplink.refused`, `identity.invalid`. */
  readonly renew: () => Promise<RenewalAnswer>
  /** Reads the new certificate, from now on in use. */
  readonly takeRenewed: () => Promise<CertificateFacts>
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  /** [0, 1): a city's gateways were enrolled on one day and shall not come back on one. */
  readonly random: () => number
}

const renewFrom = 2 / 3
const jitterShare = 0.05
/** Timers of months do not exist; a clock that was set takes effect within the hour. */
const lookEveryMs = 3_600_000

/** Looks at once, then every hour, until cancelled. A hub that is away is asked again an hour later. */
export function keepCertificate(options: RenewalOptions): CertificateKeeper {
  const { clock, log, counters, random } = options
  const jitter = random() * jitterShare
  let { certificate } = options
  let renewal: CertificateCondition['renewal'] = { state: 'kept' }
  let cancelled = false
  let timer: Timer | undefined

  async function look(): Promise<void> {
    const waitMs = isDue() ? await attempt() : lookEveryMs
    if (!cancelled) timer = clock.setTimer(() => void look(), waitMs)
  }

  function isDue(): boolean {
    const { notBeforeMs, notAfterMs } = certificate
    return clock.now() >= notBeforeMs + (notAfterMs - notBeforeMs) * (renewFrom + jitter)
  }

  async function attempt(): Promise<number> {
    try {
      const answer = await options.renew()
      counters.add('certificate_renewals', answer.kind)
      if (answer.kind === 'pending') {
        renewal = { state: 'waiting', atMs: clock.now() }
        log.warn({ ...answer }, 'the certificate has expired; somebody at the hub must approve a new one')
        return answer.retryAfterS * 1000
      }
      certificate = await options.takeRenewed()
      renewal = { state: 'kept', atMs: clock.now() }
      log.info({ notAfter: new Date(certificate.notAfterMs).toISOString() }, 'the certificate was renewed')
    } catch (thrown) {
      const error = toAppError(thrown, 'uplink.refused')
      counters.add('certificate_renewals', error.code)
      renewal = { state: 'failed', code: error.code, atMs: clock.now() }
      log.warn({ err: error }, 'the certificate could not be renewed; again within the hour')
    }
    return lookEveryMs
  }

  void look()
  return {
    condition: () => ({ ...certificate, renewal }),
    cancel() {
      cancelled = true
      timer?.cancel()
    },
  }
}
