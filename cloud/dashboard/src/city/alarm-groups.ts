// Sorts open alarms into what a person does with them: what needs somebody, what is looked after, what is over, and what is kept quiet.
import type { AlarmItem } from '../api/shapes.ts'
import { sortAlarms } from './merge.ts'

/** Why people are not told of an alarm now. */
export type QuietCause = AlarmItem['suppressions'][number]

/** One card: an alarm, or the alarms of one storm. */
export interface AlarmEntry {
  /** Of the storm, or of the alarm. */
  readonly id: string
  /** Of a storm the worst, which its card shows. */
  readonly alarm: AlarmItem
  /** At least one; of an alarm that stands alone it is the only one. */
  readonly members: readonly AlarmItem[]
}

export interface AlarmGroups {
  readonly todo: readonly AlarmEntry[]
  readonly handled: readonly AlarmEntry[]
  /** The condition has ended, and nobody has acknowledged it. */
  readonly ended: readonly AlarmEntry[]
  /** Only to know of. */
  readonly notices: readonly AlarmEntry[]
  /** Each alarm once, under the first of its causes. */
  readonly quiet: ReadonlyMap<QuietCause, readonly AlarmItem[]>
}

type Section = 'todo' | 'handled' | 'ended' | 'notices'

function sectionOf({ state, acknowledged, severity, workOrder }: AlarmItem): Section {
  if (acknowledged || (state === 'open' && workOrder !== null)) return 'handled'
  if (state === 'cleared') return 'ended'
  return severity === 'info' ? 'notices' : 'todo'
}

export function groupAlarms(open: readonly AlarmItem[]): AlarmGroups {
  const sorted = sortAlarms(open)
  const sections = Map.groupBy(
    sorted.filter(({ suppressions }) => suppressions.length === 0),
    sectionOf,
  )
  const entries = (section: Section): readonly AlarmEntry[] => entriesOf(sections.get(section) ?? [])
  const quiet = new Map<QuietCause, AlarmItem[]>()
  for (const alarm of sorted) {
    const [cause] = alarm.suppressions
    if (cause !== undefined) quiet.set(cause, [...(quiet.get(cause) ?? []), alarm])
  }
  return {
    todo: entries('todo'),
    handled: entries('handled'),
    ended: entries('ended'),
    notices: entries('notices'),
    quiet,
  }
}

/** In the order of the first of each. */
function entriesOf(alarms: readonly AlarmItem[]): readonly AlarmEntry[] {
  const byEntry = Map.groupBy(alarms, ({ id, storm }) => storm ?? id)
  return [...byEntry].flatMap(([id, members]) => {
    const [alarm] = members
    return alarm === undefined ? [] : [{ id, alarm, members }]
  })
}

/** How many alarms are kept quiet because of what this one says is down; as the hub's `hides`, which is of the moment it was sent. */
export function hiddenBehind({ kind, gateway, device, series, state }: AlarmItem, open: readonly AlarmItem[]): number {
  const isWhole = series === null && state === 'open'
  const cause = kind === 'gateway-offline' ? 'gateway-offline' : 'device-silent'
  if (!isWhole || (cause === 'device-silent' && kind !== 'dead-man')) return 0
  return open.filter(
    (other) =>
      other.state === 'open' &&
      other.gateway === gateway &&
      other.suppressions.includes(cause) &&
      (cause === 'gateway-offline' || other.device === device),
  ).length
}

export function quietCount({ quiet }: AlarmGroups): number {
  return [...quiet.values()].reduce((sum, alarms) => sum + alarms.length, 0)
}
