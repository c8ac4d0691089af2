// What the audit log takes from every part of the hub.

export interface AuditRecord {
  /** As people read it; `hub` for the hub itself. */
  readonly who: string
  /** In words of the code: `alarm.acknowledged`, `session.begun`. */
  readonly action: string
  /** What it was done to: `{tenant}/{gateway}`, an alarm's id, a person. */
  readonly subject: string
  /** JSON. Never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>
  /** Whose auditors may read it, besides those of the city; undefined: only these. */
  readonly tenant?: string | undefined
  /** Address from which it was asked; undefined for the hub itself. */
  readonly remote?: string | undefined
}

/** Append-only. */
export interface Audit {
  /** Resolves when it is durable. Throws `store.unavailable`: what must be audited is then not to be done. */
  append(record: AuditRecord): Promise<void>
}
