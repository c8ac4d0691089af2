// One computation: an insight at a place for some times, its inputs cut out of the memory, and what of it becomes series and provenance.
import type { Reading } from '../../broker/contract/senml.ts'
import type { HourMemory } from './hour-memory.ts'
import {
  hourMs,
  type AnyInsight,
  type GroupMember,
  type Hours,
  type InsightInput,
  type InsightResult,
  type PlaceSettings,
} from './insight.ts'
import type { InsightRun, RunCause } from './insight-journal.ts'
import { inputSeries, type PlacedInsight } from './place-index.ts'
import { seriesNameOf } from './result-series.ts'
import { stepMs } from './result-times.ts'

export interface Task {
  readonly placed: PlacedInsight
  readonly times: readonly number[]
  readonly cause: RunCause
}

export interface Computation {
  readonly task: Task
  readonly results: readonly { readonly timeMs: number; readonly result: InsightResult }[]
}

/** What people have set of places. `revision` rises with each change of what holds for a place. */
export interface SettingsSource {
  of(site: string): { readonly settings: PlaceSettings; readonly revision: number }
}

interface Sources {
  readonly memory: Pick<HourMemory, 'window'>
  readonly settings: SettingsSource
}

export function resultAt(
  { insight, place, series, groups }: PlacedInsight,
  timeMs: number,
  from: Sources,
): InsightResult {
  const endHour = timeMs / hourMs
  const input: InsightInput = {
    place,
    timeMs,
    settings: from.settings.of(place.id).settings,
    series: windowsOf(insight, series, endHour, from),
    groups: groupsOf(insight, groups, endHour, from),
  }
  return insight.compute(input)
}

function windowsOf(
  insight: AnyInsight,
  series: PlacedInsight['series'],
  endHour: number,
  { memory }: Sources,
): InsightInput['series'] {
  const windows: Record<string, Hours | undefined> = {}
  for (const name in series) {
    const id = series[name]
    const lookBack = insight.inputs[name]?.lookBackHours ?? 0
    windows[name] = id === undefined ? undefined : memory.window(id, endHour - lookBack, endHour)
  }
  return windows
}

function groupsOf(
  insight: AnyInsight,
  groups: PlacedInsight['groups'],
  endHour: number,
  { memory }: Sources,
): InsightInput['groups'] {
  const found: Record<string, readonly GroupMember[]> = {}
  for (const name in groups) {
    const lookBack = insight.inputs[name]?.lookBackHours ?? 0
    found[name] = (groups[name] ?? []).flatMap(({ id, device, channel, intervalS }): GroupMember[] => {
      const hours = memory.window(id, endHour - lookBack, endHour)
      return hours === undefined ? [] : [{ device, channel, intervalS, hours }]
    })
  }
  return found
}

/** The results as readings of the series of the hub that hold them. */
export function readingsOf({ task: { placed }, results }: Computation): readonly Reading[] {
  const { insight, place } = placed
  return results.flatMap(({ timeMs, result: { values, parts = [] } }) => {
    const reading = (output: string, value: number | undefined, part?: string): readonly Reading[] =>
      value === undefined || !Number.isFinite(value)
        ? []
        : [
            {
              name: seriesNameOf(place.id, insight.id, part === undefined ? output : `${output}.${part}`),
              unit: insight.outputs[output]?.unit,
              timeMs,
              value,
              text: null,
              quality: 'good',
              updateIntervalS: undefined,
            },
          ]
    return [
      ...Object.entries(values).flatMap(([output, value]) => reading(output, value)),
      ...parts.flatMap((one) =>
        Object.entries(one.values).flatMap(([output, value]) => reading(output, value, one.part)),
      ),
    ]
  })
}

export function runOf({ placed, times, cause }: Task, settings: SettingsSource, nowMs: number): InsightRun {
  const { insight, place } = placed
  const lookBacks = Object.values(insight.inputs).map(({ lookBackHours }) => lookBackHours)
  const first = times[0] ?? nowMs
  return {
    site: place.id,
    insight: insight.id,
    version: insight.version,
    settingsRevision: settings.of(place.id).revision,
    cause,
    fromMs: first - stepMs(insight),
    toMs: times.at(-1) ?? first,
    inputFromMs: first - Math.max(0, ...lookBacks) * hourMs,
    computedMs: nowMs,
  }
}

/** How far back an insight reads a series, hours. */
export function lookBackOf(placed: PlacedInsight, id: number): number {
  let hours = 0
  for (const [name, one] of inputSeries(placed)) {
    if (one === id) hours = Math.max(hours, placed.insight.inputs[name]?.lookBackHours ?? 0)
  }
  return hours
}
