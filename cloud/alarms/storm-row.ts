// A storm as a row of the hub's database.
import type { Alarm } from './alarm.ts'
import type { AlarmStormRow } from './alarm-tables.ts'
import { stormCauses, type Storm } from './storms.ts'

export function stormFromRow(row: AlarmStormRow): Storm {
  return {
    id: row.id,
    cause: stormCauses.find((cause) => cause === row.cause) ?? 'rule',
    groupKey: row.group_key,
    tenant: row.tenant,
    startedMs: row.started_ms,
    joinedMs: row.joined_ms,
    endedMs: row.ended_ms ?? undefined,
    severity: row.severity as Alarm['severity'],
    members: row.members,
    toldMembers: row.told_members,
  }
}

export function stormToRow(storm: Storm): AlarmStormRow {
  return {
    id: storm.id,
    cause: storm.cause,
    group_key: storm.groupKey,
    tenant: storm.tenant,
    started_ms: storm.startedMs,
    joined_ms: storm.joinedMs,
    ended_ms: storm.endedMs ?? null,
    severity: storm.severity,
    members: storm.members,
    told_members: storm.toldMembers,
  }
}
