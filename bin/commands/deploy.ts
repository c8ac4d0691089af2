// `musubi deploy`: what gateways shall run, from a fleet file to a roll-out in waves, or to a USB stick; and what became of it.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError, errorCodes, type ErrorCode } from '../../broker/contract/app-error.ts'
import { checkedDocument } from '../../broker/contract/checked-document.ts'
import { DesiredState } from '../../broker/contract/desired-state.ts'
import type { RolloutItem } from '../../cloud/deployments/deployment-schemas.ts'
import { applyFromFolder } from '../deploy/apply.ts'
import { type Fleet, readFleet, signedDocuments } from '../deploy/fleet.ts'

const usage = `Usage:
  musubi deploy render FLEET --out DIR              the configuration of each gateway, checked
  musubi deploy push FLEET --key FILE --by NAME     begins a roll-out
  musubi deploy status [ID]                         roll-outs, or one with its gateways
  musubi deploy halt|resume|abort ID --by NAME
  musubi deploy pack FLEET --key FILE --out DIR --revision N   a USB stick for gateways without a network
  musubi deploy apply --config gateway.yaml --from DIR         on the gateway: takes an update from a stick
Options:
  --hub URL        the hub's API (default http://127.0.0.1:8080); an API token for it comes from MUSUBI_TOKEN
  --key FILE       private key, Ed25519, PEM; musubi model sign --new-key makes a pair, whose .pub gateways name in deployment.keys

Exit code: 0 done, 1 a fault that is printed, 2 wrong usage.`

const text = { type: 'string' } as const
const flags = {
  out: text,
  key: text,
  by: text,
  hub: text,
  revision: text,
  config: text,
  from: text,
  help: { type: 'boolean' },
} as const
type Values = Readonly<Partial<Record<Exclude<keyof typeof flags, 'help'>, string>>>

interface Act {
  readonly words: number
  readonly needs: readonly (keyof Values)[]
  run(words: readonly string[], values: Values): Promise<number>
}

const decision = (verb: 'halt' | 'resume' | 'abort'): Act => ({
  words: 1,
  needs: ['by'],
  async run([id = ''], values) {
    printRollout((await ask(values, `/deployments/${id}/${verb}`, { by: values.by })) as RolloutItem)
    return 0
  },
})

const acts: Readonly<Record<string, Act>> = {
  render: { words: 1, needs: ['out'], run: render },
  push: { words: 1, needs: ['key', 'by'], run: push },
  status: { words: 0, needs: [], run: status },
  halt: decision('halt'),
  resume: decision('resume'),
  abort: decision('abort'),
  pack: { words: 1, needs: ['key', 'out', 'revision'], run: pack },
  apply: {
    words: 0,
    needs: ['config', 'from'],
    run: (_, { config = '', from = '' }) => applyFromFolder(resolve(config), resolve(from)),
  },
}

/** Returns the exit code. Throws what the fleet, the key or the hub is refused for. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: flags })
    const [verb = '', ...words] = positionals
    const act = acts[verb]
    const { help, ...given } = values
    if (act === undefined || help === true || words.length < act.words || act.needs.some((flag) => !given[flag])) {
      console.error(usage)
      return 2
    }
    return await act.run(words, given)
  } catch (thrown) {
    if (!(thrown instanceof TypeError) || !('code' in thrown)) throw thrown
    console.error(usage)
    return 2
  }
}

async function render([path = '']: readonly string[], { out = '' }: Values): Promise<number> {
  const { configs } = await readFleet(resolve(path))
  await mkdir(out, { recursive: true })
  for (const [id, config] of configs) {
    const file = join(out, `${id.replace('/', '.')}.yaml`)
    await writeFile(file, config)
    console.log(file)
  }
  return 0
}

async function push([path = '']: readonly string[], values: Values): Promise<number> {
  const fleet = await readFleet(resolve(path))
  const key = await readKey(values.key)
  const ids = [...fleet.items.keys()].join(',')
  const { revision } = (await ask(values, `/deployments/next-revision?gateways=${encodeURIComponent(ids)}`)) as {
    readonly revision: number
  }
  await upload(fleet, values)
  const { name, maxFailures, patienceS } = fleet.file
  const body = {
    name,
    by: values.by,
    documents: signedDocuments(fleet, revision, key),
    waves: fleet.waves,
    ...(maxFailures === undefined ? {} : { maxFailures }),
    ...(patienceS === undefined ? {} : { patienceS }),
  }
  printRollout((await ask(values, '/deployments', body)) as RolloutItem)
  return 0
}

async function upload({ contents }: Fleet, values: Values): Promise<void> {
  for (const [sha256, content] of contents) {
    const url = `${hubOf(values)}/api/v1/artefacts/${sha256}`
    if ((await reach(url)).ok) continue
    const headers = { 'content-type': 'application/octet-stream' }
    const response = await reach(url, { method: 'PUT', headers, body: new Uint8Array(content) })
    if (!response.ok) throw problemOf(await response.json())
  }
}

async function status([id]: readonly string[], values: Values): Promise<number> {
  if (id !== undefined) {
    printRollout((await ask(values, `/deployments/${id}`)) as RolloutItem)
    return 0
  }
  const { items } = (await ask(values, '/deployments')) as { readonly items: readonly RolloutItem[] }
  for (const { id: one, name, state, wave, waves, gateways } of items) {
    const applied = gateways.filter((gateway) => gateway.state === 'applied').length
    const failed = gateways.filter((gateway) => gateway.state === 'failed').length
    console.log(
      [
        one,
        state,
        `wave ${wave + 1}/${waves}`,
        `${applied} of ${gateways.length} applied`,
        `${failed} failed`,
        name,
      ].join('\t'),
    )
  }
  return 0
}

async function pack([path = '']: readonly string[], { key, out = '', revision = '' }: Values): Promise<number> {
  const fleet = await readFleet(resolve(path))
  const documents = signedDocuments(fleet, Number(revision), await readKey(key))
  await mkdir(join(out, 'artefacts'), { recursive: true })
  for (const [sha256, content] of fleet.contents) await writeFile(join(out, 'artefacts', sha256), content)
  for (const signed of documents) {
    const { gateway } = checkedDocument(DesiredState, JSON.parse(signed.document))
    await writeFile(join(out, `${gateway.replace('/', '.')}.desired.json`), JSON.stringify(signed))
    console.log(`${gateway}: revision ${revision}`)
  }
  return 0
}

function printRollout({ id, name, state, reason, wave, waves, gateways }: RolloutItem): void {
  console.log(`${id} ${name}: ${state}, wave ${wave + 1} of ${waves}${reason === null ? '' : ` (${reason})`}`)
  for (const one of gateways) {
    const why = one.code === null ? '' : `${one.code}: ${one.message ?? ''}`
    console.log(`  ${[one.gateway, `wave ${one.wave + 1}`, `revision ${one.revision}`, one.state, why].join('\t')}`)
  }
}

async function readKey(file = ''): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('config.invalid', `the key ${file} cannot be read`, { cause })
  })
}

function hubOf({ hub = 'http://127.0.0.1:8080' }: Values): string {
  return hub.replace(/\/$/, '')
}

async function reach(url: string, init: RequestInit = {}): Promise<Response> {
  const token = process.env['MUSUBI_TOKEN']
  const headers = new Headers(init.headers)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  return fetch(url, { ...init, headers, signal: AbortSignal.timeout(120_000) }).catch((cause: unknown) => {
    throw new AppError('uplink.refused', `${url} cannot be reached; --hub names the hub's API`, { cause })
  })
}

/** With a body: POST. */
async function ask(values: Values, path: string, body?: object): Promise<unknown> {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await reach(`${hubOf(values)}/api/v1${path}`, body === undefined ? {} : json)
  const answer: unknown = await response.json()
  if (!response.ok) throw problemOf(answer)
  return answer
}

function problemOf(problem: unknown): AppError {
  const { code = '', detail = 'the hub refuses it' } = problem as { readonly code?: string; readonly detail?: string }
  return new AppError(Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'internal', detail)
}
