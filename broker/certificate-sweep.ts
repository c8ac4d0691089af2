// Ends connections whose certificate expired or was revoked after they were admitted.
import type { RevocationList } from '../provisioning/registry/revocations.ts'
import type { Connection } from './connection.ts'
import type { Clock, Log, Timer } from './contract/ports.ts'
import { countClose, type BrokerCounts } from './metrics.ts'

const sweepMs = 60_000

export interface CertificateSweepOptions {
  readonly clock: Clock
  readonly log: Log
  readonly revocations: RevocationList | undefined
  readonly connections: Iterable<Connection>
  readonly counts: BrokerCounts
}

/** A connection does not outlive its certificate, nor its revocation by more than a minute. */
export function sweepCertificates(options: CertificateSweepOptions): Timer {
  const { revocations, counts } = options
  let cancelled = false
  let timer: Timer | undefined

  function sweep(): void {
    const now = options.clock.now()
    for (const connection of options.connections) {
      const { principal } = connection
      if (principal.kind !== 'gateway') continue
      if (principal.notAfterMs > now && revocations?.isRevoked(principal.serialNumber) !== true) continue
      countClose(counts, connection, 'certificate')
      connection.socket.destroy()
    }
  }

  async function round(): Promise<void> {
    try {
      await revocations?.reload()
    } catch (thrown) {
      options.log.error({ error: thrown }, 'the revocation list cannot be read; the last one stays in force')
    }
    if (cancelled) return
    sweep()
    schedule()
  }

  function schedule(): void {
    timer = options.clock.setTimer(() => void round(), sweepMs)
  }

  schedule()
  return {
    cancel() {
      cancelled = true
      timer?.cancel()
    },
  }
}
