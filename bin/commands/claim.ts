// `musubi claim …`: the right of a gateway to enrol once, and a person's word on one that comes too late; on the machine of the hub.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { commandTopic, gatewayKey, identityUrn, parseTopic } from '../../broker/contract/topics.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { mostDays, readProfile, readSite } from '../../provisioning/claims/claim-columns.ts'
import type { ClaimPlan } from '../../provisioning/claims/claim-plan.ts'
import { paperOf } from '../../provisioning/claims/label-papers.ts'
import type { SheetOptions } from '../../provisioning/claims/label-sheet.ts'
import { isHubAddress, writeClaimText } from '../../provisioning/est/claim-text.ts'
import { EnrolmentStore } from '../../provisioning/est/enrolment-store.ts'
import { hashOfCertificate } from '../../provisioning/est/est-client.ts'
import { openRevocations } from '../../provisioning/registry/revocations.ts'
import { authorityFolder } from './ca.ts'

const usage = `Usage:
  musubi claim new --data DIR --tenant T --gateway G --hub HOST:PORT [--site TEXT] [--profile NAME] [--days N]
      Prints what the QR code of the gateway's label says. --hub is the hub's EST port as gateways reach it. Good for one
      certificate within N days (default 30). An open claim of the same gateway becomes void.
  musubi claim import FILE.csv --data DIR --hub HOST:PORT --labels OUT.pdf [--tenant T] [--days N] [--paper NAME]
                      [--skip N] [--offset MM,MM] [--reissue]
      A claim for each gateway of a table (columns gateway, site, profile; tenant and expiry where wanted; in Japanese
      too; UTF-8 or Shift_JIS) and the sheet of their labels: all or nothing, every fault of the table at once. The same
      table again changes nothing. The sheet holds the secrets: print it, then delete it.
      --paper a4-24 (stickers, default), a4-12, a4-10, a4 or b5 (plain, with cut marks); --skip faces that are used up;
      --offset how far the printer is off to the right and down; --reissue new labels for claims that nobody has used;
      --check instead of --labels only says what would be done.
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
  labels: text,
  paper: text,
  skip: text,
  offset: text,
  reissue: { type: 'boolean' },
  check: { type: 'boolean' },
} as const

type Switch = 'reissue' | 'check'
type Values = Readonly<Partial<Record<Exclude<keyof typeof flags, Switch>, string>>> &
  Readonly<Partial<Record<Switch, boolean>>> & { readonly file?: string }

interface Act {
  readonly needs: readonly (keyof Values)[]
  run(store: EnrolmentStore, values: Values): Promise<void> | void
}

const acts: Readonly<Record<string, Act>> = {
  new: { needs: ['data', 'tenant', 'gateway', 'hub'], run: create },
  import: { needs: ['data', 'hub'], run: importFile },
  list: { needs: ['data'], run: list },
  approve: { needs: ['data', 'serial', 'by'], run: (store, values) => decide(store, values, 'approved') },
  refuse: { needs: ['data', 'serial', 'by'], run: (store, values) => decide(store, values, 'refused') },
  audit: { needs: ['data'], run: audit },
}

const dayMs = 86_400_000

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
    const [words = '', file, ...more] = positionals
    if (more.length > 0 || (file !== undefined) !== (words === 'import')) return undefined
    return { words, values: { ...values, ...(file === undefined ? {} : { file }) } }
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
  requireHub(hub)
  const authority = await openHubAuthority(data)
  const expiresMs = systemClock.now() + period * dayMs
  const about = { site: readSite(site), profile: readProfile(profile) }
  for (const { id, secret } of store.createClaims([{ identity, ...about, expiresMs }])) {
    console.log(writeClaimText({ hub, caHash: hashOfCertificate(authority.caPem), claim: id, secret, identity }))
  }
}

async function importFile(store: EnrolmentStore, values: Values): Promise<void> {
  const { file = '', data = '', hub = '', labels, check = false, days = '30' } = values
  if ((labels === undefined) !== check) throw new AppError('config.invalid', 'give either --labels OUT.pdf or --check')
  requireHub(hub)
  const sheet = sheetOf(values)
  const authority = await openHubAuthority(data)
  const revocations = await openRevocations({ folder: authorityFolder(data), clock: systemClock })
  const valid = (await authority.issued()).filter(({ serialNumber }) => !revocations.isRevoked(serialNumber))
  const certified = new Set(valid.map(({ urn }) => urn))
  // Fonts and PDF are loaded only by whoever makes labels.
  const { importClaims } = await import('../../provisioning/claims/import-claims.ts')
  const nowMs = systemClock.now()
  const plan = await importClaims(store, {
    table: await readTable(file),
    tenant: values.tenant,
    hub,
    caHash: hashOfCertificate(authority.caPem),
    nowMs,
    expiresMs: nowMs + numberOf(days, '--days', mostDays) * dayMs,
    reissue: values.reissue === true,
    isCertified: (identity) => certified.has(identityUrn(identity)),
    labels: labels === undefined ? undefined : { file: labels, sheet },
  })
  tellPlan(plan, labels)
}

async function readTable(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new AppError('config.invalid', `${file} cannot be read`, { cause })
  }
}

function sheetOf({ paper: name = 'a4-24', skip = '0', offset = '0,0' }: Values): SheetOptions {
  const paper = paperOf(name)
  const [right, down, ...more] = offset.split(',').map(Number)
  if (
    right === undefined ||
    down === undefined ||
    more.length > 0 ||
    !(Math.max(Math.abs(right), Math.abs(down)) <= 20)
  ) {
    throw new AppError('config.invalid', `--offset is two lengths of at most 20 mm, such as 1.5,-0.5, not "${offset}"`)
  }
  const used = skip === '0' ? 0 : numberOf(skip, '--skip', paper.columns * paper.rows - 1)
  return { paper, skip: used, offsetMm: [right, down] }
}

function tellPlan({ create, open, enrolled, expired }: ClaimPlan, labels: string | undefined): void {
  const made = labels === undefined ? 'would be made' : 'made'
  console.log(
    `${create.length} claims ${made}${create.length > 0 && labels !== undefined ? `, labels in ${labels}` : ''}`,
  )
  if (open.length > 0) console.log(`${open.length} have an open claim that says the same; --reissue makes new labels`)
  if (enrolled.length > 0) console.log(`${enrolled.length} are enrolled; \`musubi claim new\` when a unit is replaced`)
  if (expired.length > 0) console.log(`${expired.length} have a claim that has expired; --reissue makes new ones`)
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

function openHubAuthority(data: string) {
  return openAuthority({ folder: authorityFolder(data), clock: systemClock, log: silentLog })
}

/** A label with a wrong address would be found out at the pole. */
function requireHub(hub: string): void {
  if (isHubAddress(hub)) return
  throw new AppError(
    'config.invalid',
    `--hub is a host name or address with the EST port, such as hub.example.jp:8444, not "${hub}"`,
  )
}

function dateOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

function numberOf(given: string, flag: string, most: number): number {
  const value = Number(given)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new AppError('config.invalid', `${flag} is a whole number from 1 to ${most}, not "${given}"`)
}
