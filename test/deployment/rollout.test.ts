// Roll-outs over a real hub database: ten gateways in waves, what each reports, and what a person decides.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ItemResultName } from '../../broker/contract/deployment-limits.ts'
import type { DesiredState, ReportedState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { ArtefactStore } from '../../cloud/deployments/artefact-store.ts'
import { Rollouts } from '../../cloud/deployments/rollouts.ts'
import type { WaveRule } from '../../cloud/deployments/waves.ts'
import type { GatewayRegistry } from '../../cloud/registry/gateway-registry.ts'
import { type HubDatabase, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'

const content = Buffer.from('devices: []')
const artefact = {
  kind: 'config',
  id: 'gateway',
  version: '1',
  sha256: createHash('sha256').update(content).digest('hex'),
  bytes: content.length,
} as const
const sato = { by: 'sato', remote: '127.0.0.1' }
const ten = Array.from({ length: 10 }, (_, index) => `kimitsu/g-${index}`)

let folder: string
let database: HubDatabase
let clock: ManualClock
let rollouts: Rollouts
let artefacts: ArtefactStore
/** Gateways whose topic got a document, and with a minus those whose offer was taken back. */
let offered: string[]
/** What the registry says of a gateway. */
let connected: (gateway: { readonly id: string; readonly state: 'online' }) => void

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-rollout-'))
  database = await openHubDatabase(join(folder, 'hub.sqlite'))
  artefacts = new ArtefactStore(join(folder, 'artefacts'))
  await artefacts.keep(artefact.sha256, Readable.from([content]))
  clock = createManualClock()
  offered = []
  await open()
})

afterEach(async () => {
  await rollouts.stop()
  await database.destroy()
  await rm(folder, { recursive: true })
})

async function open(): Promise<void> {
  rollouts = new Rollouts({
    database,
    artefacts,
    gateways: {
      get: () => undefined,
      onChange: (heard: typeof connected) => {
        connected = heard
      },
    } as unknown as GatewayRegistry,
    publish: (topic, payload, { retain }) => {
      expect(retain).toBe(true)
      const gateway = topic.split('/').slice(2, 4).join('/')
      offered.push(payload.length === 0 ? `-${gateway}` : gateway)
    },
    clock,
    log: silentLog,
  })
  await rollouts.start()
}

function documentFor(gateway: string, revision: number): SignedDesiredState {
  const state: DesiredState = { v: 1, gateway, revision, items: [artefact], probationS: 60 }
  return { v: 1, document: JSON.stringify(state), keyId: '0'.repeat(16), signature: `${'A'.repeat(86)}==` }
}

function begin(waves: readonly WaveRule[], maxFailures = 0, revision = 1): Promise<string> {
  const documents = ten.map((gateway) => documentFor(gateway, revision))
  return rollouts.create({ name: 'test', documents, waves, maxFailures, patienceS: 3600 }, sato)
}

/** Resolves when it has had its effect. */
async function report(gateway: string, result: ItemResultName, revision = 1): Promise<void> {
  const isWell = result === 'applied' || result === 'applied-after-retry'
  const why = isWell ? {} : { code: 'deployment.device', message: 'level-1 fell silent' }
  const { kind, id, version } = artefact
  const document: ReportedState = {
    v: 1,
    timeMs: clock.now(),
    running: { revision: isWell ? revision : 0, items: [] },
    desired: {
      revision,
      phase: 'done',
      sinceMs: clock.now(),
      results: [{ kind, id, version, result, ...why, startedMs: 0, endedMs: 1 }],
    },
  }
  rollouts.take({ topic: `musubi/v1/${gateway}/reported`, payload: encodeDocument(document) })
  await rollouts.nextRevision([gateway])
  await rollouts.halt('nothing', sato).catch(() => undefined)
}

const stateOf = async (id: string) =>
  database.selectFrom('rollouts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

describe('a roll-out to ten gateways', () => {
  it('goes wave by wave, each when the one before is well, to its end', async () => {
    const id = await begin([{ percent: 10 }, { percent: 50 }])
    expect(offered).toEqual(ten.slice(0, 1))
    await report(ten[0]!, 'applied')
    expect(offered).toEqual(ten.slice(0, 5))
    for (const gateway of ten.slice(1, 5)) await report(gateway, 'applied-after-retry')
    expect(offered).toEqual(ten)
    for (const gateway of ten.slice(5)) await report(gateway, 'applied')
    expect(await stateOf(id)).toMatchObject({ state: 'done', reason: null })
  })

  it('halts in the wave in which one rolls back: the later waves never see the set, nor a gateway that is away', async () => {
    const id = await begin([{ percent: 10 }, { percent: 50 }])
    await report(ten[0]!, 'applied')
    await report(ten[1]!, 'rolled-back')
    expect(await stateOf(id)).toMatchObject({ state: 'halted', wave: 1 })
    expect(offered.slice(5)).toEqual(ten.slice(2, 5).map((gateway) => `-${gateway}`))
    await report(ten[2]!, 'applied')
    expect(offered).toHaveLength(8)
    const members = await database.selectFrom('rollout_gateways').selectAll().where('rollout', '=', id).execute()
    expect(members.map(({ state }) => state)).toEqual([
      'applied',
      'failed',
      'applied',
      'offered',
      'offered',
      ...ten.slice(5).map(() => 'waiting'),
    ])
    expect(members[1]).toMatchObject({
      code: 'deployment.device',
      message: 'rolled-back: config gateway: level-1 fell silent',
    })
  })

  it('goes on when a person resumes it, and offers again what it had taken back', async () => {
    const id = await begin([{ percent: 10 }, { percent: 50 }])
    await report(ten[0]!, 'applied')
    await report(ten[1]!, 'refused')
    offered.length = 0
    await rollouts.resume(id, sato)
    expect(offered).toEqual(ten.slice(2, 5))
    for (const gateway of ten.slice(2, 5)) await report(gateway, 'applied')
    expect(offered).toEqual([...ten.slice(2, 5), ...ten.slice(5)])
    const audit = await database.selectFrom('deployment_audit').selectAll().orderBy('turn').execute()
    expect(new Set(audit.map(({ time_ms }) => time_ms)).size).toBeLessThan(audit.length)
    expect(audit.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'sato created',
      'hub next wave',
      'hub halted',
      'sato resumed',
      'hub next wave',
    ])
  })

  it('stands where it was after a restart of the hub', async () => {
    const id = await begin([{ percent: 10 }])
    await rollouts.stop()
    await open()
    expect(rollouts.mayFetch(ten[0]!, artefact.sha256)).toBe(true)
    expect(rollouts.mayFetch(ten[1]!, artefact.sha256)).toBe(false)
    await report(ten[0]!, 'applied')
    expect(await stateOf(id)).toMatchObject({ state: 'running', wave: 1 })
  })

  it('halts when a gateway does not answer within its patience', async () => {
    const id = await begin([{ percent: 10 }])
    await clock.advance(3_700_000)
    await rollouts.stop()
    expect(await stateOf(id)).toMatchObject({ state: 'halted', reason: '1 of 10 gateways failed, 0 are tolerated' })
  })

  it('takes back what it offered to a gateway that has not answered, so that it does not find it next week', async () => {
    await begin([{ percent: 10 }])
    offered.length = 0
    await clock.advance(3_700_000)
    await rollouts.stop()
    expect(offered).toEqual([`-${ten[0]}`])
  })

  it('offers again to a gateway that comes back after its patience, as the broker does that keeps it, while nothing newer is known', async () => {
    const back = async (gateway = ten[0]!): Promise<readonly string[]> => {
      offered.length = 0
      connected({ id: gateway, state: 'online' })
      await rollouts.nextRevision([gateway])
      await rollouts.halt('nothing', sato).catch(() => undefined)
      return [...offered]
    }
    const id = await begin([], 10)
    for (const gateway of ten.slice(1)) await report(gateway, 'applied')
    await clock.advance(3_700_000)
    await rollouts.halt('nothing', sato).catch(() => undefined)
    expect(await stateOf(id)).toMatchObject({ state: 'done' })
    expect(await back()).toEqual([ten[0]])
    expect(await back(ten[1])).toEqual([])
    await report(ten[0]!, 'applied')
    expect(await back()).toEqual([])
  })

  it('makes the offers of a wave that a stop of the hub has cut off, and goes no further before they are answered', async () => {
    const id = await begin([{ percent: 10 }])
    await database.updateTable('rollout_gateways').set({ state: 'waiting' }).where('gateway', '=', ten[0]!).execute()
    offered.length = 0
    await clock.advance(30_000)
    await rollouts.stop()
    expect(offered).toEqual([ten[0]])
    expect(await stateOf(id)).toMatchObject({ state: 'running', wave: 0 })
  })

  it('needs the artefacts of waves that have not begun, after a restart of the hub too', async () => {
    const other = { ...artefact, id: 'late', sha256: 'e'.repeat(64) }
    const id = await begin([{ percent: 10 }])
    const state: DesiredState = { v: 1, gateway: ten[9]!, revision: 1, items: [other], probationS: 60 }
    const document = JSON.stringify({ ...documentFor(ten[9]!, 1), document: JSON.stringify(state) })
    await database.updateTable('rollout_gateways').set({ document }).where('gateway', '=', ten[9]!).execute()
    await rollouts.stop()
    await open()
    expect(await rollouts.needed()).toContain(other.sha256)
    await rollouts.abort(id, sato)
    expect(await rollouts.needed()).not.toContain(other.sha256)
  })

  it('is not spoiled by a gateway that reports a revision which nobody can have made', async () => {
    const id = await begin([])
    await report(ten[0]!, 'applied', Number.MAX_SAFE_INTEGER)
    expect(rollouts.reportCounters).toEqual({ reports: 0, malformedReports: 0, unbelievableReports: 1 })
    expect(await rollouts.nextRevision(ten)).toBe(2)
    for (const gateway of ten) await report(gateway, 'applied')
    expect(await stateOf(id)).toMatchObject({ state: 'done' })
    // A stick that was numbered by its date.
    await report(ten[0]!, 'applied', 20_261_123)
    expect(await rollouts.nextRevision(ten)).toBe(20_261_124)
    await expect(begin([], 0, Number.MAX_SAFE_INTEGER)).rejects.toThrow('is too far ahead')
  })

  it('is refused where a revision is not new, an artefact is not there, or a gateway is in another one', async () => {
    const id = await begin([{ percent: 10 }])
    await expect(begin([])).rejects.toThrow('has seen revision 1')
    await expect(begin([], 0, 2)).rejects.toThrow(`is in roll-out ${id}`)
    await rollouts.abort(id, sato)
    await rm(join(folder, 'artefacts', artefact.sha256))
    await expect(begin([], 0, 2)).rejects.toThrow('is not at the hub; upload it first')
    await expect(rollouts.resume(id, sato)).rejects.toThrow('is aborted')
  })
})

describe('the artefacts of a hub', () => {
  it('are kept under their hash alone: other content is refused and leaves nothing', async () => {
    const wrong = artefacts.keep('f'.repeat(64), Readable.from([content]))
    await expect(wrong).rejects.toMatchObject({ code: 'deployment.artefact' })
    await expect(artefacts.keep('../../etc', Readable.from([content]))).rejects.toMatchObject({
      code: 'deployment.artefact',
    })
    expect(await artefacts.sizeOf('f'.repeat(64))).toBeUndefined()
  })

  it('go when nothing has needed them for a day', async () => {
    expect(await artefacts.collect(new Set(), Date.now())).toBe(0)
    expect(await artefacts.collect(new Set([artefact.sha256]), Date.now() + 2 * 86_400_000)).toBe(0)
    expect(await artefacts.collect(new Set(), Date.now() + 2 * 86_400_000)).toBe(1)
  })
})
