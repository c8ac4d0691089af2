// `musubi backup`: a back-up of a hub, by the hub itself where it runs.
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { type BackupManifest, copiedNames } from '../../cloud/backup/backup-manifest.ts'
import { type BackupProgress, makeBackup } from '../../cloud/backup/backup-run.ts'
import type { BackupState } from '../../cloud/backup/backup-schemas.ts'
import { backupFolder, backupIdAt, clearLeftovers } from '../../cloud/backup/backup-shelf.ts'
import { refuseUnfinished } from '../../cloud/backup/restore.ts'
import { type HubDatabase, isPostgresUrl, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { openDuckDbStore } from '../../cloud/store/duckdb/duckdb-store.ts'
import { askSecret } from '../ask-secret.ts'
import { placeOf } from '../database-place.ts'
import { flagsOf } from '../flags.ts'
import { type HubSession, signInAt } from '../hub-session.ts'
import { askRunningHub, hubAddress } from '../running-hub.ts'

const usage = `Usage: musubi backup [OPTIONS]
  A hub that runs makes the back-up itself, where its --backups says, and goes on meanwhile; it asks for a token in
  MUSUBI_TOKEN with the right back-up, or --as. Of one that is down the files are taken here.
  --to FOLDER           where back-ups go, for a hub that is down (MUSUBI_BACKUPS); it exists
  --data DIR, --database URL, --store KIND, --images WHERE   of the hub, as for musubi hub
  --hub URL             the hub that runs (MUSUBI_HUB; default http://127.0.0.1:8080)
  --as PERSON           signs in at it, and asks for the password

The folder holds keys: whoever reads it can be the hub. musubi restore FOLDER --check reads a back-up through.`

const options = {
  to: { type: 'string' },
  data: { type: 'string' },
  database: { type: 'string' },
  store: { type: 'string' },
  images: { type: 'string' },
  hub: { type: 'string' },
  as: { type: 'string' },
} as const

type Flags = NonNullable<ReturnType<typeof flagsOf<typeof options>>>

const askEveryMs = 1_000

/** Returns the exit code. Throws `backup.*` and what the hub answers. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = flagsOf(args, options)
  if (flags === undefined) {
    console.error(usage)
    return args.includes('--help') ? 0 : 2
  }
  const database = flags.hub === undefined ? await openWhereDown(flags) : undefined
  if (database === undefined) await byRunningHub(flags)
  else await ofStoppedHub(flags, database)
  return 0
}

/** Undefined: a hub has it open. Throws `config.invalid` where there is no hub. */
async function openWhereDown(flags: Flags): Promise<HubDatabase | undefined> {
  const place = placeOf(flags)
  if (!isPostgresUrl(place) && (await stat(place).catch(() => undefined)) === undefined) {
    throw new AppError('config.invalid', `there is no hub at ${place}: say where its data are with --data`)
  }
  await refuseUnfinished(dataOf(flags))
  return await openHubDatabase({ place }).catch((thrown: unknown) => {
    if (thrown instanceof AppError && thrown.code === 'data.locked') return undefined
    throw thrown
  })
}

function dataOf(flags: Flags): string {
  return resolve(flags.data ?? process.env['MUSUBI_DATA'] ?? 'data')
}

async function ofStoppedHub(flags: Flags, database: HubDatabase): Promise<void> {
  const shelf = flags.to ?? process.env['MUSUBI_BACKUPS']
  const dataFolder = dataOf(flags)
  const isEmbedded = (flags.store ?? process.env['MUSUBI_STORE'] ?? 'duckdb') === 'duckdb'
  const storeFile = isEmbedded ? join(dataFolder, copiedNames.readings) : undefined
  const store =
    storeFile === undefined ? undefined : openDuckDbStore({ file: storeFile, log: silentLog, clock: systemClock })
  const place = placeOf(flags)
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    if (shelf === undefined) throw new AppError('config.invalid', 'say where the back-up goes with --to FOLDER')
    await clearLeftovers(shelf)
    await store?.open()
    const manifest = await makeBackup({
      sources: {
        dataFolder,
        store: store ?? {},
        storeFile,
        database,
        databaseFile: isPostgresUrl(place) ? undefined : resolve(place),
        imagesElsewhere: (flags.images ?? process.env['MUSUBI_IMAGES'])?.startsWith('s3://') === true,
      },
      request: { cause: 'command', by: '(command line)', id: backupIdAt(systemClock.now()) },
      shelf: resolve(shelf),
      clock: systemClock,
      signal: stopping.signal,
      onProgress: progressLine(),
    })
    tell(manifest, backupFolder(resolve(shelf), manifest.id))
  } finally {
    await store?.close()
    await database.destroy()
  }
}

async function byRunningHub(flags: Flags): Promise<void> {
  const hub = hubAddress(flags.hub)
  const session: HubSession =
    flags.as === undefined
      ? { ask: (method, path, body) => askRunningHub(hub, method, path, body), close: () => Promise.resolve() }
      : await signInAt(hub, flags.as, askSecret)
  try {
    const { id } = (await session.ask('POST', '/api/v1/backups')) as { readonly id: string }
    console.error(`back-up ${id} by the hub at ${hub}`)
    const tellProgress = progressLine()
    for (;;) {
      const state = (await session.ask('GET', '/api/v1/backups')) as BackupState
      if (state.running?.id !== id) return tellOutcome(state, id)
      tellProgress(state.running)
      await sleep(askEveryMs)
    }
  } finally {
    await session.close()
  }
}

/** Throws the fault of a back-up that failed. */
function tellOutcome({ items, folder, external }: BackupState, id: string): void {
  const item = items.find((one) => one.id === id)
  if (item?.state !== 'whole') {
    throw new AppError('backup.unfinished', item?.reason ?? 'the hub does not know the back-up any more')
  }
  console.log(`${folder ?? ''}/${id}: ${String(item.files)} files, ${String(item.bytes)} bytes`)
  tellExternal(external)
}

function tell({ list, external }: BackupManifest, folder: string): void {
  console.log(`${folder}: ${String(list.files)} files, ${String(list.bytes)} bytes`)
  tellExternal(external)
}

const words = { readings: 'readings (InfluxDB)', database: "the hub's database (PostgreSQL)", images: 'images (S3)' }

function tellExternal(external: BackupManifest['external']): void {
  if (external.length === 0) return
  const named = external.map((part) => words[part]).join(', ')
  console.log(`NOT in it, to be backed up by their own tools: ${named}`)
}

/** A line for each tenth. */
function progressLine(): (progress: Pick<BackupProgress, 'phase' | 'bytes' | 'ofBytes'>) => void {
  let said = ''
  return ({ phase, bytes, ofBytes }) => {
    const tenths = ofBytes === 0 ? 0 : Math.floor((10 * bytes) / ofBytes)
    const line = phase === 'files' ? `${phase} ${String(tenths * 10)} %` : phase
    if (line !== said) console.error(line)
    said = line
  }
}
