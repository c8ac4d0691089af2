// `musubi audit`: checks that no row of the audit log was changed or taken out, and writes it out.
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import { AuditLog } from '../../cloud/people/audit-log.ts'
import { wholeCity } from '../../cloud/people/principal.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { placeOf } from '../database-place.ts'

const usage = `Usage: musubi audit verify|export [OPTIONS]      (while the hub is down)
  verify              exit code 0: every row is there as it was written; prints the hash of the last one
  --head HASH         verify: this row must be in it. A hash that was kept elsewhere also shows rows cut off the end.
  export              lines of JSON on standard output; a running hub has them at /api/v1/audit.jsonl
  --data DIR, --database URL   of the hub`

const options = {
  head: { type: 'string' },
  data: { type: 'string' },
  database: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** Returns the exit code: 1 where the log was changed. */
export async function run(args: readonly string[]): Promise<number> {
  const { values: flags, positionals } = parse(args)
  const [command] = positionals
  if (flags.help === true || (command !== 'verify' && command !== 'export')) {
    console.error(usage)
    return flags.help === true ? 0 : 2
  }
  const database = await openHubDatabase({ place: placeOf(flags) })
  try {
    const log = new AuditLog({ database, clock: systemClock })
    if (command === 'verify') return await verify(log, flags.head)
    for await (const line of log.lines(wholeCity)) process.stdout.write(line)
    return 0
  } finally {
    await database.destroy()
  }
}

async function verify(log: AuditLog, wanted: string | undefined): Promise<number> {
  const verdict = await log.verify(wanted)
  if (verdict.ok) console.log(`${verdict.rows} rows, whole; the last is ${verdict.head}`)
  else console.error(`row ${verdict.at}: ${verdict.reason}`)
  return verdict.ok ? 0 : 1
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (thrown) {
    throw new AppError('config.invalid', thrown instanceof Error ? thrown.message : String(thrown))
  }
}
