// `musubi restore`: a back-up becomes the data folder of a hub, or is read through alone.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { restoreBackup, verifyBackup } from '../../cloud/backup/restore.ts'
import { AppError } from '../../broker/contract/app-error.ts'

const usage = `Usage: musubi restore BACKUP --data DIR
       musubi restore BACKUP --check
  BACKUP                the folder of one back-up, such as /mnt/backups/20261124T023000Z
  --data DIR            a folder that is empty or missing; a restore that was cut off is begun anew
  --check               only reads every byte and says whether the back-up is whole

Every file is checked before anything is written. Never start the old hub and the restored one side by side: both would
be the same hub.`

const options = { data: { type: 'string' }, check: { type: 'boolean' } } as const

/** Returns the exit code. Throws `backup.*`, `restore.not-empty`. */
export async function run(args: readonly string[]): Promise<number> {
  const given = wordsOf(args)
  const folder = given?.positionals[0]
  const isCheck = given?.values.check === true
  const data = given?.values.data
  if (folder === undefined || given?.positionals.length !== 1 || isCheck === (data !== undefined)) {
    console.error(usage)
    return args.includes('--help') ? 0 : 2
  }
  const verified = await verifyBackup(resolve(folder), () => undefined)
  const { manifest } = verified
  const made = new Date(manifest.startedMs).toISOString()
  console.log(`${manifest.id} of ${made} is whole: ${manifest.list.files} files, ${manifest.list.bytes} bytes`)
  if (data === undefined) return 0
  await restoreBackup(resolve(folder), resolve(data), { verified, onProgress: () => undefined })
  console.log(`restored into ${resolve(data)}; start the hub with --data ${resolve(data)}`)
  if (manifest.external.length > 0) {
    console.log(`still to be restored by their own tools, as of ${made}: ${manifest.external.join(', ')}`)
  }
  return 0
}

function wordsOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (thrown) {
    if (args.includes('--help')) return undefined
    throw new AppError('config.invalid', thrown instanceof Error ? thrown.message : String(thrown))
  }
}
