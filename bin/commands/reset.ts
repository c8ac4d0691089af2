// `musubi reset`: a gateway becomes as it came out of its box, before it is given away, sold or thrown out.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseDocument } from 'yaml'
import { AppError } from '../../broker/contract/app-error.ts'
import { agentRuns } from '../../edge/doctor/machine-checks.ts'
import { factoryReset, type ResetPlan } from '../../edge/identity/factory-reset.ts'
import { flagsOf } from '../flags.ts'

const usage = `Usage: musubi reset --config gateway.yaml --yes [--lose-unsent]
  Destroys the gateway's key, certificate, passwords, data and configuration. Stop its agent first. Nothing of it comes back:
  it enrols again with a new claim (musubi setup). Revoke its certificate at the hub: musubi ca revoke.
  --yes           it is meant
  --lose-unsent   also where readings wait that the hub has not got yet`

/** Keys of a configuration that name files with secrets, wherever they stand. */
const secretKeys: ReadonlySet<string> = new Set(['passwordFile', 'usersFile', 'key', 'keyFile', 'credentialFile'])
const otherKeys: ReadonlySet<string> = new Set(['certificate', 'ca'])

/** Returns the exit code. Throws `config.invalid`, `data.locked` and `store.unavailable`. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (options === undefined) {
    console.error(usage)
    return 2
  }
  const configFile = resolve(options.config)
  const plan = await planOf(configFile)
  if (await agentRuns(plan)) {
    throw new AppError('data.locked', `the agent of ${configFile} runs: stop it first (systemctl stop musubi-edge)`)
  }
  const unsent = options.loseUnsent ? 0 : unsentIn(join(plan.dataFolder, 'outbox.sqlite'))
  if (unsent > 0) {
    console.error(`${unsent} messages have not reached the hub yet: let it connect once more, or add --lose-unsent`)
    return 1
  }
  const gone = await factoryReset(plan)
  console.log(`${gone} files are destroyed; the gateway is as it came out of its box`)
  return 0
}

function parse(args: readonly string[]) {
  const bool = { type: 'boolean' } as const
  const values = flagsOf(args, { config: { type: 'string' }, yes: bool, 'lose-unsent': bool })
  if (values?.config === undefined || values.yes !== true) return undefined
  return { config: values.config, loseUnsent: values['lose-unsent'] === true }
}

/** Also of a configuration with faults: what is in it is to go all the same. Throws `config.invalid` where it cannot be read. */
async function planOf(configFile: string): Promise<ResetPlan> {
  const folder = dirname(configFile)
  const root = await readYaml(configFile)
  const named = [...namedFiles(root)]
  const at = (keys: ReadonlySet<string>) =>
    named.filter(({ key }) => keys.has(key)).map(({ path }) => resolve(folder, path))
  const secrets = at(secretKeys)
  const { data } = Object(root) as { readonly data?: unknown }
  return {
    secretFiles: [...secrets.flatMap((file) => [file, `${file}.waiting`, `${file}.new`]), `${configFile}.new`],
    // The machine's own list of authorities, say, belongs to other programs too.
    otherFiles: at(otherKeys)
      .filter((file) => file.startsWith(join(folder, sep)))
      .flatMap((file) => [file, `${file}.new`]),
    dataFolder: resolve(folder, typeof data === 'string' ? data : './data'),
    configFile,
  }
}

async function readYaml(file: string): Promise<unknown> {
  try {
    return parseDocument(await readFile(file, 'utf8')).toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new AppError('config.invalid', `${file} cannot be read`, { cause })
  }
}

function* namedFiles(part: unknown): Generator<{ readonly key: string; readonly path: string }> {
  if (typeof part !== 'object' || part === null) return
  for (const [key, entry] of Object.entries(part)) {
    if (typeof entry === 'string') yield { key, path: entry }
    else yield* namedFiles(entry)
  }
}

/** Messages that wait in an outbox; 0 where there is none. Throws `store.unavailable` where nobody can tell. */
function unsentIn(file: string): number {
  if (!existsSync(file)) return 0
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      const row = database.prepare('SELECT count(*) AS waiting FROM message').get() as { readonly waiting: number }
      return row.waiting
    } finally {
      database.close()
    }
  } catch (cause) {
    const message = `${file} does not say what waits in it: --lose-unsent destroys it all the same`
    throw new AppError('store.unavailable', message, { cause })
  }
}
