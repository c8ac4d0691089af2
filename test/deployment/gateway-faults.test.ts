// What else can go wrong on a gateway: a full disk, crashes, damaged sets, documents that come twice or too late.
import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import type { ReportedState } from '../../broker/contract/desired-state.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { LosingDisk } from './losing-disk.ts'
import { artefactOf, offerAtHub, places, putOnStick, runGateway, wellWorld } from './simulated-gateway.ts'

const oldSet = [['config', 'gateway', 'devices: []']] as const
const newSet = [
  ['config', 'gateway', 'devices: [one more]'],
  ['flow', 'pump', '[]'],
] as const

async function runningFirst(): Promise<LosingDisk> {
  const disk = new LosingDisk()
  await putOnStick(disk, 1, oldSet)
  await runGateway(disk, createManualClock(), wellWorld)
  return disk
}

const run = (disk: LosingDisk, world = wellWorld) => runGateway(disk, createManualClock(), world)

describe('a gateway', () => {
  it('whose disk has no room for an update says so after three tries and runs on; with room, the next revision is taken', async () => {
    const disk = await runningFirst()
    await putOnStick(disk, 2, newSet)
    disk.free = 1000
    const ended = await run(disk)
    expect(ended?.revision).toBe(1)
    expect(ended?.report.desired?.results[0]).toMatchObject({ result: 'refused', code: 'deployment.disk-full' })
    disk.free = 2 ** 30
    await putOnStick(disk, 3, newSet)
    expect((await run(disk))?.revision).toBe(3)
  })

  it('whose disk fills up in the middle of any step ends on a whole set', async () => {
    const before = await runningFirst()
    await putOnStick(before, 2, newSet)
    for (let at = 1; at <= 40; at += 1) {
      const disk = before.afterPowerCut('kept')
      fillAfter(disk, at)
      const ended = await run(disk)
      expect([1, 2]).toContain(ended?.revision)
      for (const { result, code } of ended?.report.desired?.results ?? []) {
        if (result === 'refused' || result === 'rolled-back') expect(code).toBe('deployment.disk-full')
      }
    }
  })

  it('that crashes with a set again and again goes back to the old one at the fourth start', async () => {
    const disk = await runningFirst()
    await putOnStick(disk, 2, newSet)
    const state = { v: 1, proven: { revision: 1, items: [artefactOf(...oldSet[0])] } }
    // Up to the moment after the switch.
    let cut = disk
    for (let step = 1; ; step += 1) {
      cut = disk.afterPowerCut('kept')
      cut.cutAfter = step
      await run(cut)
      const text = String(await cut.afterPowerCut('kept').read(places.state))
      if (text.includes('"attempts":1')) break
    }
    let next = cut.afterPowerCut('kept')
    for (const expected of [2, 2]) {
      next.cutAfter = 3
      await run(next)
      next = next.afterPowerCut('kept')
      expect(String(await next.read(places.state))).toContain(`"revision":${expected}`)
    }
    const ended = await run(next)
    expect(ended?.revision).toBe(1)
    expect(ended?.starts).toEqual([1])
    expect(ended?.report.desired?.results[0]).toMatchObject({ result: 'rolled-back', code: 'deployment.crashed' })
    expect(JSON.parse(String(await next.read(places.state)))).toMatchObject(state)
  })

  it('whose proven set is damaged takes the one before, and says that there was no way back', async () => {
    const disk = await runningFirst()
    await putOnStick(disk, 2, newSet)
    await run(disk)
    await disk.write(`${places.set(2)}/flows/pump.json`, Buffer.from('rotten'))
    const ended = await run(disk)
    expect(ended?.revision).toBe(1)
    expect(ended?.report.desired?.results[0]).toMatchObject({ result: 'cannot-roll-back', code: 'deployment.set' })
  })

  it('whose last two sets are damaged runs on gateway.yaml', async () => {
    const disk = await runningFirst()
    await putOnStick(disk, 2, newSet)
    await run(disk)
    await disk.remove(places.sets)
    expect((await run(disk))?.revision).toBe(0)
  })

  it('whose state cannot be read runs on gateway.yaml and takes the next update', async () => {
    const disk = await runningFirst()
    await disk.write(places.state, Buffer.from('{"v":1,'))
    await disk.remove('/usb')
    expect((await run(disk))?.revision).toBe(0)
    await putOnStick(disk, 2, newSet)
    expect((await run(disk))?.revision).toBe(2)
  })

  it('that cannot remove what lies in its inbox goes on as with any other update', async () => {
    const disk = await runningFirst()
    const document = await offerAtHub(disk, 2, newSet)
    for (const [kind, id, content] of newSet) {
      const { sha256 } = artefactOf(kind, id, content)
      await disk.store(`${places.inbox}/artefacts/${sha256}`, Buffer.from(content))
    }
    await disk.remove('/usb')
    await disk.store(`${places.inbox}/kimitsu.paddy-1.desired.json`, document)
    const remove = disk.remove.bind(disk)
    disk.remove = (path) => (path === places.inbox ? Promise.reject(new Error('EACCES')) : remove(path))
    const ended = await run(disk)
    expect(ended?.revision).toBe(2)
    expect(ended?.starts).toEqual([1, 2])
    expect(ended?.report.refused).toBeUndefined()
  })

  it('that is given the same document again does nothing', async () => {
    const disk = await runningFirst()
    const { steps } = disk
    const ended = await run(disk)
    expect(ended?.starts).toEqual([1])
    expect(ended?.report.refused).toBeUndefined()
    expect(disk.steps - steps).toBeLessThan(5)
  })

  it('refuses an older revision, and the same one with another content', async () => {
    const disk = await runningFirst()
    await putOnStick(disk, 5, newSet)
    await run(disk)
    for (const revision of [4, 5]) {
      await putOnStick(disk, revision, oldSet)
      const ended = await run(disk)
      expect(ended?.revision).toBe(5)
      expect(ended?.report.refused).toMatchObject({ code: 'deployment.stale', revision })
    }
  })

  it('refuses a set of which an artefact is not what was signed, and blames that part alone', async () => {
    const disk = await runningFirst()
    await putOnStick(disk, 2, newSet)
    const flow = artefactOf(...newSet[1])
    await disk.store(`/usb/artefacts/${flow.sha256}`, Buffer.from('{}'))
    const ended = await run(disk)
    expect(ended?.revision).toBe(1)
    expect(ended?.report.desired?.results.map(({ kind, result, code }) => [kind, result, code])).toEqual([
      ['config', 'refused', 'deployment.companion'],
      ['flow', 'refused', 'deployment.artefact'],
    ])
  })

  it('keeps the artefacts of the running set and the one before, and no others', async () => {
    const disk = await runningFirst()
    await putOnStick(disk, 2, newSet)
    await run(disk)
    await putOnStick(disk, 3, [['config', 'gateway', 'devices: [two more]']])
    await run(disk)
    await putOnStick(disk, 4, [['config', 'gateway', 'devices: [three more]']])
    await run(disk)
    expect((await disk.list(places.sets)).toSorted()).toEqual(['2', '3', '4'])
    expect(await disk.list(places.artefacts)).not.toContain(artefactOf(...oldSet[0]).sha256)
  })
})

describe('an update from the hub', () => {
  it('waits for its hours, and says so', async () => {
    const disk = await runningFirst()
    const retained = await offerAtHub(disk, 2, newSet, { window: { from: '22:00', to: '05:00', zone: 'Asia/Tokyo' } })
    const phases: string[] = []
    const beforeTenJst = createManualClock(Date.UTC(2026, 10, 22, 12, 58))
    const onReport = ({ desired, timeMs }: ReportedState) => {
      phases.push(`${desired?.phase} ${new Date(timeMs).toISOString().slice(11, 16)}`)
    }
    const ended = await runGateway(disk, beforeTenJst, { ...wellWorld, retained, onReport })
    expect(ended?.revision).toBe(2)
    expect(phases.slice(0, 3)).toEqual(['waiting 12:58', 'staging 13:00', 'trial 13:00'])
  })

  it('is forgotten when the hub takes it back while it waits for its hours', async () => {
    const disk = await runningFirst()
    const retained = await offerAtHub(disk, 2, newSet, { window: { from: '22:00', to: '05:00', zone: 'Asia/Tokyo' } })
    const noonJst = Date.UTC(2026, 10, 22, 3)
    const phases: (string | undefined)[] = []
    const onReport = ({ desired }: ReportedState) => void phases.push(desired?.phase)
    const world = { ...wellWorld, retained, withdrawnAtMs: noonJst + 60_000, onReport }
    const clock = createManualClock(noonJst)
    const ended = await runGateway(disk, clock, world)
    expect(ended).toMatchObject({ revision: 1, starts: [1] })
    expect(clock.now()).toBeLessThan(noonJst + 120_000)
    expect(phases).toEqual(['waiting', 'done'])
  })

  it('waits as long as the hub cannot be reached, and counts that as a retry', async () => {
    const disk = await runningFirst()
    const retained = await offerAtHub(disk, 2, newSet)
    const away = Array.from({ length: 10 }, () => new AppError('uplink.refused', 'no route'))
    const faults = new Set<string | undefined>()
    const onReport = ({ desired }: ReportedState) => void faults.add(desired?.fault?.code)
    const ended = await run(disk, { ...wellWorld, retained, stageFaults: away, onReport })
    expect(ended?.revision).toBe(2)
    expect(faults).toContain('uplink.refused')
    expect(ended?.report.desired?.results.map(({ result }) => result)).toEqual([
      'applied-after-retry',
      'applied-after-retry',
    ])
  })

  it('that fails by something passing three times is refused with its reason', async () => {
    const disk = await runningFirst()
    const retained = await offerAtHub(disk, 2, newSet)
    const stageFaults = Array.from({ length: 3 }, () => new AppError('deployment.disk-full', 'no room'))
    const ended = await run(disk, { ...wellWorld, retained, stageFaults })
    expect(ended?.revision).toBe(1)
    expect(ended?.report.desired?.results[0]).toMatchObject({ result: 'refused', code: 'deployment.disk-full' })
  })

  it('is one of two where the stick has the newer: that one runs in the end', async () => {
    const disk = await runningFirst()
    const retained = await offerAtHub(disk, 2, newSet)
    await putOnStick(disk, 3, [['config', 'gateway', 'devices: [from the stick]']])
    const ended = await run(disk, { ...wellWorld, retained })
    expect(ended?.revision).toBe(3)
  })
})

/** From this step on every write finds the disk full, for as many steps; then somebody has made room. */
function fillAfter(disk: LosingDisk, at: number): void {
  const write = disk.write.bind(disk)
  let writes = 0
  disk.write = async (path, bytes) => {
    writes += 1
    if (writes >= at && writes < at + 3) throw new AppError('deployment.disk-full', `the disk is full: ${path}`)
    await write(path, bytes)
  }
}
