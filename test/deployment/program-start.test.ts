// Which program a start takes, and that each start on trial is counted once, whoever makes it.
import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import type { GatewayConfig } from '../../edge/config.ts'
import { type BootPorts, chooseStart } from '../../edge/deployment/boot.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { LosingDisk } from './losing-disk.ts'
import { artefactOf, places } from './simulated-gateway.ts'

const trial = {
  revision: 2,
  items: [artefactOf('agent', 'musubi', 'a program')],
  digest: '',
  attempts: 0,
  retried: false,
  before: { answering: [], uplinkConnected: true, refusedModels: [] },
  probationS: 10,
  startedMs: 0,
}

async function diskWith(attempts: number): Promise<LosingDisk> {
  const disk = new LosingDisk()
  const state = { v: 1, proven: { revision: 1, items: [] }, trial: { ...trial, attempts } }
  await disk.store(places.state, Buffer.from(JSON.stringify(state)))
  return disk
}

const attemptsOn = async (disk: LosingDisk) =>
  (JSON.parse(String(await disk.read(places.state))) as { trial?: { attempts: number } }).trial?.attempts

const portsOn = (disk: LosingDisk, more: Partial<BootPorts>): BootPorts => ({
  files: disk,
  places,
  clock: createManualClock(),
  log: silentLog,
  load: async () => ({}) as GatewayConfig,
  become: async () => undefined,
  countedRevision: undefined,
  ...more,
})

/** The set that the program is replaced for: from there on nothing more happens in it. */
async function becomes(disk: LosingDisk, more: Partial<BootPorts> = {}): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const become: BootPorts['become'] = ({ revision }) => {
    resolve(revision)
    return new Promise(() => undefined)
  }
  void chooseStart(portsOn(disk, { ...more, become }))
  return promise
}

describe('a start with another program', () => {
  it('is counted before that takes over, and not once more by it', async () => {
    const disk = await diskWith(0)
    expect(await becomes(disk)).toBe(2)
    expect(await attemptsOn(disk)).toBe(1)
    const { state } = await chooseStart(portsOn(disk, { countedRevision: 2 }))
    expect(state.trial?.attempts).toBe(1)
    expect(await attemptsOn(disk)).toBe(1)
  })

  it('is not made a fourth time: the set that was proven runs', async () => {
    const disk = await diskWith(3)
    expect(await becomes(disk)).toBe(1)
    expect(await attemptsOn(disk)).toBeUndefined()
  })

  it('that cannot be made is taken back with its reason', async () => {
    const disk = await diskWith(0)
    const become: BootPorts['become'] = async ({ revision }) => {
      if (revision === 2) throw new AppError('deployment.agent', 'it needs other libraries')
    }
    const { state } = await chooseStart(portsOn(disk, { become }))
    expect(state.trial).toBeUndefined()
    expect(state.handled?.results).toMatchObject([{ result: 'rolled-back', code: 'deployment.agent' }])
  })

  it('whose program finds its set damaged goes back to what was proven', async () => {
    const disk = await diskWith(1)
    const load = () => Promise.reject(new AppError('deployment.set', 'a file is not what it was'))
    const asked: number[] = []
    const become: BootPorts['become'] = async ({ revision }) => void asked.push(revision)
    const options = { countedRevision: 2, load, become }
    await chooseStart(portsOn(disk, options)).catch(() => undefined)
    expect(asked.slice(0, 2)).toEqual([2, 1])
    expect(await attemptsOn(disk)).toBeUndefined()
  })
})
