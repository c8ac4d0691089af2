// A table of gateways becomes claims and their labels: all or nothing, and never a claim without its label.
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { gatewayKey, type GatewayIdentity } from '../../broker/contract/topics.ts'
import { writeClaimText } from '../est/claim-text.ts'
import { type Claim, type ClaimWithSecret, draftClaims, type EnrolmentStore } from '../est/enrolment-store.ts'
import { type ClaimPlan, planClaims } from './claim-plan.ts'
import { type ClaimRow, readClaimTable, tableError } from './claim-table.ts'
import { claimsOfSheet, missingCharacters, type SheetOptions, writeLabelSheet } from './label-sheet.ts'

export interface ImportRequest {
  /** The bytes of the CSV. */
  readonly table: Uint8Array
  /** For tables without a column for it. */
  readonly tenant: string | undefined
  /** `host:port` of the hub's EST listener, as gateways reach it. */
  readonly hub: string
  readonly caHash: string
  readonly nowMs: number
  /** For rows without an expiry of their own. */
  readonly expiresMs: number
  readonly reissue: boolean
  readonly isCertified: (gateway: GatewayIdentity) => boolean
  /** Where the labels go; undefined: only look what would be done. */
  readonly labels: { readonly file: string; readonly sheet: SheetOptions } | undefined
}

/**
 * Reads, plans, writes the labels, then makes the claims valid, in this order: a power cut leaves labels without claims, which a later
 * import replaces, but no claim whose secret is lost. Throws `config.invalid` with every fault of the table, or where the label
 * file is there already; `store.unavailable`.
 */
export async function importClaims(store: EnrolmentStore, request: ImportRequest): Promise<ClaimPlan> {
  const rows = readClaimTable(request.table, request)
  const planFor = (claims: readonly Claim[]) => planClaims({ ...request, rows, claims })
  const plan = planFor(store.claims())
  const faults = [...plan.faults, ...unprintable(rows)]
  if (faults.length > 0) throw tableError(faults)
  if (plan.create.length === 0 || request.labels === undefined) return plan
  const { file } = request.labels
  const drafts = draftClaims(plan.create)
  await refuseToReplace(file, store)
  await writeLabels(drafts, request, request.labels)
  try {
    store.saveClaims(drafts, (claims) => requireSame(plan, planFor(claims)))
  } catch (thrown) {
    await rm(file, { force: true })
    throw thrown
  }
  return plan
}

function unprintable(rows: readonly ClaimRow[]) {
  return rows.flatMap(({ line, site }) => {
    const missing = missingCharacters(site)
    const message = `the label's font has no ${missing.join(' ')}; write the site without`
    return missing.length === 0 ? [] : [{ line, column: 'site', message }]
  })
}

/** A sheet holds the only copy of its secrets, so one that may not have been printed yet is not written over. */
async function refuseToReplace(file: string, store: EnrolmentStore): Promise<void> {
  const bytes = await readFile(file).catch((thrown: unknown) => {
    if ((thrown as { readonly code?: unknown }).code === 'ENOENT') return undefined
    throw new AppError('store.unavailable', `${file} cannot be read`, { cause: thrown })
  })
  if (bytes === undefined) return
  const ids = claimsOfSheet(bytes)
  const open = new Set(store.claims().flatMap(({ id, usedMs }) => (usedMs === undefined ? [id] : [])))
  if (ids?.some((id) => open.has(id)) === false) return
  const what = ids === undefined ? 'is another file' : 'has labels of open claims, whose secrets stand nowhere else'
  throw new AppError('config.invalid', `${file} is there already and ${what}: name a new file with --labels`)
}

/** Whole under its own name, or not there: a power cut leaves at most the file beside it. */
async function writeLabels(
  drafts: readonly ClaimWithSecret[],
  { hub, caHash }: ImportRequest,
  { file, sheet }: NonNullable<ImportRequest['labels']>,
): Promise<void> {
  const labels = drafts.map(({ id, secret, identity, site, expiresMs }) => ({
    ...identity,
    site,
    expiresMs,
    claim: id,
    text: writeClaimText({ hub, caHash, claim: id, secret, identity }),
  }))
  const beside = `${file}.new`
  await rm(beside, { force: true })
  await writeLabelSheet(beside, labels, sheet)
  await rename(beside, file)
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Claims may have been used or made by others while the labels were drawn. */
function requireSame(planned: ClaimPlan, now: ClaimPlan): void {
  const keys = ({ create }: ClaimPlan) => create.map(({ identity }) => gatewayKey(identity)).join()
  if (keys(planned) === keys(now) && now.faults.length === 0) return
  throw new AppError('config.invalid', 'claims have changed meanwhile; nothing was changed, import the table again')
}
