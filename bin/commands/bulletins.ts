// `musubi bulletins`: messages of the disaster broadcast from a file (CAP 1.2, RSS 2.0, Atom) into a hub.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { AppError, errorCodes, type ErrorCode } from '../../broker/contract/app-error.ts'
import { IntakeAnswer } from '../../cloud/bulletins/bulletin-schemas.ts'
import { Problem } from '../../cloud/http/schemas.ts'

const usage = `Usage:
  musubi bulletins import FILE [--tenant T] [--inside] [--silent]
      Takes a message of the Common Alerting Protocol 1.2, or the entries of a feed (RSS 2.0, Atom). What the hub knows
      already is left as it is, so that the same file may be given again.
      --inside: not for everybody; --silent: nobody is told.
Options:
  --tenant T    default kimitsu
  --hub URL     the hub's API (default http://127.0.0.1:8080); an API token for it comes from MUSUBI_TOKEN

Exit code: 0 done, 1 a fault that is printed, 2 wrong usage.`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const flags = { tenant: text, hub: text, inside: flag, silent: flag, help: flag } as const
const limitMs = 120_000

/** Returns the exit code. Throws what the hub refuses, and `config.invalid` for a file that cannot be read. */
export async function run(args: readonly string[]): Promise<number> {
  const given = parse(args)
  const [verb, file] = given?.positionals ?? []
  const { tenant = 'kimitsu', hub = 'http://127.0.0.1:8080', inside = false, silent = false } = given?.values ?? {}
  if (given?.values.help === true || verb !== 'import' || file === undefined) {
    console.error(usage)
    return given?.values.help === true ? 0 : 2
  }
  const query = new URLSearchParams({ tenant, public: String(!inside), push: String(!silent) })
  return await importFile(file, `${hub.replace(/\/$/, '')}/api/v1/bulletins?${query.toString()}`)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: flags })
  } catch {
    return undefined
  }
}

async function importFile(file: string, url: string): Promise<number> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new AppError('config.invalid', `${file} cannot be read`, { cause })
  })
  const { items, faults, leftOut } = await send(url, bytes)
  for (const { identifier, outcome, id } of items) console.log(`${identifier}: ${outcome} ${id ?? ''}`.trimEnd())
  for (const { identifier, code, detail } of faults) console.log(`${identifier}: ${code} ${detail}`)
  if (leftOut > 0) console.log(`${leftOut} left out: not for the public, or without a title`)
  return faults.length > 0 ? 1 : 0
}

async function send(url: string, bytes: Uint8Array): Promise<IntakeAnswer> {
  const token = process.env['MUSUBI_TOKEN']
  const headers = new Headers({ 'content-type': 'application/xml' })
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  const body = new Uint8Array(bytes)
  const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(limitMs) }).catch(
    (cause: unknown) => {
      throw new AppError('uplink.refused', `${url} cannot be reached; --hub names the hub's API`, { cause })
    },
  )
  const said: unknown = await answer.json()
  if (answer.ok) return Value.Parse(IntakeAnswer, said)
  const { code, detail } = Value.Check(Type.Pick(Problem, ['code', 'detail']), said) ? said : { code: '', detail: '' }
  throw new AppError(Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'internal', detail)
}
