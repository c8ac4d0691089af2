// The process that reads and stages an update, and ends: schemas, YAML, models and HTTPS cost memory that the agent would keep for months.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { checkedDocument, decodeDocument } from '../../broker/contract/checked-document.ts'
import { checkDesiredSignature, deploymentKeys } from '../../broker/contract/deployment-signature.ts'
import { DesiredState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import { gatewayKey } from '../../broker/contract/topics.ts'
import { answerParent } from '../checks/checker.ts'
import { configSources } from '../checks/config-sources.ts'
import { type GatewayConfig, loadConfig } from '../config.ts'
import { isOpen } from '../images/upload-hours.ts'
import { WindowClosed } from './artefact-source.ts'
import { runningProgram } from './agent-program.ts'
import { faultOf } from './deployment-state.ts'
import { realFiles } from './file-port.ts'
import { setFaults } from './set-checks.ts'
import { deploymentFolder, placesIn } from './set-places.ts'
import { stageSet } from './stage.ts'
import type { ReadAnswer, ReadRequest, StageAnswer, StageRequest } from './update-messages.ts'

await answerParent(async ([words = '{}']): Promise<ReadAnswer | StageAnswer> => {
  const request = JSON.parse(words) as ReadRequest | StageRequest
  const config = await loadConfig(request.base, configSources)
  const { signed, state, digest } = await believed(request.documentFile, config)
  return request.task === 'read' ? { state, digest } : staged(request, config, signed, state)
})

/** Throws `deployment.signature`, `deployment.identity`, `payload.malformed`, `payload.schema`. */
async function believed(file: string, { identity, deployment }: GatewayConfig) {
  const signed = decodeDocument(SignedDesiredState, await readFile(file))
  const pems = await Promise.all((deployment?.keyFiles ?? []).map((key) => readFile(key, 'utf8')))
  checkDesiredSignature(signed, deploymentKeys(pems))
  const state = checkedDocument(DesiredState, parsed(signed.document))
  if (state.gateway !== gatewayKey(identity)) {
    throw new AppError('deployment.identity', `it is for ${state.gateway}, this gateway is ${gatewayKey(identity)}`)
  }
  const names = state.items.map(({ kind, id }) => (kind === 'config' || kind === 'agent' ? kind : `${kind} ${id}`))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new AppError('payload.schema', `/items has ${twice} twice`)
  return { signed, state, digest: createHash('sha256').update(signed.document).digest('hex') }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AppError('payload.malformed', 'the signed text is no JSON', { cause })
  }
}

async function staged(
  request: StageRequest,
  config: GatewayConfig,
  signed: SignedDesiredState,
  state: DesiredState,
): Promise<StageAnswer> {
  const places = placesIn(deploymentFolder(config.dataFolder))
  const { window, maxBytesPerS } = state
  const { isFromHub, runningRevision, base, answering } = request
  const { own } = runningProgram(process.env)
  const running = runningRevision === 0 ? undefined : places.set(runningRevision)
  try {
    const faults = await stageSet({
      ...request,
      signed,
      state,
      sources: {
        files: realFiles,
        places,
        folders: request.folders,
        hub: isFromHub ? await hubFiles(config, maxBytesPerS) : undefined,
        clock: systemClock,
        isOpen: () => !isFromHub || isOpen(window, window?.zone ?? 'Asia/Tokyo', Date.now()),
      },
      check: (folder) => setFaults(folder, state.items, { base, running, answering, own }),
    })
    return faults.length === 0 ? { kind: 'staged' } : { kind: 'refused', faults }
  } catch (thrown) {
    if (thrown instanceof WindowClosed) return { kind: 'closed' }
    const error = toAppError(thrown, 'internal')
    if (error.retryable) throw error
    return { kind: 'refused', faults: [faultOf(error)] }
  }
}

async function hubFiles({ hub, deployment }: GatewayConfig, maxBytesPerS: number | undefined) {
  const read = async (path: string | undefined) => (path === undefined ? undefined : await readFile(path))
  const [ca, certificate, key] = await Promise.all([read(hub.ca), read(hub.certificate), read(hub.key)])
  return { url: hub.https, tls: { ca, certificate, key }, maxBytesPerS, idleMs: deployment?.idleMs ?? 60_000 }
}
