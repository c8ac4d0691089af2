// `musubi user`: the people of a hub, on its database while the hub is down, or through its API while it runs.
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { peopleAt, type PeopleApi } from '../people-api.ts'

const usage = `Usage: musubi user COMMAND [OPTIONS]
  add ID --name NAME [--email E] [--language ja|en] [--admin | --role TENANT:ROLE …]
                        prints a one-time link with which the person sets a password within a day
  list
  role ID --role TENANT:ROLE …    all roles of a person; TENANT * is the whole city (quote it for the shell)
  reset ID              voids password, second factor and sign-ins, and prints a new link
  suspend ID | resume ID
  remove ID
  --admin               role admin of the whole city, as the first person of a hub must have
Roles: viewer, operator, engineer, manager, auditor, admin.
  --data DIR, --database URL   of the hub, as for musubi hub: used where the hub is down
  --hub URL             the hub that runs (MUSUBI_HUB; default http://127.0.0.1:8080)
                        An API token for it comes from MUSUBI_TOKEN; a hub without people asks for none.`

const options = {
  name: { type: 'string' },
  email: { type: 'string' },
  language: { type: 'string' },
  admin: { type: 'boolean' },
  role: { type: 'string', multiple: true },
  data: { type: 'string' },
  database: { type: 'string' },
  hub: { type: 'string' },
  help: { type: 'boolean' },
} as const

type Flags = ReturnType<typeof parse>['values']

/** Returns the exit code. Throws what the hub answers. */
export async function run(args: readonly string[]): Promise<number> {
  const { values: flags, positionals } = parse(args)
  const [command, id, ...more] = positionals
  if (flags.help === true || command === undefined || more.length > 0 || (id === undefined) !== (command === 'list')) {
    console.error(usage)
    return flags.help === true ? 0 : 2
  }
  const api = await peopleAt(flags)
  try {
    return await act(api, command, id ?? '', flags)
  } finally {
    await api.close()
  }
}

async function act(api: PeopleApi, command: string, id: string, flags: Flags): Promise<number> {
  const path = `/api/v1/people/${encodeURIComponent(id)}`
  switch (command) {
    case 'add': {
      const { name = id, email, language } = flags
      const memberships = membershipsOf(flags)
      await makeTenants(api, memberships)
      const body = { id, name, memberships, ...(email && { email }), ...(language && { language }) }
      tellLink(api, await api.ask('POST', '/api/v1/people', body))
      return 0
    }
    case 'list':
      return await list(api)
    case 'role': {
      const memberships = membershipsOf(flags)
      await makeTenants(api, memberships)
      await api.ask('PATCH', path, { memberships })
      return 0
    }
    case 'reset':
      tellLink(api, await api.ask('POST', `${path}/reset`))
      return 0
    case 'suspend':
    case 'resume':
      await api.ask('PATCH', path, { suspended: command === 'suspend' })
      return 0
    case 'remove':
      await api.ask('DELETE', path)
      return 0
    default:
      console.error(usage)
      return 2
  }
}

async function list(api: PeopleApi): Promise<number> {
  const { items } = (await api.ask('GET', '/api/v1/people')) as { readonly items: readonly Listed[] }
  for (const { id, name, memberships, suspendedAt, hasPassword, secondFactor } of items) {
    const roles = memberships.map(({ tenant, role }) => `${tenant}:${role}`).join(' ')
    const notes = [
      hasPassword ? '' : 'no password yet',
      secondFactor ? 'second factor' : '',
      suspendedAt ? 'suspended' : '',
    ]
    console.log([id.padEnd(16), name, roles, ...notes.filter(Boolean)].join('  '))
  }
  return 0
}

interface Listed {
  readonly id: string
  readonly name: string
  readonly memberships: readonly { readonly tenant: string; readonly role: string }[]
  readonly suspendedAt: number | null
  readonly hasPassword: boolean
  readonly secondFactor: boolean
}

function membershipsOf({ admin, role = [] }: Flags) {
  const given = role.map((text) => {
    const [tenant, name, ...more] = text.split(':')
    if (tenant === undefined || name === undefined || more.length > 0) {
      throw new AppError('config.invalid', `--role is "${text}"; it is TENANT:ROLE, for example kimitsu:operator`)
    }
    return { tenant, role: name }
  })
  return [...(admin === true ? [{ tenant: '*', role: 'admin' }] : []), ...given]
}

/** A tenant that nobody has named yet gets its id as its name, to be changed in the API. */
async function makeTenants(api: PeopleApi, memberships: readonly { readonly tenant: string }[]): Promise<void> {
  const wanted = new Set(memberships.map(({ tenant }) => tenant).filter((tenant) => tenant !== '*'))
  if (wanted.size === 0) return
  const { items } = (await api.ask('GET', '/api/v1/tenants')) as { readonly items: readonly { readonly id: string }[] }
  for (const { id } of items) wanted.delete(id)
  for (const id of wanted) await api.ask('POST', '/api/v1/tenants', { id, name: { ja: id, en: id }, kind: 'city' })
}

function tellLink({ hub }: PeopleApi, answer: unknown): void {
  const { link, expiresAt } = answer as { readonly link: string; readonly expiresAt: number }
  console.log(`${hub}/sign-in#link=${link}`)
  console.error(`good once, until ${new Date(expiresAt).toLocaleString('ja-JP')}`)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (thrown) {
    throw new AppError('config.invalid', thrown instanceof Error ? thrown.message : String(thrown))
  }
}
