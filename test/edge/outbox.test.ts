import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StatementSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { numbered, numberedEvent, openOutbox, takeAll, temporaryFolder, valuesOf } from './outbox-fixture.ts'

const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)

describe('an outbox', () => {
  let folder: ReturnType<typeof temporaryFolder>
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.remove())

  it('gives what was appended, in order, in messages of at most 200 readings', async () => {
    const { outbox, clock } = openOutbox(folder.path)
    for (let from = 0; from < 1000; from += 10) outbox.append(numbered(from, 10), 'normal')
    await clock.advance(10)
    const messages = takeAll(outbox)
    expect(valuesOf(messages)).toEqual(range(0, 1000))
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    outbox.close()
  })

  it('lets the uplink take a message before its commit, and writes nothing when the ack is faster', async () => {
    const { outbox, clock } = openOutbox(folder.path)
    const before = statSync(join(folder.path, 'outbox.sqlite-wal')).size
    outbox.append(numbered(0, 3), 'normal')
    await clock.advance(10)
    expect(valuesOf(takeAll(outbox))).toEqual([0, 1, 2])
    outbox.ack(outbox.epoch, 1)
    await clock.advance(1000)
    expect(statSync(join(folder.path, 'outbox.sqlite-wal')).size).toBe(before)
    expect(outbox.depth()).toEqual({ messages: 0, readings: 0, bytes: 0 })
    outbox.close()
  })

  it('knows when the oldest of what waits was measured: in memory, on disk, of events, and after a restart', async () => {
    const { outbox, clock } = openOutbox(folder.path)
    expect(outbox.oldestMs()).toBeUndefined()
    const [early, late] = [Date.UTC(2026, 10, 21), Date.UTC(2026, 10, 22)]
    outbox.appendEvent(numberedEvent(0, early), 'normal')
    outbox.append(numbered(0, 3, late), 'normal')
    expect(outbox.oldestMs()).toBe(early)
    await clock.advance(1000)
    const reopened = reopenAfterCrash(outbox)
    expect(reopened.outbox.oldestMs()).toBe(early)
    const messages = takeAll(reopened.outbox)
    reopened.outbox.ack(messages[0]!.epoch, messages[0]!.seq)
    expect(reopened.outbox.oldestMs()).toBe(late)
    reopened.outbox.ack(messages[1]!.epoch, messages[1]!.seq)
    expect(reopened.outbox.oldestMs()).toBeUndefined()
    reopened.outbox.close()
  })

  it('commits within the group commit window what nobody acknowledges', async () => {
    const { outbox, clock } = openOutbox(folder.path)
    outbox.append(numbered(0, 3), 'normal')
    await clock.advance(199)
    outbox.append(numbered(3, 3), 'normal')
    await clock.advance(1)
    const reopened = reopenAfterCrash(outbox)
    expect(valuesOf(takeAll(reopened.outbox))).toEqual(range(0, 6))
    reopened.outbox.close()
  })

  it('never gives a seq twice in an epoch, over crashes, clean ends and empty outboxes', async () => {
    const used = new Set<string>()
    for (let turn = 0; turn < 6; turn += 1) {
      const { outbox, clock } = openOutbox(folder.path)
      outbox.append(numbered(turn * 10, 2), 'normal')
      await clock.advance(250)
      for (const { epoch, seq } of takeAll(outbox)) {
        expect(used.has(`${epoch} ${seq}`)).toBe(false)
        used.add(`${epoch} ${seq}`)
        outbox.ack(epoch, seq)
      }
      await clock.advance(250)
      if (turn % 2 === 0) outbox.close()
      else crash(outbox)
    }
    expect(used.size).toBe(6)
    expect(new Set([...used].map((key) => key.split(' ')[0])).size).toBe(1)
  })

  it('goes on numbering without a jump after a clean end', async () => {
    const first = openOutbox(folder.path)
    first.outbox.append(numbered(0, 1), 'normal')
    first.outbox.close()
    const second = openOutbox(folder.path)
    second.outbox.append(numbered(1, 1), 'normal')
    await second.clock.advance(10)
    expect(takeAll(second.outbox).map(({ seq }) => seq)).toEqual([1, 2])
    second.outbox.close()
  })

  it('evicts the oldest of the lowest priority at its bound, and counts it', async () => {
    const { outbox, clock, counters } = openOutbox(folder.path, { maxBytes: 40_000 })
    outbox.append(numbered(0, 200), 'high')
    outbox.append(numbered(1000, 200), 'low')
    for (let from = 2000; from < 5000; from += 200) {
      outbox.append(numbered(from, 200), 'normal')
      await clock.advance(200)
    }
    const kept = valuesOf(takeAll(outbox))
    expect(kept.slice(0, 200)).toEqual(range(0, 200))
    expect(kept).not.toContain(1000)
    expect(kept.at(-1)).toBe(4999)
    expect(kept.length + counters.total('outbox_evicted_readings')).toBe(3400)
    expect(outbox.depth().bytes).toBeLessThanOrEqual(40_000)
    outbox.close()
  })

  it('sets a corrupt file aside, begins a new epoch and goes on', async () => {
    const first = openOutbox(folder.path)
    first.outbox.append(numbered(0, 5), 'normal')
    const { epoch } = first.outbox
    first.outbox.close()
    writeFileSync(join(folder.path, 'outbox.sqlite'), 'this is no database, whatever its name says'.repeat(200))
    const { outbox, counters, clock } = openOutbox(folder.path)
    expect(outbox.epoch).not.toBe(epoch)
    expect(outbox.condition).toBe('healthy')
    expect(counters.entries()).toContainEqual({ name: 'outbox_faults', reason: 'outbox.corrupt', value: 1 })
    expect(readdirSync(folder.path).some((name) => name.startsWith('outbox.sqlite.corrupt-'))).toBe(true)
    outbox.append(numbered(5, 5), 'normal')
    await clock.advance(300)
    expect(valuesOf(takeAll(outbox))).toEqual(range(5, 5))
    outbox.close()
  })

  it('keeps readings in bounded memory while the disk is full, counts what it gives up, and recovers alone', async () => {
    const options = { maxFileBytes: 200_000, maxMemoryBytes: 60_000 }
    const { outbox, clock, counters } = openOutbox(folder.path, options)
    let appended = 0
    for (; appended < 40_000; appended += 100) {
      outbox.append(numbered(appended, 100), 'normal')
      await clock.advance(50)
    }
    expect(outbox.condition).toBe('disk-full')
    expect(counters.total('outbox_faults')).toBeGreaterThan(0)
    const kept = valuesOf(takeAll(outbox))
    expect(kept.length + counters.total('outbox_evicted_readings')).toBe(appended)
    expect(kept.at(-1)).toBe(appended - 1)
    for (const { epoch, seq } of takeAll(outbox)) outbox.ack(epoch, seq)
    await clock.advance(60_000)
    expect(outbox.condition).toBe('healthy')
    outbox.append(numbered(appended, 1), 'normal')
    await clock.advance(250)
    const reopened = reopenAfterCrash(outbox)
    expect(valuesOf(takeAll(reopened.outbox))).toEqual([appended])
    reopened.outbox.close()
  })

  it('gives nothing newer while what is older cannot be read from the disk', async () => {
    const first = openOutbox(folder.path)
    first.outbox.append(numbered(0, 400), 'normal')
    await first.clock.advance(250)
    const { outbox, clock, counters } = reopenAfterCrash(first.outbox)
    let woken = 0
    outbox.onReady(() => (woken += 1))
    outbox.append(numbered(400, 1), 'normal')
    await clock.advance(10)
    const unreadable = vi.spyOn(StatementSync.prototype, 'all').mockImplementationOnce(() => {
      throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
    })
    expect(takeAll(outbox)).toEqual([])
    unreadable.mockRestore()
    expect(counters.total('outbox_faults')).toBe(1)
    const before = woken
    await clock.advance(2000)
    expect(outbox.condition).toBe('healthy')
    expect(woken).toBeGreaterThan(before)
    expect(valuesOf(takeAll(outbox))).toEqual(range(0, 401))
    outbox.close()
  })

  it('gives up what the disk never gives again, counted, and goes on with what is newer', async () => {
    const first = openOutbox(folder.path)
    first.outbox.append(numbered(0, 400), 'normal')
    await first.clock.advance(250)
    const { outbox, clock, counters } = reopenAfterCrash(first.outbox)
    outbox.append(numbered(400, 1), 'normal')
    await clock.advance(10)
    const unreadable = failingReads()
    for (let second = 0; second < 70; second += 1) {
      expect(valuesOf(takeAll(outbox)).every((value) => value >= 400)).toBe(true)
      await clock.advance(1000)
    }
    unreadable.mockRestore()
    await clock.advance(60_000)
    expect(outbox.condition).toBe('healthy')
    expect(counters.entries()).toContainEqual({ name: 'outbox_lost_readings', reason: 'corrupt', value: 401 })
    expect(valuesOf(takeAll(outbox))).toEqual([400])
    outbox.close()
  })

  it('commits in its time though the disk does not give what it holds', async () => {
    const first = openOutbox(folder.path)
    first.outbox.append(numbered(0, 400), 'normal')
    await first.clock.advance(250)
    const { outbox, clock } = reopenAfterCrash(first.outbox)
    const unreadable = failingReads()
    outbox.append(numbered(400, 10), 'normal')
    for (let turn = 0; turn < 25; turn += 1) {
      takeAll(outbox)
      await clock.advance(10)
    }
    unreadable.mockRestore()
    const reopened = reopenAfterCrash(outbox)
    expect(valuesOf(takeAll(reopened.outbox))).toEqual(range(0, 410))
    reopened.outbox.close()
  })

  it('asks a disk that spoils every file again with pauses, not without end', async () => {
    const { outbox, clock, counters } = openOutbox(folder.path)
    outbox.append(numbered(0, 5), 'normal')
    const spoilt = vi.spyOn(StatementSync.prototype, 'run').mockImplementation(() => {
      throw Object.assign(new Error('database disk image is malformed'), { errcode: 11 })
    })
    await clock.advance(10_000)
    spoilt.mockRestore()
    expect(counters.total('outbox_faults')).toBeLessThan(10)
    await clock.advance(60_000)
    expect(outbox.condition).toBe('healthy')
    expect(valuesOf(takeAll(outbox))).toEqual(range(0, 5))
    outbox.close()
  })

  it('refuses a data folder that another process uses', () => {
    const { outbox } = openOutbox(folder.path)
    expect(() => openOutbox(folder.path)).toThrow(expect.objectContaining({ code: 'data.locked' }))
    outbox.close()
  })

  it('lets live readings overtake a backlog in an epoch of their own, which survives a crash', async () => {
    const { outbox, clock } = openOutbox(folder.path)
    outbox.append(numbered(0, 500), 'normal')
    await clock.advance(250)
    outbox.rollEpoch()
    outbox.append(numbered(500, 5), 'normal')
    await clock.advance(250)
    const reopened = reopenAfterCrash(outbox)
    const [backlog, live] = reopened.outbox.lanes()
    expect(valuesOf(reopened.outbox.take({ epoch: live!.epoch, after: 0, limit: 10 }))).toEqual(range(500, 5))
    expect(valuesOf(reopened.outbox.take({ epoch: backlog!.epoch, after: 0, limit: 10 }))).toEqual(range(0, 500))
    reopened.outbox.ack(backlog!.epoch, 3)
    await reopened.clock.advance(250)
    expect(reopened.outbox.lanes().map(({ epoch }) => epoch)).toEqual([live!.epoch])
    reopened.outbox.close()
  })

  it('keeps every message under the new name when an epoch is renewed', async () => {
    const { outbox, clock } = openOutbox(folder.path)
    outbox.append(numbered(0, 300), 'normal')
    await clock.advance(250)
    outbox.append(numbered(300, 10), 'normal')
    const old = outbox.epoch
    outbox.renewEpoch(old)
    await clock.advance(250)
    expect(outbox.epoch).not.toBe(old)
    expect(takeAll(outbox).every(({ epoch }) => epoch === outbox.epoch)).toBe(true)
    expect(valuesOf(takeAll(outbox))).toEqual(range(0, 310))
    outbox.close()
  })

  it('leaves out a sample that cannot be encoded, counted, and keeps its neighbours', async () => {
    const { outbox, clock, counters } = openOutbox(folder.path)
    const [sample] = numbered(1, 1)
    outbox.append([...numbered(0, 1), { ...sample!, value: Number.NaN }, ...numbered(2, 1)], 'normal')
    await clock.advance(250)
    expect(valuesOf(takeAll(outbox))).toEqual([0, 2])
    expect(counters.total('outbox_dropped_readings')).toBe(1)
    outbox.close()
  })

  it('tells when what was appended is on disk, and not before', async () => {
    const { outbox, clock } = openOutbox(folder.path)
    const told: string[] = []
    const tell = (what: string) => outbox.durable().then(() => told.push(what))
    await tell('nothing appended')
    outbox.append(numbered(0, 3), 'normal')
    const first = tell('first')
    await clock.advance(199)
    outbox.append(numbered(3, 1), 'normal')
    const second = tell('second')
    expect(told).toEqual(['nothing appended'])
    await clock.advance(1)
    await Promise.all([first, second])
    expect(told).toEqual(['nothing appended', 'first', 'second'])
    const reopened = reopenAfterCrash(outbox)
    expect(valuesOf(takeAll(reopened.outbox))).toEqual(range(0, 4))
    reopened.outbox.close()
  })

  it('tells that what was appended is durable when the hub has it, without a commit', async () => {
    const { outbox, clock } = openOutbox(folder.path)
    const before = statSync(join(folder.path, 'outbox.sqlite-wal')).size
    outbox.append(numbered(0, 3), 'normal')
    const acknowledged = outbox.durable()
    await clock.advance(10)
    takeAll(outbox)
    outbox.append(numbered(3, 1), 'normal')
    let laterIsDurable = false
    const later = outbox.durable().then(() => (laterIsDurable = true))
    expect(outbox.ack(outbox.epoch, 1)).toBe('advanced')
    await acknowledged
    expect(statSync(join(folder.path, 'outbox.sqlite-wal')).size).toBe(before)
    expect(laterIsDurable).toBe(false)
    await clock.advance(250)
    await later
    outbox.close()
  })

  it('refuses to call anything durable while the disk is full, and after its end', async () => {
    const { outbox, clock } = openOutbox(folder.path, { maxFileBytes: 200_000 })
    const outcomes: string[] = []
    for (let from = 0; from < 40_000 && outbox.condition === 'healthy'; from += 1000) {
      outbox.append(numbered(from, 1000), 'normal')
      outbox.durable().then(
        () => outcomes.push('durable'),
        (error: unknown) => outcomes.push(error instanceof AppError ? error.code : String(error)),
      )
      await clock.advance(250)
    }
    expect(outcomes[0]).toBe('durable')
    expect(outcomes.at(-1)).toBe('outbox.full')
    await expect(outbox.durable()).rejects.toMatchObject({ code: 'outbox.full' })
    for (const { epoch, seq } of takeAll(outbox)) outbox.ack(epoch, seq)
    await clock.advance(60_000)
    outbox.append(numbered(0, 1), 'normal')
    const waiting = outbox.durable()
    outbox.abandon()
    await expect(waiting).rejects.toMatchObject({ code: 'outbox.full' })
  })

  it('bounds those who wait', async () => {
    const { outbox, clock } = openOutbox(folder.path)
    outbox.append(numbered(0, 1), 'normal')
    const waits = Array.from({ length: 5000 }, () => outbox.durable())
    await expect(waits.at(-1)).rejects.toMatchObject({ code: 'limit.exceeded' })
    const settled = Promise.allSettled(waits)
    await clock.advance(250)
    const statuses = (await settled).map(({ status }) => status)
    expect(statuses.filter((status) => status === 'fulfilled')).toHaveLength(4096)
    outbox.close()
  })

  function crash(outbox: ReturnType<typeof openOutbox>['outbox']): void {
    outbox.abandon()
  }

  /** Makes the read of stored messages fail, the only statement with four parameters; commits go on. */
  function failingReads() {
    // oxlint-disable-next-line typescript/unbound-method -- called with its statement below
    const original = StatementSync.prototype.all
    return vi.spyOn(StatementSync.prototype, 'all').mockImplementation(function (this: StatementSync, ...values) {
      if (values.length === 4) throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
      return original.apply(this, values)
    })
  }

  function reopenAfterCrash(outbox: ReturnType<typeof openOutbox>['outbox']) {
    crash(outbox)
    return openOutbox(folder.path)
  }
})
