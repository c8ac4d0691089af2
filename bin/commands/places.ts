// `musubi places`: lists of public places from a file into a hub, and out of it in the national form.
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { AppError, errorCodes, type ErrorCode } from '../../broker/contract/app-error.ts'
import { ImportReport } from '../../cloud/places/place-schemas.ts'
import { Problem } from '../../cloud/http/schemas.ts'

const usage = `Usage:
  musubi places import FILE --kind KIND [--tenant T] [--check] [--replace]
      Takes a CSV file of 自治体標準オープンデータセット (old or current edition, UTF-8 or Shift_JIS), repairs what such files
      commonly have wrong, and tells line by line what it repaired and what it could not.
      --check only tells; --replace also takes away what the file has not.
  musubi places export --kind KIND --out FILE [--tenant T]
Options:
  --kind KIND   wifi, shelter, facility or streetlight
  --tenant T    default kimitsu
  --hub URL     the hub's API (default http://127.0.0.1:8080); an API token for it comes from MUSUBI_TOKEN

Exit code: 0 done, 1 a fault that is printed, or rows that were left out, 2 wrong usage.`

const text = { type: 'string' } as const
const flags = {
  kind: text,
  tenant: text,
  out: text,
  hub: text,
  check: { type: 'boolean' },
  replace: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

interface Wanted {
  readonly hub: string
  readonly list: string
  readonly file: string | undefined
  readonly out: string | undefined
  readonly check: boolean
  readonly replace: boolean
}

/** Returns the exit code. Throws what the hub refuses, and `config.invalid` for a file that cannot be read. */
export async function run(args: readonly string[]): Promise<number> {
  const given = parse(args)
  const [verb, file] = given?.positionals ?? []
  const { kind, tenant = 'kimitsu', out, hub = 'http://127.0.0.1:8080', ...more } = given?.values ?? {}
  const list = `tenant=${encodeURIComponent(tenant)}&kind=${encodeURIComponent(kind ?? '')}`
  const { check = false, replace = false } = more
  const wanted: Wanted = { hub: hub.replace(/\/$/, ''), list, file, out, check, replace }
  if (given?.values.help !== true && kind !== undefined) {
    if (verb === 'import' && file !== undefined) return await importFile(file, wanted)
    if (verb === 'export' && out !== undefined) return await exportFile(out, wanted)
  }
  console.error(usage)
  return given?.values.help === true ? 0 : 2
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: flags })
  } catch {
    return undefined
  }
}

async function importFile(file: string, { hub, list, check, replace }: Wanted): Promise<number> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new AppError('config.invalid', `${file} cannot be read`, { cause })
  })
  const answer = await reach(`${hub}/api/v1/places/import?${list}&check=${String(check)}&replace=${String(replace)}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: new Uint8Array(bytes),
  })
  const report = Value.Parse(ImportReport, await answer.json())
  tell(file, report)
  const done = check ? 'would be' : 'are'
  const { rows, places, added, changed, unchanged, removed } = report
  console.log(
    `${rows} rows, ${places} places: ${added} ${done} new, ${changed} changed, ${removed} taken away, ${unchanged} as before`,
  )
  return places < rows ? 1 : 0
}

function tell(file: string, { findings, counts, isComplete }: ImportReport): void {
  for (const { line, column, code, outcome, was, became } of findings) {
    const values =
      outcome === 'repaired' ? `"${was}" → "${became}"` : `"${was}" ${outcome === 'kept' ? 'is kept' : 'is left out'}`
    console.log(`${file}:${line}: ${[column, code, values].filter((part) => part !== '').join(' ')}`)
  }
  if (!isComplete) console.log('There is more than is listed.')
  for (const { code, title, repaired, kept, leftOut } of counts) {
    console.log(`  ${code.padEnd(26)} ${repaired} repaired, ${kept} kept, ${leftOut} left out: ${title}`)
  }
}

async function exportFile(out: string, { hub, list }: Wanted): Promise<number> {
  const answer = await reach(`${hub}/api/v1/places/export?${list}`)
  await writeFile(out, new Uint8Array(await answer.arrayBuffer()))
  console.log(out)
  return 0
}

async function reach(url: string, init: RequestInit = {}): Promise<Response> {
  const token = process.env['MUSUBI_TOKEN']
  const headers = new Headers(init.headers)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  const answer = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(120_000) }).catch(
    (cause: unknown) => {
      throw new AppError('uplink.refused', `${url} cannot be reached; --hub names the hub's API`, { cause })
    },
  )
  if (answer.ok) return answer
  const problem: unknown = await answer.json()
  const { code, detail } = Value.Check(Type.Pick(Problem, ['code', 'detail']), problem)
    ? problem
    : { code: '', detail: '' }
  throw new AppError(Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'internal', detail)
}
