// A gateway without devices and hub, for the care of its sets alone: real code over a disk and a clock that a test controls.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import type { ArtefactKind } from '../../broker/contract/deployment-limits.ts'
import {
  type Artefact,
  type DesiredState,
  ReportedState,
  type SignedDesiredState,
} from '../../broker/contract/desired-state.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import type { GatewayConfig } from '../../edge/config.ts'
import { createCounters } from '../../edge/counters.ts'
import { type Deployment, openDeployment } from '../../edge/deployment/deployment.ts'
import type { Fault } from '../../edge/deployment/deployment-state.ts'
import { documentFileName, documentName, placeInSet, placesIn } from '../../edge/deployment/set-places.ts'
import { stageSet } from '../../edge/deployment/stage.ts'
import type { ManualClock } from '../edge/manual-clock.ts'
import type { LosingDisk } from './losing-disk.ts'

export const identity = { tenant: 'kimitsu', gateway: 'paddy-1' }
export const places = placesIn('/data/deployment')
const stick = '/usb'
const hubFolder = '/hub'
const probationS = 10

/** How the gateway does with a set; by its revision. */
export interface World {
  readonly isWell: (revision: number) => boolean
  /** Found when a set is checked, before it runs. */
  readonly faults?: (revision: number) => readonly Fault[]
  /** Thrown when the agent starts with it. */
  readonly startFault?: (revision: number) => Error | undefined
  /** What the hub keeps for this gateway: it comes at each start. */
  readonly retained?: Uint8Array
  /** From then on the hub has nothing for this gateway any more. */
  readonly withdrawnAtMs?: number
  /** Thrown by the next attempts to stage. */
  readonly stageFaults?: Error[]
  /** Each different report. */
  readonly onReport?: (report: ReportedState) => void
}

export const wellWorld: World = { isWell: () => true }

export function artefactOf(kind: ArtefactKind, id: string, content: string): Artefact {
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { kind, id, version: '1', sha256, bytes: Buffer.byteLength(content) }
}

type Contents = readonly (readonly [ArtefactKind, string, string])[]

/** Puts a document and its artefacts on the stick, on the medium. */
export async function putOnStick(disk: LosingDisk, revision: number, contents: Contents): Promise<void> {
  const bytes = await offerIn(disk, stick, revision, contents)
  await disk.store(join(stick, documentFileName(identity)), bytes)
}

/** Puts the artefacts where the hub of this gateway has them; returns the document. */
export function offerAtHub(
  disk: LosingDisk,
  revision: number,
  contents: Contents,
  more: Pick<DesiredState, 'window'> = {},
): Promise<Buffer> {
  return offerIn(disk, hubFolder, revision, contents, more)
}

async function offerIn(
  disk: LosingDisk,
  folder: string,
  revision: number,
  contents: Contents,
  more: Pick<DesiredState, 'window'> = {},
): Promise<Buffer> {
  const items = contents.map(([kind, id, content]) => artefactOf(kind, id, content))
  for (const [index, [, , content]] of contents.entries()) {
    await disk.store(join(folder, 'artefacts', items[index]?.sha256 ?? ''), Buffer.from(content))
  }
  const state: DesiredState = { v: 1, gateway: 'kimitsu/paddy-1', revision, items, probationS, ...more }
  const signed: SignedDesiredState = {
    v: 1,
    document: JSON.stringify(state),
    keyId: '0'.repeat(16),
    signature: 'A'.repeat(86) + '==',
  }
  return Buffer.from(JSON.stringify(signed))
}

export interface Ended {
  /** The revision that runs at the end. */
  readonly revision: number
  readonly report: ReportedState
  readonly starts: readonly number[]
}

/** Runs until nothing is on its way and no set on trial, or until the power is cut; undefined then. */
export async function runGateway(disk: LosingDisk, clock: ManualClock, world: World): Promise<Ended | undefined> {
  const starts: number[] = []
  for (let turns = 0; turns < 20; turns += 1) {
    const run = await startOnce(disk, clock, world).catch((thrown: unknown) => unlessCut(disk, thrown))
    if (run === undefined) return undefined
    starts.push(run.deployment.revision)
    const outcome = run.isUp ? await untilSettled(disk, clock, world, run) : 'restart'
    if (disk.isCut) return undefined
    if (outcome === 'settled') {
      const report = decodeDocument(ReportedState, run.deployment.report())
      return { revision: run.deployment.revision, report, starts }
    }
  }
  throw new Error(`the gateway never came to rest: ${starts.join(', ')}`)
}

interface Run {
  readonly deployment: Deployment
  readonly isUp: boolean
  readonly wantsRestart: () => boolean
}

async function startOnce(disk: LosingDisk, clock: ManualClock, world: World): Promise<Run> {
  let wantsRestart = false
  const deployment = await openDeployment({
    files: disk,
    places,
    clock,
    log: silentLog,
    random: () => 0,
    settings: { keyFiles: [], folder: stick, lookEveryS: 1, retryBaseMs: 1000, retryCapMs: 1000, idleMs: 1000 },
    identity,
    base: '/etc/gateway.yaml',
    watchForHang: () => ({ cancel: () => undefined }),
    restart: () => (wantsRestart = true),
    become: async () => undefined,
    countedRevision: undefined,
    agentVersion: 'musubi 1',
    load: (revision) => loaded(disk, revision),
    read: async (documentFile) => {
      const signed = JSON.parse(String(await disk.read(documentFile))) as SignedDesiredState
      const digest = createHash('sha256').update(signed.document).digest('hex')
      return { state: JSON.parse(signed.document) as DesiredState, digest }
    },
    stage: async ({ documentFile, keep, keepArtefacts, folders }) => {
      const thrown = world.stageFaults?.shift()
      if (thrown !== undefined) throw thrown
      const signed = JSON.parse(String(await disk.read(documentFile))) as SignedDesiredState
      const state = JSON.parse(signed.document) as DesiredState
      const faults = await stageSet({
        signed,
        state,
        keep,
        keepArtefacts,
        sources: {
          files: disk,
          places,
          folders: folders.length === 0 ? [hubFolder] : folders,
          hub: undefined,
          clock,
          isOpen: () => true,
        },
        check: () => Promise.resolve(world.faults?.(state.revision) ?? []),
      })
      return faults.length === 0 ? { kind: 'staged' } : { kind: 'refused', faults }
    },
  })
  const fault = world.startFault?.(deployment.revision)
  if (fault !== undefined) {
    if (!(await deployment.startFailed(fault))) throw fault
    return { deployment, isUp: false, wantsRestart: () => true }
  }
  return { deployment, isUp: true, wantsRestart: () => wantsRestart }
}

/** What a checker of sets does: every file of it is there, bit by bit. */
async function loaded(disk: LosingDisk, revision: number): Promise<GatewayConfig> {
  const config = { devices: [{ id: 'level-1', intervalS: 1 }] } as unknown as GatewayConfig
  if (revision === 0) return config
  const signed = await disk.read(join(places.set(revision), documentName))
  if (signed === undefined) throw new AppError('deployment.set', `set ${revision} has no document`)
  const { items } = JSON.parse((JSON.parse(String(signed)) as SignedDesiredState).document) as DesiredState
  for (const item of items) {
    const found = await disk.sha256Of(join(places.set(revision), placeInSet(item)))
    if (found !== item.sha256) throw new AppError('deployment.set', `set ${revision}: ${item.id} is not what it was`)
  }
  return config
}

async function untilSettled(
  disk: LosingDisk,
  clock: ManualClock,
  world: World,
  { deployment, wantsRestart }: Run,
): Promise<'restart' | 'settled'> {
  const detach = deployment.attach({
    uplinkConnected: () => true,
    isOutboxHealthy: () => true,
    refusedModels: () => [],
    reportChanged: () => world.onReport?.(decodeDocument(ReportedState, deployment.report())),
    counters: createCounters(),
  })
  const isWithdrawn = () => clock.now() >= (world.withdrawnAtMs ?? Infinity)
  if (world.retained !== undefined && !isWithdrawn()) deployment.received(world.retained)
  let quietTurns = 0
  while (!wantsRestart() && !disk.isCut && quietTurns < 4) {
    const quality = world.isWell(deployment.revision) ? 'good' : 'bad'
    deployment.observe([
      { name: 'level-1:level', timeMs: clock.now(), value: 1, unit: 'm', quality, reason: undefined },
    ])
    await clock.advance(1000)
    if (isWithdrawn()) deployment.received(new Uint8Array(0))
    const { desired } = decodeDocument(ReportedState, deployment.report())
    quietTurns = desired === undefined || desired.phase === 'done' ? quietTurns + 1 : 0
  }
  await detach()
  return wantsRestart() ? 'restart' : 'settled'
}

function unlessCut(disk: LosingDisk, thrown: unknown): undefined {
  if (!disk.isCut) throw thrown
  return undefined
}
