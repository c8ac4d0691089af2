// The power goes after every single step of an update, with three kinds of loss: what runs is always a whole set, the old or the new.
import { describe, expect, it } from 'vitest'
import { createManualClock } from '../edge/manual-clock.ts'
import { type Loss, losses, LosingDisk } from './losing-disk.ts'
import { putOnStick, runGateway, wellWorld, type World } from './simulated-gateway.ts'

const oldSet = [
  ['config', 'gateway', 'devices: []'],
  ['model', 'lamps', 'the graph'],
] as const
const newSet = [
  ['config', 'gateway', 'devices: [one more]'],
  ['model', 'lamps', 'the graph'],
  ['flow', 'pump', '[]'],
  ['agent', 'musubi', 'an archive'],
] as const

/** A gateway that runs revision 1, with revision 2 on the stick. */
async function beforeUpdate(): Promise<LosingDisk> {
  const disk = new LosingDisk()
  await disk.store('/data/outbox.sqlite', Buffer.from('readings'))
  await putOnStick(disk, 1, oldSet)
  const first = await runGateway(disk, createManualClock(), wellWorld)
  expect(first?.revision).toBe(1)
  await putOnStick(disk, 2, newSet)
  return disk.afterPowerCut('kept')
}

const badSet: World = { isWell: (revision) => revision !== 2 }
const crashingSet: World = {
  isWell: () => true,
  startFault: (revision) => (revision === 2 ? new Error('out of memory') : undefined),
}

/** Cuts the power after each step of an update, then lets the gateway run again until it rests. */
async function cutEverywhere(loss: Loss, world: World, check: (ended: Awaited<ReturnType<typeof runGateway>>) => void) {
  const disk = await beforeUpdate()
  const clean = disk.afterPowerCut('kept')
  await runGateway(clean, createManualClock(), world)
  for (let step = 1; step <= clean.steps; step += 1) {
    const cut = disk.afterPowerCut('kept')
    cut.cutAfter = step
    expect(await runGateway(cut, createManualClock(), world), `step ${step}`).toBeUndefined()
    check(await runGateway(cut.afterPowerCut(loss), createManualClock(), world))
  }
  return clean.steps
}

describe('a power cut after each step of an update', () => {
  it.each(losses)(
    'that is good (%s): the new set runs in the end, and never anything but a whole set',
    async (loss) => {
      const steps = await cutEverywhere(loss, wellWorld, (ended) => {
        expect(ended?.revision).toBe(2)
        expect(ended?.starts.every((revision) => revision === 1 || revision === 2)).toBe(true)
        const results = ended?.report.desired?.results ?? []
        expect(results).toHaveLength(4)
        for (const { result } of results) expect(['applied', 'applied-after-retry']).toContain(result)
      })
      expect(steps).toBeGreaterThan(30)
    },
  )

  it.each(losses)(
    'that makes a device fall silent (%s): the old set runs in the end, with the reason',
    async (loss) => {
      await cutEverywhere(loss, badSet, (ended) => {
        expect(ended?.revision).toBe(1)
        expect(ended?.report.desired).toMatchObject({ revision: 2, phase: 'done' })
        for (const { result, code } of ended?.report.desired?.results ?? []) {
          expect(result).toBe('rolled-back')
          expect(['deployment.device', 'deployment.crashed']).toContain(code)
        }
      })
    },
  )

  it.each(losses)('with which the agent does not start (%s): the old set runs in the end', async (loss) => {
    await cutEverywhere(loss, crashingSet, (ended) => {
      expect(ended?.revision).toBe(1)
      expect(ended?.report.desired?.results[0]).toMatchObject({ result: 'rolled-back', code: 'deployment.crashed' })
    })
  })

  it('and again while it comes back, and once more: still a whole set', async () => {
    const disk = await beforeUpdate()
    for (let first = 1; first <= 60; first += 7) {
      for (let second = 1; second <= 40; second += 5) {
        let next = disk.afterPowerCut('kept')
        for (const [cutAfter, loss] of [
          [first, 'lost'],
          [second, 'torn'],
          [second + 3, 'lost'],
        ] as const) {
          next.cutAfter = cutAfter
          const ended = await runGateway(next, createManualClock(), wellWorld)
          if (ended !== undefined) break
          next = next.afterPowerCut(loss)
        }
        next.cutAfter = Number.POSITIVE_INFINITY
        const ended = await runGateway(next.afterPowerCut('kept'), createManualClock(), wellWorld)
        expect(ended?.starts.every((revision) => revision === 1 || revision === 2)).toBe(true)
      }
    }
  })
})
