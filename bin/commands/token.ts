// `musubi token`: tokens for programs, on the database of a hub that is down, or signed in as their person at one that runs.
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { askSecret } from '../ask-secret.ts'
import { signInAt } from '../hub-session.ts'
import { peopleAt } from '../people-api.ts'

const usage = `Usage: musubi token COMMAND --as PERSON [OPTIONS]
  new NAME --tenant T --right R …   makes a token and prints it, this once; it never does more than its person may
  --days N              for how long (default 90; at most 400)
  list                  the tokens of the person
  revoke ID             voids one at once
  --as PERSON           whose they are. A hub that runs asks for the password of this person, and the code if there is one.
  --tenant T            one tenant, or * for all (quote it for the shell)
  --right R             as in docs/people.md, for example see; may be repeated
  --data DIR, --database URL   of the hub, as for musubi hub: used where the hub is down
  --hub URL             the hub that runs (MUSUBI_HUB; default http://127.0.0.1:8080)`

const options = {
  as: { type: 'string' },
  tenant: { type: 'string' },
  right: { type: 'string', multiple: true },
  days: { type: 'string' },
  data: { type: 'string' },
  database: { type: 'string' },
  hub: { type: 'string' },
  help: { type: 'boolean' },
} as const

const dayMs = 86_400_000

interface Api {
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>
  close(): Promise<void>
}

interface Listed {
  readonly id: string
  readonly person: string
  readonly name: string
  readonly tenant: string
  readonly rights: readonly string[]
  readonly expiresAt: number
  readonly usedAt: number | null
}

type Flags = ReturnType<typeof parse>['values']

/** Returns the exit code. Throws what the hub answers. */
export async function run(args: readonly string[]): Promise<number> {
  const { values: flags, positionals } = parse(args)
  const [command, word, ...more] = positionals
  const { as: person } = flags
  const isWhole = more.length === 0 && (word === undefined) === (command === 'list') && person !== undefined
  if (flags.help === true || !isWhole) {
    console.error(usage)
    return flags.help === true ? 0 : 2
  }
  const api = await openApi(flags, person)
  try {
    return await act(api, command ?? '', word ?? '', person, flags)
  } finally {
    await api.close()
  }
}

async function openApi(flags: Flags, person: string): Promise<Api> {
  const people = await peopleAt(flags)
  if (people.isDatabase) return people
  await people.close()
  const instead = 'make the token on the account page of the dashboard, or while the hub is down'
  return await signInAt(people.hub, person, (question) => askSecret(question, instead))
}

async function act(api: Api, command: string, word: string, person: string, flags: Flags): Promise<number> {
  switch (command) {
    case 'new': {
      const { tenant, right: rights = [] } = flags
      if (tenant === undefined || rights.length === 0) throw new AppError('config.invalid', 'name --tenant and --right')
      const expires = Date.now() + daysOf(flags) * dayMs
      const body = { name: word, tenant, rights, expires, person }
      const { token } = (await api.ask('POST', '/api/v1/tokens', body)) as { readonly token: string }
      console.log(token)
      console.error(`good until ${new Date(expires).toLocaleString('ja-JP')}; it is not shown again`)
      return 0
    }
    case 'list': {
      const { items } = (await api.ask('GET', '/api/v1/tokens')) as { readonly items: readonly Listed[] }
      for (const item of items) if (item.person === person) console.log(lineOf(item))
      return 0
    }
    case 'revoke': {
      await api.ask('DELETE', `/api/v1/tokens/${encodeURIComponent(word)}`)
      return 0
    }
    default:
      console.error(usage)
      return 2
  }
}

function lineOf({ id, name, tenant, rights, expiresAt, usedAt }: Listed): string {
  const day = (ms: number) => new Date(ms).toLocaleDateString('ja-JP')
  const used = usedAt === null ? 'never used' : `used ${day(usedAt)}`
  return [id, name, `${tenant}: ${rights.join(' ')}`, `until ${day(expiresAt)}`, used].join('  ')
}

function daysOf({ days = '90' }: Flags): number {
  const number = Number(days)
  if (number > 0 && number <= 400) return number
  throw new AppError('config.invalid', `--days is "${days}"; it is a number up to 400`)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (thrown) {
    throw new AppError('config.invalid', thrown instanceof Error ? thrown.message : String(thrown))
  }
}
