// Back-ups as the API tells them.
import type { BackupRun } from './backup-journal.ts'
import type { BackupManifest } from './backup-manifest.ts'
import { externalOf } from './backup-run.ts'
import type { BackupItem, BackupState } from './backup-schemas.ts'
import type { Backups } from './backups.ts'

const minuteS = 60

export async function backupState(backups: Backups): Promise<BackupState> {
  const { shelf, dailyMinute, keep } = backups.settings
  const { running } = backups
  const place = await backups.place().catch(() => undefined)
  const { whole, runs } = await backups.list()
  const made = new Set(whole.map(({ id }) => id))
  const others = runs.filter(
    ({ id, finishedMs, code }) => !made.has(id) && (finishedMs === undefined || code !== undefined),
  )
  return {
    folder: shelf ?? null,
    daily: shelf === undefined || dailyMinute === undefined ? null : timeOfDay(dailyMinute),
    nextAt: backups.nextMs ?? null,
    keep,
    notRemoved: backups.notRemoved,
    external: externalOf(backups.sources),
    place: place === undefined ? null : { freeBytes: place.freeBytes, sameDisk: place.isSameDisk },
    running: running === undefined ? null : { id: running.id, startedAt: running.startedMs, ...running.progress },
    items: [...whole.map(wholeItem), ...others.map((run) => otherItem(run, running?.id))].toSorted(
      (a, b) => b.startedAt - a.startedAt,
    ),
  }
}

function wholeItem(manifest: BackupManifest): BackupItem {
  const { id, startedMs, finishedMs, cause, by, list, newBytes, readings } = manifest
  return {
    id,
    state: 'whole',
    startedAt: startedMs,
    finishedAt: finishedMs,
    cause,
    by,
    code: null,
    reason: null,
    files: list.files,
    bytes: list.bytes,
    newBytes,
    readings: readings?.readings ?? null,
  }
}

function otherItem({ id, startedMs, finishedMs, cause, by, code, reason }: BackupRun, runningId?: string): BackupItem {
  const state = id === runningId ? 'running' : code === undefined ? 'cut-off' : 'failed'
  return {
    id,
    state,
    startedAt: startedMs,
    finishedAt: finishedMs ?? null,
    cause,
    by,
    code: code ?? null,
    reason: reason ?? null,
    files: null,
    bytes: null,
    newBytes: null,
    readings: null,
  }
}

function timeOfDay(minute: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${two(Math.floor(minute / minuteS))}:${two(minute % minuteS)}`
}
