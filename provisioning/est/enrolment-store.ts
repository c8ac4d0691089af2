// What enrolment remembers, in one file that the hub and the command line share: claims, late renewals, and what was tried.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { gatewayKey, type GatewayIdentity } from '../../broker/contract/topics.ts'

/** The right to one certificate for one gateway. */
export interface NewClaim {
  readonly identity: GatewayIdentity
  /** Where the gateway will stand, for people; may be empty. */
  readonly site: string
  /** Name of the template for its configuration; may be empty. */
  readonly profile: string
  readonly expiresMs: number
}

export interface Claim extends NewClaim {
  readonly id: string
  readonly usedMs: number | undefined
}

export interface ClaimWithSecret extends Claim {
  /** Shown once: the store keeps its hash alone. */
  readonly secret: string
}

/** `again`: the same key came again, because the answer was lost on its way. */
export type ClaimVerdict =
  | { readonly kind: 'granted' | 'again'; readonly claim: Claim }
  | { readonly kind: 'refused'; readonly reason: 'unknown' | 'secret' | 'locked' | 'expired' | 'used' | 'label' }

export type LateRenewal = 'asked' | 'approved' | 'refused' | 'done'

export interface AuditEntry {
  readonly action: 'enrol' | 'renew' | 'late-renewal' | 'claim' | 'rate-limit'
  readonly outcome: string
  /** Gateway or claim. */
  readonly subject: string
  readonly remote: string
}

/** A claim that was tried with so many wrong secrets is dead; 130 bits cannot be guessed, but nobody shall try. */
const mostFailures = 10
/** Bound: rows of the audit. Overflow: the oldest go. */
const mostAuditRows = 100_000
const busyTimeoutMs = 5000

const tables = `
  CREATE TABLE IF NOT EXISTS claims (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, gateway TEXT NOT NULL, site TEXT NOT NULL, profile TEXT NOT NULL,
    secret_hash BLOB NOT NULL, expires_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0, used_ms INTEGER, key_hash TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS claims_of_gateway ON claims (tenant, gateway);
  CREATE TABLE IF NOT EXISTS late_renewals (
    serial TEXT PRIMARY KEY, gateway TEXT NOT NULL, key_hash TEXT NOT NULL, asked_ms INTEGER NOT NULL,
    state TEXT NOT NULL, decided_ms INTEGER, decided_by TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, action TEXT NOT NULL, outcome TEXT NOT NULL,
    subject TEXT NOT NULL, remote TEXT NOT NULL
  ) STRICT;`

interface ClaimRow {
  readonly id: string
  readonly tenant: string
  readonly gateway: string
  readonly site: string
  readonly profile: string
  readonly secret_hash: Uint8Array
  readonly expires_ms: number
  readonly failures: number
  readonly used_ms: number | null
  readonly key_hash: string | null
}

export interface LateRenewalRow {
  readonly serial: string
  readonly gateway: string
  readonly askedMs: number
  readonly state: LateRenewal
}

/** Every method is one transaction and durable when it returns. Throws `store.unavailable` where the file cannot be used. */
export class EnrolmentStore {
  readonly #database: DatabaseSync
  readonly #clock: Clock

  constructor(folder: string, clock: Clock) {
    this.#clock = clock
    const file = join(folder, 'enrolment.db')
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      this.#database = new DatabaseSync(file, { timeout: busyTimeoutMs })
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
      this.#database.exec(tables)
    } catch (cause) {
      throw new AppError('store.unavailable', `${file} cannot be opened`, { cause })
    }
  }

  close(): void {
    this.#database.close()
  }

  /** All or none, like `saveClaims`. */
  createClaims(wanted: readonly NewClaim[]): readonly ClaimWithSecret[] {
    const drafts = draftClaims(wanted)
    this.saveClaims(drafts)
    return drafts
  }

  /**
   * Makes drafts valid: all or none. An open claim for the same gateway is replaced: its label is void. `check` sees the claims as they
   * are before, inside the transaction; what it throws passes through, and nothing is changed.
   */
  saveClaims(drafts: readonly ClaimWithSecret[], check?: (claims: readonly Claim[]) => void): void {
    const voidOpen = this.#database.prepare('DELETE FROM claims WHERE tenant = ? AND gateway = ? AND used_ms IS NULL')
    const insert = this.#database.prepare(
      `INSERT INTO claims (id, tenant, gateway, site, profile, secret_hash, expires_ms, created_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#transaction(() => {
      check?.(this.claims())
      for (const { id, secret, identity, site, profile, expiresMs } of drafts) {
        voidOpen.run(identity.tenant, identity.gateway)
        const about = [identity.tenant, identity.gateway, site, profile] as const
        insert.run(id, ...about, hashOf(secret), expiresMs, this.#clock.now())
        this.audit({ action: 'claim', outcome: 'made', subject: gatewayKey(identity), remote: '' })
      }
    })
  }

  claims(): readonly Claim[] {
    const rows = this.#database.prepare('SELECT * FROM claims ORDER BY tenant, gateway, created_ms').all()
    return (rows as unknown as readonly ClaimRow[]).map(claimOf)
  }

  /** Uses the claim for the key with this hash; `label` of the path, where there is one, must be its tenant. What a refusal was about is for the audit, never for the one who asked. */
  useClaim(id: string, secret: string, keyHash: string, label?: string): ClaimVerdict {
    return this.#transaction(() => {
      const row = this.#database.prepare('SELECT * FROM claims WHERE id = ?').get(id) as unknown as ClaimRow | undefined
      if (row === undefined) return { kind: 'refused', reason: 'unknown' }
      if (row.failures >= mostFailures) return { kind: 'refused', reason: 'locked' }
      if (!timingSafeEqual(hashOf(secret), row.secret_hash)) {
        this.#database.prepare('UPDATE claims SET failures = failures + 1 WHERE id = ?').run(id)
        return { kind: 'refused', reason: 'secret' }
      }
      if (label !== undefined && label !== row.tenant) return { kind: 'refused', reason: 'label' }
      const nowMs = this.#clock.now()
      if (row.expires_ms <= nowMs) return { kind: 'refused', reason: 'expired' }
      if (row.key_hash === keyHash) return { kind: 'again', claim: claimOf(row) }
      if (row.used_ms !== null) return { kind: 'refused', reason: 'used' }
      this.#database.prepare('UPDATE claims SET used_ms = ?, key_hash = ? WHERE id = ?').run(nowMs, keyHash, id)
      return { kind: 'granted', claim: claimOf({ ...row, used_ms: nowMs }) }
    })
  }

  /**
   * A gateway with an expired certificate asks for a new one: asked until somebody decides. It may ask with another key as
   * long as nobody has decided; an approval holds for the key that was asked with.
   */
  askLateRenewal(serial: string, identity: GatewayIdentity, keyHash: string): LateRenewal {
    return this.#transaction(() => {
      const known = this.#database.prepare('SELECT state, key_hash FROM late_renewals WHERE serial = ?').get(serial)
      if (known === undefined || known['state'] === 'asked') {
        this.#database
          .prepare(
            `INSERT OR REPLACE INTO late_renewals (serial, gateway, key_hash, asked_ms, state) VALUES (?, ?, ?, ?, 'asked')`,
          )
          .run(serial, gatewayKey(identity), keyHash, this.#clock.now())
        return 'asked'
      }
      if (known['key_hash'] !== keyHash) return 'refused'
      return known['state'] as LateRenewal
    })
  }

  lateRenewals(): readonly LateRenewalRow[] {
    const rows = this.#database.prepare('SELECT * FROM late_renewals ORDER BY asked_ms').all()
    return rows.map((row) => ({
      serial: String(row['serial']),
      gateway: String(row['gateway']),
      askedMs: Number(row['asked_ms']),
      state: row['state'] as LateRenewal,
    }))
  }

  /** Throws `not-found` where nothing is asked under this serial number. */
  decideLateRenewal(serial: string, state: 'approved' | 'refused', by: string): void {
    const { changes } = this.#database
      .prepare(
        `UPDATE late_renewals SET state = ?, decided_ms = ?, decided_by = ? WHERE serial = ? AND state = 'asked'`,
      )
      .run(state, this.#clock.now(), by, serial)
    if (changes === 0) throw new AppError('not-found', `no gateway asks to be renewed with the certificate ${serial}`)
  }

  audit({ action, outcome, subject, remote }: AuditEntry): void {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO audit (time_ms, action, outcome, subject, remote) VALUES (?, ?, ?, ?, ?)')
      .run(this.#clock.now(), action, outcome, onOneLine(subject), remote)
    this.#database.prepare('DELETE FROM audit WHERE id <= ?').run(Number(lastInsertRowid) - mostAuditRows)
  }

  /** The newest first. */
  auditTrail(limit: number): readonly (AuditEntry & { readonly timeMs: number })[] {
    const rows = this.#database.prepare('SELECT * FROM audit ORDER BY id DESC LIMIT ?').all(limit)
    return rows.map((row) => ({
      timeMs: Number(row['time_ms']),
      action: row['action'] as AuditEntry['action'],
      outcome: String(row['outcome']),
      subject: String(row['subject']),
      remote: String(row['remote']),
    }))
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (thrown) {
      this.#database.exec('ROLLBACK')
      throw thrown
    }
  }
}

/** Claims with new ids and secrets, which no hub accepts until they are saved: so their labels can be on disk before. */
export function draftClaims(wanted: readonly NewClaim[]): readonly ClaimWithSecret[] {
  return wanted.map((claim) => ({ ...claim, id: letters(8), secret: letters(26), usedMs: undefined }))
}

function claimOf(row: ClaimRow): Claim {
  const { id, tenant, gateway, site, profile, expires_ms: expiresMs, used_ms: usedMs } = row
  return { id, identity: { tenant, gateway }, site, profile, expiresMs, usedMs: usedMs ?? undefined }
}

/** Whoever asks chooses the name of his claim: it shall neither make up lines of the audit nor steer the terminal that shows it. */
function onOneLine(subject: string): string {
  return subject.slice(0, 100).replaceAll(/\p{C}|\p{Zl}|\p{Zp}/gu, '�')
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Five bits a letter, without the four that are mistaken for others (Crockford): 26 letters are 130 bits. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

function letters(count: number): string {
  return Array.from(randomBytes(count), (byte) => alphabet[byte & 31]).join('')
}
