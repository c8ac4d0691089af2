// Counts what a process holds open, so that a test can say what a driver has left behind.
import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** How many of each kind: sockets, servers, timers, child processes, workers and file descriptors. */
export type LiveResources = ReadonlyMap<string, number>

const descriptorFolder = '/proc/self/fd'
/** What a test's own process has come and go by itself: disk requests, and the turn in which the count is taken. */
const passing = new Set(['FSReqCallback', 'FSReqPromise', 'Immediate', 'TickObject', 'GetAddrInfoReqWrap'])
const turnMs = 5
const patientTurns = 3000

export function liveResources(): LiveResources {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) {
    if (!passing.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  // Serial ports and files are no active resources of Node, but each has a descriptor.
  if (existsSync(descriptorFolder)) counts.set('descriptor', readdirSync(descriptorFolder).length)
  return counts
}

/** Resolves when no kind has more than it had before; throws with the kinds and counts that stay. */
export async function untilNothingLeft(before: LiveResources): Promise<void> {
  for (let turn = 0; turn < patientTurns; turn += 1) {
    if (leftOver(before).length === 0) return
    await wait(turnMs)
  }
  throw new Error(`left open: ${leftOver(before).join(', ')}`)
}

/** Resolves when the count is 0. */
export async function untilNone(count: () => number): Promise<void> {
  for (let turn = 0; turn < patientTurns; turn += 1) {
    if (count() === 0) return
    await wait(turnMs)
  }
  throw new Error(`${count()} are still there`)
}

function leftOver(before: LiveResources): readonly string[] {
  return [...liveResources()]
    .filter(([kind, count]) => count > (before.get(kind) ?? 0))
    .map(([kind, count]) => `${kind} ${before.get(kind) ?? 0} → ${count}`)
}
