// `musubi claim …`: the right of a gateway to enrol once, and a person's word on one that comes too late; on the machine of the hub.
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { commandTopic, gatewayKey, parseTopic } from '../../broker/contract/topics.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { writeClaimText } from '../../provisioning/est/claim-text.ts'
import { EnrolmentStore } from '../../provisioning/est/enrolment-store.ts'
import { hashOfCertificate } from '../../provisioning/est/est-client.ts'
import { authorityFolder } from './ca.ts'

const usage = `Usage:
  musubi claim new --data DIR --tenant T --gateway G --hub HOST:PORT [--site TEXT] [--profile NAME] [--days N]
      Prints what the QR code of the gateway's label says. --hub is the hub's EST port as gateways reach it. Good for one
      certificate within N days (default 30). An open claim of the same gateway becomes void.
  musubi claim list --data DIR
      Every claim: open, used or expired; and the gateways that wait with an expired certificate.
  musubi claim approve --data DIR --serial HEX --by NAME
  musubi claim refuse --data DIR --serial HEX --by NAME
      Lets a gateway whose certificate has expired have a new one, or not.
  musubi claim audit --data DIR [--last N]
      What was tried, the newest first (default 50).`

const text = { type: 'string' } as const
const flags = {
  data: text,
  tenant: text,
  gateway: text,
  hub: text,
  site: text,
  profile: text,
  days: text,
  serial: text,
  by: text,
  last: text,
} as const

type Values = Readonly<Partial<Record<keyof typeof flags, string>>>

interface Act {
  readonly needs: readonly (keyof typeof flags)[]
  run(store: EnrolmentStore, values: Values): Promise<void> | void
}

const acts: Readonly<Record<string, Act>> = {
  new: { needs: ['data', 'tenant', 'gateway', 'hub'], run: create },
  list: { needs: ['data'], run: list },
  approve: { needs: ['data', 'serial', 'by'], run: (store, values) => decide(store, values, 'approved') },
  refuse: { needs: ['data', 'serial', 'by'], run: (store, values) => decide(store, values, 'refused') },
  audit: { needs: ['data'], run: audit },
}

const dayMs = 86_400_000
const mostDays = 365

/** Returns the exit code: 0 done, 2 wrong usage. Throws `identity.invalid`, `not-found`, `store.unavailable`. */
export async function run(args: readonly string[]): Promise<number> {
  const given = parse(args)
  const act = given === undefined ? undefined : acts[given.words]
  if (given === undefined || act === undefined || act.needs.some((flag) => !given.values[flag])) {
    console.error(usage)
    return 2
  }
  const store = new EnrolmentStore(authorityFolder(given.values.data ?? ''), systemClock)
  try {
    await act.run(store, given.values)
    return 0
  } finally {
    store.close()
  }
}

function parse(args: readonly string[]): { readonly words: string; readonly values: Values } | undefined {
  try {
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: flags })
    return { words: positionals.join(' '), values }
  } catch {
    return undefined
  }
}

async function create(store: EnrolmentStore, values: Values): Promise<void> {
  const { data = '', tenant = '', gateway = '', hub = '', site = '', profile = '', days = '30' } = values
  const identity = { tenant, gateway }
  if (parseTopic(commandTopic(identity, 'x')) === undefined) {
    throw new AppError(
      'identity.invalid',
      `tenant "${tenant}" and gateway "${gateway}" must be 1 to 32 of a-z, 0-9 and -`,
    )
  }
  const period = numberOf(days, '--days', mostDays)
  const authority = await openAuthority({ folder: authorityFolder(data), clock: systemClock, log: silentLog })
  const expiresMs = systemClock.now() + period * dayMs
  for (const { id, secret } of store.createClaims([{ identity, site, profile, expiresMs }])) {
    console.log(writeClaimText({ hub, caHash: hashOfCertificate(authority.caPem), claim: id, secret, identity }))
  }
}

function list(store: EnrolmentStore): void {
  const nowMs = systemClock.now()
  for (const { id, identity, site, expiresMs, usedMs } of store.claims()) {
    const state =
      usedMs !== undefined
        ? `used ${dateOf(usedMs)}`
        : `${expiresMs > nowMs ? 'open until' : 'expired'} ${dateOf(expiresMs)}`
    console.log([id, gatewayKey(identity), state, site].join('\t'))
  }
  for (const { serial, gateway, askedMs, state } of store.lateRenewals()) {
    console.log([serial, gateway, `certificate expired, ${state} ${dateOf(askedMs)}`].join('\t'))
  }
}

function decide(store: EnrolmentStore, { serial = '', by = '' }: Values, state: 'approved' | 'refused'): void {
  store.decideLateRenewal(serial.toLowerCase(), state, by)
  console.log(`${serial}: ${state} by ${by}; the gateway asks again within five minutes`)
}

function audit(store: EnrolmentStore, { last = '50' }: Values): void {
  for (const { timeMs, action, outcome, subject, remote } of store.auditTrail(numberOf(last, '--last', 100_000))) {
    console.log([new Date(timeMs).toISOString(), action, outcome, subject, remote].join('\t'))
  }
}

function dateOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

function numberOf(given: string, flag: string, most: number): number {
  const value = Number(given)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new AppError('config.invalid', `${flag} is a whole number from 1 to ${most}, not "${given}"`)
}
