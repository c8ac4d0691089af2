// `musubi images …`: takes the images of a folder or a card into a gateway's spool, and says what waits there.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { askChecker } from '../../edge/checks/checker.ts'
import type { GatewayConfig } from '../../edge/config.ts'
import { createCounters } from '../../edge/counters.ts'
import { canopyListing, spoolOf } from '../../edge/images/image-uplink.ts'
import type { ImagesConfig } from '../../edge/images/images-config.ts'
import { Importer, type ImportReport } from '../../edge/images/importer.ts'

const usage = `Usage:
  musubi images import DIR --config gateway.yaml [--copy] [--remove] [--json]
      Takes every image below DIR into the spool of the gateway; the running agent uploads them.
      --copy    copies them, so that the card can be pulled before the hub has everything
      --remove  deletes each original once the hub has confirmed it
  musubi images status --config gateway.yaml [--json]
      Says what waits, what the hub has, and which files were not taken, with the reason.`

const configChecker = new URL('../../edge/checks/check-config.ts', import.meta.url)
const listedFiles = 20

/** Returns the exit code: 0 done, 1 some files are no whole images (they are listed), 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  const given = parse(args)
  if (given === undefined) {
    console.error(usage)
    return 2
  }
  const config = await askChecker<GatewayConfig>(configChecker, [given.config])
  if (config.images === undefined) {
    throw new AppError(
      'config.invalid',
      `${given.config} has no section images, e.g. images: { upload: { maxKbitPerS: 2000 } }`,
    )
  }
  if (given.action === 'status') return showStatus(config, given.json)
  return await importFolder(config, config.images, given)
}

interface Given {
  readonly action: 'import' | 'status'
  readonly folder: string
  readonly config: string
  readonly copy: boolean
  readonly remove: boolean
  readonly json: boolean
}

function parse(args: readonly string[]): Given | undefined {
  try {
    const flag = { type: 'boolean', default: false } as const
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' }, copy: flag, remove: flag, json: flag },
    })
    const [action, folder, ...more] = positionals
    const { config, copy, remove, json } = values
    if (config === undefined || more.length > 0) return undefined
    if (action === 'status' && folder === undefined) return { action, folder: '', config, copy, remove, json }
    if (action !== 'import' || folder === undefined) return undefined
    return { action, folder: resolve(folder), config, copy, remove, json }
  } catch {
    return undefined
  }
}

async function importFolder(config: GatewayConfig, images: ImagesConfig, given: Given): Promise<number> {
  const { spool, folder } = spoolOf(config.dataFolder)
  try {
    const parts = { spool, folder, counters: createCounters(), clock: systemClock, log: silentLog }
    const importer = new Importer(images, {
      ...parts,
      ...canopyListing({ ...images, dataFolder: config.dataFolder }, parts),
    })
    const { copy, remove } = given
    const report = await importer
      .import({ folder: given.folder, copy, remove, settleMs: 0 })
      .catch((cause: unknown) => {
        if (cause instanceof AppError) throw cause
        throw new AppError('config.invalid', `${given.folder} cannot be read`, { cause })
      })
    console.log(given.json ? JSON.stringify(report) : reportText(report))
    return report.listed.length === 0 ? 0 : 1
  } finally {
    spool.close()
  }
}

function reportText({ counts, listed, flights }: ImportReport): string {
  const totals = Object.entries(counts).map(([outcome, count]) => `${outcome}: ${count}`)
  const lines = listed.slice(0, listedFiles).map(({ path, outcome, fault }) => `  ${outcome}  ${path}  ${fault}`)
  const more = listed.length > listedFiles ? [`  … and ${listed.length - listedFiles} more; --json lists all`] : []
  const sorted = flights.length === 0 ? [] : [`flights: ${flights.join(', ')}`]
  return [totals.length === 0 ? 'no files' : totals.join(', '), ...sorted, ...lines, ...more].join('\n')
}

function showStatus(config: GatewayConfig, json: boolean): number {
  const { spool } = spoolOf(config.dataFolder)
  try {
    const counts = spool.counts()
    const troubled = (['refused', 'missing', 'found'] as const).flatMap((state) => spool.inState(state, 1000))
    if (json) {
      console.log(
        JSON.stringify({ counts, troubled: troubled.map(({ path, state, fault }) => ({ path, state, fault })) }),
      )
      return 0
    }
    const totals = counts.map(({ state, images, bytes }) => `${state}: ${images} (${(bytes / 1e6).toFixed(1)} MB)`)
    console.log(totals.length === 0 ? 'the spool is empty' : totals.join('\n'))
    for (const { path, state, fault } of troubled.slice(0, listedFiles)) {
      console.log(`  ${state}  ${path}  ${fault ?? 'is read again with the next import'}`)
    }
    return 0
  } finally {
    spool.close()
  }
}
