// `musubi deploy apply`: hands an update on a stick to the gateway's agent, which checks and applies it as any other, and tells what came of it.
import { cp, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import type { ItemResult } from '../../broker/contract/desired-state.ts'
import { askChecker } from '../../edge/checks/checker.ts'
import { configSources } from '../../edge/checks/config-sources.ts'
import { loadConfig } from '../../edge/config.ts'
import { agentRuns } from '../../edge/doctor/machine-checks.ts'
import { newestRevision, parseState } from '../../edge/deployment/deployment-state.ts'
import { deploymentFolder, documentFileName, placesIn } from '../../edge/deployment/set-places.ts'
import type { ReadAnswer, ReadRequest } from '../../edge/deployment/update-messages.ts'

const updater = new URL('../../edge/deployment/update-process.ts', import.meta.url)
const lookEveryMs = 500
/** Beyond two probations: staging and two starts. */
const startsMs = 300_000

/** The exit code: 0 when it runs, or will at the next start; 1 when it was not taken. Throws why it is not believed. */
export async function applyFromFolder(configFile: string, folder: string): Promise<number> {
  const config = await loadConfig(configFile, configSources)
  if (config.deployment === undefined) {
    throw new AppError(
      'config.invalid',
      `${configFile} has no section deployment, e.g. deployment: { keys: [deploy.pub] }`,
    )
  }
  const name = documentFileName(config.identity)
  const request: ReadRequest = { task: 'read', base: configFile, documentFile: join(folder, name) }
  await readFile(request.documentFile).catch((cause: unknown) => {
    throw new AppError('not-found', `${request.documentFile} cannot be read: the stick has nothing for this gateway`, {
      cause,
    })
  })
  const { state } = await askChecker<ReadAnswer>(updater, [JSON.stringify(request)])
  const places = placesIn(deploymentFolder(config.dataFolder))
  const newest = await stateAt(places.state).then((found) => (found === undefined ? 0 : newestRevision(found)))
  if (state.revision <= newest) {
    throw new AppError('deployment.stale', `it is revision ${state.revision}; ${newest} was dealt with already`)
  }
  const hashes = state.items.map(({ sha256 }) => sha256)
  await copyWhole(folder, places.inbox, name, hashes)
  if (!(await agentRuns(config))) {
    console.log(`revision ${state.revision} lies ready; it is applied when the gateway starts`)
    return 0
  }
  return watch(places.state, state.revision, state.probationS)
}

/** The document comes last: when it is there, all is there. */
async function copyWhole(from: string, inbox: string, name: string, hashes: readonly string[]): Promise<void> {
  await rm(inbox, { recursive: true, force: true })
  await mkdir(join(inbox, 'artefacts'), { recursive: true })
  for (const hash of hashes) {
    await cp(join(from, 'artefacts', hash), join(inbox, 'artefacts', hash)).catch((cause: unknown) => {
      throw new AppError('deployment.artefact', `the artefact ${hash} is not on the stick`, { cause })
    })
    await synced(join(inbox, 'artefacts', hash))
  }
  await cp(join(from, name), join(inbox, `${name}.new`))
  await synced(join(inbox, `${name}.new`))
  await rename(join(inbox, `${name}.new`), join(inbox, name))
  for (const folder of [join(inbox, 'artefacts'), inbox, dirname(inbox)]) await synced(folder)
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function watch(stateFile: string, revision: number, probationS: number): Promise<number> {
  const deadline = performance.now() + 2 * probationS * 1000 + startsMs
  let told = ''
  while (performance.now() < deadline) {
    const found = await stateAt(stateFile)
    const words = found?.trial?.revision === revision ? `on trial for ${probationS} s` : 'staged and checked'
    if (found?.handled?.revision === revision) return printed(found.handled.results)
    if (words !== told) console.log(`revision ${revision}: ${words}`)
    told = words
    await sleep(lookEveryMs)
  }
  throw new AppError('gateway.no-answer', 'the agent has not ended it in time; its log says why')
}

function printed(results: readonly ItemResult[]): number {
  for (const { kind, id, version, result, code, message } of results) {
    console.log([kind, id, version, result, ...(code === undefined ? [] : [code, message])].join('\t'))
  }
  return results.every(({ result }) => result === 'applied' || result === 'applied-after-retry') ? 0 : 1
}

async function stateAt(file: string) {
  const bytes = await readFile(file).catch(() => undefined)
  return bytes === undefined ? undefined : parseState(bytes)
}
