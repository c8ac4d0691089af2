// Records of commissioning as a gateway signs them, for tests of whoever takes them.
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommissioningRecord, SignedRecord } from '../../broker/contract/commissioning-record.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { signedRecord } from '../../edge/local-page/signed-record.ts'
import { openAuthority } from '../../provisioning/authority.ts'

export interface Signer {
  sign(record: CommissioningRecord): Promise<SignedRecord>
}

/** A gateway with a certificate of the authority in `authority`; its files go into `folder`. */
export async function createSigner(authority: string, folder: string, gateway: string): Promise<Signer> {
  const ca = await openAuthority({ folder: authority, clock: systemClock, log: silentLog })
  const issued = await ca.issueGateway({ tenant: 'kimitsu', gateway })
  await mkdir(folder, { recursive: true })
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await writeFile(files.certificate, issued.certificatePem)
  await writeFile(files.key, issued.keyPem)
  return { sign: (record) => signedRecord(record, files) }
}

/** Checks of one level probe, all passed a moment ago. */
export function checksOf(gateway: string, change: Partial<CommissioningRecord> = {}): CommissioningRecord {
  const nowMs = Date.now()
  return {
    v: 1,
    id: randomUUID(),
    gateway: `kimitsu/${gateway}`,
    agent: 'musubi test',
    startedMs: nowMs - 60_000,
    finishedMs: nowMs,
    clock: { passed: true, offsetMs: 120 },
    uplink: { passed: true },
    devices: [
      {
        id: 'level-1',
        profile: 'qdy30a-level',
        label: { ja: '水位計', en: 'Level probe' },
        answered: true,
        confirmed: 'change',
        readings: [{ channel: 'water-level', value: 0.06, unit: 'm', timeMs: nowMs - 1000 }],
      },
    ],
    passed: true,
    ...change,
  }
}
