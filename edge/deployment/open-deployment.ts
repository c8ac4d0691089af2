// The deployment of a real gateway: its disk, and the processes that check, read and stage.
import { toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { askChecker } from '../checks/checker.ts'
import type { GatewayConfig } from '../config.ts'
import { agentFolder, agentItemOf, replaceProcess, runningProgram } from './agent-program.ts'
import type { BootPorts } from './boot.ts'
import { type Deployment, openDeployment } from './deployment.ts'
import type { DeploymentConfig } from './deployment-config.ts'
import { realFiles } from './file-port.ts'
import { watchForHang } from './hang-watch.ts'
import { guardTrial } from './trial-guard.ts'
import { deploymentFolder, placesIn, type SetPlaces } from './set-places.ts'
import type { ReadAnswer, ReadRequest, StageAnswer, StageRequest } from './update-messages.ts'

const setChecker = new URL('check-set.ts', import.meta.url)
const readier = new URL('ready-agent.ts', import.meta.url)
const updater = new URL('update-process.ts', import.meta.url)
/** A small board that starts a model may stand still for some seconds. */
const hangLimitMs = 60_000
/** A fetch over a slow link with a low cap; what broke off is gone on with. */
const stageLimitMs = 12 * 3_600_000

/** `base` is gateway.yaml at the absolute `path`. Throws as openDeployment. */
export async function openGatewayDeployment(
  base: GatewayConfig,
  settings: DeploymentConfig,
  given: {
    readonly path: string
    readonly clock: Clock
    readonly log: Log
    readonly random: () => number
    readonly agentVersion: string
    readonly restart: () => void
  },
): Promise<Deployment> {
  const { path } = given
  const places = placesIn(deploymentFolder(base.dataFolder))
  const ask = <Answer>(request: ReadRequest | StageRequest, signal: AbortSignal) =>
    askChecker<Answer>(updater, [JSON.stringify(request)], { limitMs: stageLimitMs, signal })
  return openDeployment({
    ...given,
    base: path,
    settings,
    identity: base.identity,
    files: realFiles,
    places,
    load: async (revision) => {
      return revision === 0 ? base : askChecker<GatewayConfig>(setChecker, [path, places.set(revision)])
    },
    become: becoming(places, given.log),
    countedRevision: runningProgram(process.env).stand?.revision,
    watchForHang: () => watchForHang(given.clock, hangLimitMs),
    read: (documentFile, signal) => ask<ReadAnswer>({ task: 'read', base: path, documentFile }, signal),
    stage: (order, signal) => ask<StageAnswer>({ task: 'stage', base: path, ...order }, signal),
  })
}

/**
 * The machine's own program chooses: a program of a set goes back to it for everything but the set that it was started for. A proven
 * set whose program cannot run any more, because other libraries were installed, runs with the machine's own.
 */
function becoming(places: SetPlaces, log: Log): BootPorts['become'] {
  const { own, stand } = runningProgram(process.env)
  return async (set) => {
    const { revision } = set
    if (stand?.revision === revision) return
    if (stand !== undefined) replaceProcess(own, undefined)
    const item = agentItemOf(set)
    if (item === undefined) return
    try {
      await askChecker<string>(readier, [places.set(revision), own])
    } catch (thrown) {
      if ('probationS' in set) throw thrown
      const { code, message } = toAppError(thrown, 'deployment.agent')
      log.error({ revision, code, reason: message }, "the program of a set cannot run: the machine's own runs it")
      return
    }
    if ('probationS' in set) guardTrial(set, places.state)
    log.info({ revision, version: item.version }, 'the program of a set takes over')
    replaceProcess(agentFolder(places.set(revision)), { own, revision, version: item.version })
  }
}
