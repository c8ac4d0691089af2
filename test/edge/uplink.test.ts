import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StatusDocument } from '../../broker/contract/documents.ts'
import { type LogFields, silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { createCounters } from '../../edge/counters.ts'
import { Outbox } from '../../edge/outbox/outbox.ts'
import { Uplink, uplinkDefaults, type UplinkOptions } from '../../edge/uplink/uplink.ts'
import { numbered, outboxOptions, temporaryFolder } from './outbox-fixture.ts'
import { identity, ScriptedHub } from './scripted-hub.ts'

const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)
const unique = (values: readonly number[]) => [...new Set(values)]

describe('an uplink', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let hub: ScriptedHub
  const ends: (() => Promise<void> | void)[] = []
  let warnings: (readonly [LogFields, string])[]
  let described: Partial<StatusDocument>

  beforeEach(async () => {
    folder = temporaryFolder()
    warnings = []
    described = {}
    hub = new ScriptedHub()
    await hub.start()
  })
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
    await hub.stop()
    folder.remove()
  })

  const commands: (readonly [id: string, text: string])[] = []

  function startGateway(options: Partial<UplinkOptions> = {}, prefill: readonly (readonly Sample[])[] = []) {
    const counters = createCounters()
    const outbox = new Outbox(
      { path: `${folder.path}/outbox.sqlite`, ...outboxOptions, groupCommitMs: 20, lingerMs: 1 },
      { clock: systemClock, log: silentLog, counters },
    )
    for (const samples of prefill) outbox.append(samples, 'normal')
    const uplink = new Uplink(
      {
        ...uplinkDefaults,
        ackTimeoutMs: 300,
        reconnectBaseMs: 20,
        reconnectCapMs: 100,
        identity,
        hub: { url: hub.url, ca: undefined, certificate: undefined, key: undefined },
        ...options,
      },
      {
        outbox,
        clock: systemClock,
        log: {
          ...silentLog,
          error: (...line) => void warnings.push(line),
          warn: (...line) => void warnings.push(line),
        },
        counters,
        random: Math.random,
        onCommand: (id, payload) => void commands.push([id, Buffer.from(payload).toString()]),
        condition: () => ({ v: 1, state: 'online', timeMs: 0, epoch: outbox.epoch, ...described }),
        status: (state) => ({
          v: 1,
          state: state === 'online' ? 'online' : 'offline',
          ...(state === 'online' ? {} : { reason: state }),
          timeMs: 0,
          epoch: outbox.epoch,
          ...(state === 'online' ? described : {}),
        }),
      },
    )
    uplink.start()
    let ended = false
    const end = async () => {
      if (ended) return
      ended = true
      await uplink.stop()
      outbox.close()
    }
    ends.push(end)
    return { outbox, uplink, counters, end }
  }

  async function drained(outbox: Outbox): Promise<void> {
    await expect.poll(() => outbox.depth().messages, { interval: 5 }).toBe(0)
  }

  it('announces itself, delivers in order and keeps nothing that is acknowledged', async () => {
    const { outbox, end } = startGateway()
    for (let from = 0; from < 2000; from += 7) outbox.append(numbered(from, Math.min(7, 2000 - from)), 'normal')
    await hub.until(() => hub.stored.length === 2000)
    await drained(outbox)
    expect(hub.stored).toEqual(range(0, 2000))
    expect(hub.envelopes[0]?.prev).toBe(0)
    await end()
    expect(hub.statuses.map(({ state, reason }) => [state, reason])).toEqual([
      ['online', undefined],
      ['offline', 'shutdown'],
    ])
  })

  it('hands over the commands of the hub, and takes their results up while it is connected', async () => {
    const { uplink, end } = startGateway()
    expect(uplink.answer('early', { v: 1, state: 'done', timeMs: 1 })).toBe(false)
    await hub.until(() => hub.statuses.length === 1)
    hub.command('a-1', Buffer.from('do it'))
    await expect.poll(() => commands.splice(0)).toEqual([['a-1', 'do it']])
    await expect.poll(() => uplink.answer('a-1', { v: 1, state: 'done', timeMs: 2 })).toBe(true)
    await hub.until(() => hub.results.length === 1)
    expect(hub.results).toEqual([['a-1', { v: 1, state: 'done', timeMs: 2 }]])
    await end()
  })

  it('tells a new condition at once while it is connected, and otherwise leaves it to the birth', async () => {
    const { uplink, end } = startGateway()
    uplink.conditionChanged()
    await hub.until(() => hub.statuses.length === 1)
    expect(hub.statuses[0]?.condition).toBeUndefined()
    const condition = { timeMs: 1, sinceMs: 0, devices: [], connections: [], dropped: [] }
    described = { condition }
    await expect.poll(() => uplink.connected).toBe(true)
    uplink.conditionChanged()
    await hub.until(() => hub.statuses.length === 2)
    expect(hub.statuses[1]).toEqual({ v: 1, state: 'online', timeMs: 0, epoch: hub.statuses[0]?.epoch, condition })
    await end()
  })

  it('leaves its last will when the link is cut, and comes back', async () => {
    const { outbox } = startGateway()
    await hub.until(() => hub.statuses.length === 1)
    hub.cut()
    await hub.until(() => hub.statuses.length >= 3)
    expect(
      hub.statuses
        .slice(0, 3)
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['offline', 'online', 'online'])
    outbox.append(numbered(0, 5), 'normal')
    await hub.until(() => hub.stored.length === 5)
  })

  it('stores once in effect what arrives through lost messages, lost acks and cut links', async () => {
    // By chance and not by turns: a fifth message lost in every round of five would be the same one for ever.
    let chance = 1
    hub.mischief = () => {
      chance = (chance * 48_271) % 2_147_483_647
      if (chance % 17 === 0) return 'cut'
      if (chance % 5 === 0) return 'lose'
      return chance % 3 === 0 ? 'no-ack' : 'none'
    }
    const { outbox, counters } = startGateway({ window: 8, liveReserve: 2 })
    for (let from = 0; from < 6000; from += 50) {
      outbox.append(numbered(from, 50), 'normal')
      await new Promise((resolve) => setImmediate(resolve))
    }
    await hub.until(() => hub.stored.length >= 6000)
    hub.mischief = () => 'none'
    await drained(outbox)
    expect(hub.stored).toEqual(range(0, 6000))
    expect(counters.total('uplink_rewinds')).toBeGreaterThan(0)
  })

  it('sends again after the ack time-out when a hub confirmed by PUBACK and forgot', async () => {
    let forget = true
    hub.mischief = () => (forget ? 'lose' : 'none')
    const { outbox, counters } = startGateway({ ackTimeoutMs: 100 })
    outbox.append(numbered(0, 10), 'normal')
    await hub.until(() => hub.envelopes.length === 1)
    forget = false
    await hub.until(() => hub.stored.length === 10)
    await drained(outbox)
    expect(counters.entries()).toContainEqual({ name: 'uplink_rewinds', reason: 'ack-timeout', value: 1 })
    expect(hub.envelopes.at(-1)).toMatchObject({ seq: 1, prev: 0 })
  })

  it('rewinds once, not once for each message behind a gap', async () => {
    let first = true
    hub.mischief = ({ seq }) => {
      if (seq !== 3 || !first) return 'none'
      first = false
      return 'lose'
    }
    const { outbox, counters } = startGateway({ ackTimeoutMs: 60_000 }, [numbered(0, 6000)])
    await hub.until(() => hub.stored.length === 6000)
    await drained(outbox)
    expect(hub.stored).toEqual(range(0, 6000))
    expect(hub.gaps).toBeGreaterThan(1)
    expect(counters.entries()).toContainEqual({ name: 'uplink_rewinds', reason: 'hub', value: 1 })
  })

  it('replays what a killed gateway had not got acknowledged', async () => {
    hub.mischief = () => 'lose'
    const first = startGateway({}, [numbered(0, 500)])
    await hub.until(() => hub.envelopes.length >= 3)
    await first.end()
    hub.mischief = () => 'none'
    const second = startGateway({}, [numbered(500, 500)])
    await hub.until(() => hub.stored.length === 1000)
    await drained(second.outbox)
    expect(hub.stored).toEqual(range(0, 1000))
  })

  it('goes on where it was when the hub restarts, with duplicates recognised', async () => {
    const { outbox } = startGateway()
    outbox.append(numbered(0, 400), 'normal')
    await hub.until(() => hub.stored.length === 400)
    await hub.stop()
    outbox.append(numbered(400, 400), 'normal')
    await hub.start()
    await hub.until(() => hub.stored.length === 800)
    await drained(outbox)
    expect(hub.stored).toEqual(range(0, 800))
  })

  it('lets live readings overtake a backlog that drains', async () => {
    const backlog = Array.from({ length: 250 }, (_, index) => numbered(index * 200, 200))
    const { outbox } = startGateway({ rollAboveReadings: 1000 }, backlog)
    await hub.until(() => hub.stored.length > 0)
    outbox.append(numbered(1_000_000, 1), 'normal')
    await hub.until(() => hub.stored.includes(1_000_000))
    expect(hub.stored.length).toBeLessThan(50_000)
    await hub.until(() => hub.stored.length === 50_001)
    await drained(outbox)
    expect(hub.stored.filter((value) => value < 1_000_000)).toEqual(range(0, 50_000))
    expect(outbox.lanes()).toHaveLength(1)
  })

  it('drains a backlog through a window that is smaller than what it keeps free for live readings', async () => {
    const backlog = Array.from({ length: 10 }, (_, index) => numbered(index * 200, 200))
    const { outbox } = startGateway({ window: 4, rollAboveReadings: 1000 }, backlog)
    await hub.until(() => hub.stored.length === 2000)
    await drained(outbox)
    expect(hub.stored).toEqual(range(0, 2000))
  })

  it('keeps no more than its window in flight', async () => {
    hub.mischief = () => 'no-ack'
    startGateway({ window: 4, liveReserve: 1, ackTimeoutMs: 60_000 }, [numbered(0, 4000)])
    await hub.until(() => hub.envelopes.length >= 4)
    await new Promise((resolve) => setImmediate(resolve))
    expect(hub.envelopes).toHaveLength(4)
  })

  it('renews its epoch when the hub acknowledges what was never sent', async () => {
    const { outbox } = startGateway()
    const { epoch } = outbox
    await hub.until(() => hub.statuses.length === 1)
    hub.through.set(epoch, 2 ** 40)
    outbox.append(numbered(0, 3), 'normal')
    await hub.until(() => hub.stored.length === 3)
    await drained(outbox)
    expect(outbox.epoch).not.toBe(epoch)
    expect(unique(hub.stored)).toEqual([0, 1, 2])
  })

  it('renews its epoch when the hub acknowledges what waits here and was not sent yet', async () => {
    const backlog = Array.from({ length: 20 }, (_, index) => numbered(index * 200, 200))
    const { outbox } = startGateway({ window: 2 }, backlog)
    const { epoch } = outbox
    hub.through.set(epoch, 10)
    await hub.until(() => new Set(hub.stored).size === 4000)
    await drained(outbox)
    expect(outbox.epoch).not.toBe(epoch)
    expect(unique(hub.stored)).toEqual(range(0, 4000))
  })

  it('survives hostile acks', async () => {
    const { outbox, counters } = startGateway()
    await hub.until(() => hub.statuses.length === 1)
    hub.ack({ epoch: 'never-heard-of', through: 5, rewind: true })
    hub.ack({ epoch: outbox.epoch, through: -1 })
    outbox.append(numbered(0, 3), 'normal')
    await hub.until(() => hub.stored.length === 3)
    await drained(outbox)
    expect(counters.total('uplink_refused_acks')).toBe(2)
  })

  it('says with which birth the hub closes the connection, and goes on trying', async () => {
    hub.cutsBirths = true
    const { outbox, counters } = startGateway({ connectTimeoutMs: 1_000 })
    await hub.until(() => hub.statuses.filter(({ state }) => state === 'online').length >= 3)
    hub.cutsBirths = false
    outbox.append(numbered(0, 3), 'normal')
    await hub.until(() => hub.stored.length === 3)
    expect(warnings[0]?.[0]).toMatchObject({
      reason: expect.stringMatching(/birth document of \d+ bytes was not taken/),
    })
    expect(counters.total('uplink_births_refused')).toBeGreaterThanOrEqual(2)
  })

  it('leaves its devices out of a birth that no hub takes, says so, and delivers its readings', async () => {
    const text = { ja: '長い名前'.repeat(100), en: 'x'.repeat(1_000) }
    const series = Array.from({ length: 500 }, (_, index) => ({ name: `d:${index}`, intervalS: 1, label: text }))
    const devices = Array.from({ length: 10 }, (_, index) => ({ id: `d${index}`, profile: 'p', label: text, series }))
    described = { devices, label: { ja: '大', en: 'Large' } }
    const { outbox } = startGateway()
    outbox.append(numbered(0, 3), 'normal')
    await hub.until(() => hub.stored.length === 3)
    expect(hub.statuses).toMatchObject([{ state: 'online', label: { ja: '大', en: 'Large' } }])
    expect(hub.statuses[0]?.devices).toBeUndefined()
    expect(warnings).toMatchObject([[{ devices: 10 }, expect.stringContaining('too large for the hub')]])
  })

  it('says once why it refuses acks, however many there are, and counts each', async () => {
    const { outbox, counters } = startGateway()
    await hub.until(() => hub.statuses.length === 1)
    for (let time = 0; time < 50; time += 1) hub.ack({ epoch: outbox.epoch, through: -1 })
    outbox.append(numbered(0, 3), 'normal')
    await hub.until(() => hub.stored.length === 3)
    await drained(outbox)
    expect(counters.total('uplink_refused_acks')).toBe(50)
    const said = warnings.filter(([, message]) => message === 'an acknowledgement of the hub could not be used')
    expect(said.map(([fields]) => fields)).toMatchObject([
      { code: 'payload.schema', reason: '/through is a whole number from 0', unsaid: 0 },
    ])
  })
})
