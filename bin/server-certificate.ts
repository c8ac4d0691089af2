// Renews the hub's TLS server certificate while the hub runs: it lasts for a year, and a hub may run for longer.
import type { Clock, Log, Timer } from '../broker/contract/ports.ts'
import type { TlsCredentials } from '../provisioning/registry/gateway-tls.ts'

const everyMs = 86_400_000

/** Asks once a day; `use` gets each certificate that is another than the one in use. A failure is logged and tried again a day later. */
export function keepServerCertificate(given: {
  readonly inUse: TlsCredentials
  readonly ask: () => Promise<TlsCredentials>
  readonly use: (credentials: TlsCredentials) => void
  readonly clock: Clock
  readonly log: Log
}): Timer {
  const { ask, use, clock, log } = given
  let { certificatePem } = given.inUse
  let cancelled = false
  let timer: Timer

  async function renew(): Promise<void> {
    try {
      const credentials = await ask()
      if (cancelled) return
      if (credentials.certificatePem !== certificatePem) use(credentials)
      certificatePem = credentials.certificatePem
    } catch (thrown) {
      log.error({ err: thrown }, 'the server certificate could not be looked after; tomorrow again')
    }
    if (!cancelled) schedule()
  }

  function schedule(): void {
    timer = clock.setTimer(() => void renew(), everyMs)
  }

  schedule()
  return {
    cancel() {
      cancelled = true
      timer.cancel()
    },
  }
}
