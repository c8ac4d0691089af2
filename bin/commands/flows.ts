// `musubi flows …`: the flows that come with the project, and whether a file of flows can run at a gateway.
import { constants } from 'node:fs'
import { copyFile, readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'

const usage = `Usage:
  musubi flows list              the ready flows, with what they do
  musubi flows copy NAME FILE    copies one to FILE, beside gateway.yaml; names and limits are in its tab`

const readyFolder = join(import.meta.dirname, '../../edge/flows/ready')

/** Returns the exit code: 0 done, 2 wrong usage. Throws AppError `not-found`. */
export async function run(args: readonly string[]): Promise<number> {
  const [action, name, file, ...more] = args
  if (action === 'list' && name === undefined) return await list()
  if (action !== 'copy' || name === undefined || file === undefined || more.length > 0) {
    console.error(usage)
    return action === '--help' ? 0 : 2
  }
  const known = await readyFlows()
  if (!known.includes(name)) throw new AppError('not-found', `no ready flow "${name}"; known are ${known.join(', ')}`)
  const copied = copyFile(join(readyFolder, `${name}.json`), resolve(file), constants.COPYFILE_EXCL)
  await copied.catch((cause: unknown) => {
    throw new AppError('config.invalid', `${file} is there already, or its folder is not`, { cause })
  })
  console.log(`${file}: name it in gateway.yaml, e.g. flows: { file: ${file} }`)
  return 0
}

async function list(): Promise<number> {
  for (const name of await readyFlows()) {
    const nodes = JSON.parse(await readFile(join(readyFolder, `${name}.json`), 'utf8')) as readonly FlowTab[]
    const { label = '', info = '' } = nodes.find(({ type }) => type === 'tab') ?? {}
    console.log(`${name}\n  ${label}\n  ${info.replaceAll(/\n+/g, '\n  ')}\n`)
  }
  return 0
}

interface FlowTab {
  readonly type: string
  readonly label?: string
  readonly info?: string
}

async function readyFlows(): Promise<readonly string[]> {
  const files = await readdir(readyFolder)
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
}
