// `musubi model …`: finds what is to be done with a model package and hands it the rest of the words.
import { AppError } from '../../broker/contract/app-error.ts'
import { UsageError, type ModelAction } from '../model/action.ts'

const actions: Readonly<Record<string, () => Promise<{ readonly action: ModelAction }>>> = {
  verify: () => import('../model/verify.ts'),
  evaluate: () => import('../model/evaluate.ts'),
  run: () => import('../model/run.ts'),
  sign: () => import('../model/sign.ts'),
  teach: () => import('../model/teach.ts'),
}

/** Returns the exit code: 0 done, 1 refused or failed, 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  const [name = '', ...words] = args
  const load = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (load === undefined) {
    const isAsked = name === '--help'
    ;(isAsked ? console.log : console.error)(await usage())
    return isAsked ? 0 : 2
  }
  const { action } = await load()
  if (words.includes('--help')) {
    console.log(`Usage:\n${action.usage}`)
    return 0
  }
  try {
    return await action.run(words)
  } catch (thrown) {
    if (thrown instanceof UsageError || isParseFault(thrown)) {
      console.error(`${thrown.message}\n\nUsage:\n${action.usage}`)
      return 2
    }
    if (!(thrown instanceof AppError)) throw thrown
    console.error(`${thrown.code}: ${thrown.message}`)
    return 1
  }
}

/** parseArgs of Node found a word that it does not know. */
function isParseFault(thrown: unknown): thrown is Error {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS_')
}

async function usage(): Promise<string> {
  const loaded = await Promise.all(Object.values(actions).map((load) => load()))
  return ['Usage:', ...loaded.map(({ action }) => action.usage)].join('\n')
}
