// What became of a step of teaching a new part, as the event by which hub and screen know it.
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import { eventLimits } from '../../broker/contract/event-limits.ts'
import type { PartNews } from './new-part.ts'

const nameLength = 64

/** `detail.stage` tells it from the outcome of a correction. Histograms are texts of counts, 0..1 in twentieths. */
export function partEvent(line: string, { record, stage, good, bad, change }: PartNews, nowMs: number): NewEvent {
  const { id, labels, beganMs, fitted, fault } = record
  const { figures } = fitted ?? {}
  return {
    kind: 'teaching',
    source: line,
    timeMs: nowMs,
    model: { id, version: fitted?.version ?? '0' },
    score: null,
    class: null,
    latencyMs: 0,
    detail: {
      stage,
      ja: labels.ja.slice(0, nameLength),
      en: labels.en.slice(0, nameLength),
      beganMs,
      good,
      bad,
      ...(fault === undefined ? {} : { fault: fault.slice(0, eventLimits.detailText) }),
      ...(change === undefined ? {} : changeOf(change)),
      ...(figures === undefined
        ? {}
        : {
            falseRejects: figures.falseRejects,
            falsePasses: figures.falsePasses,
            auroc: figures.auroc,
            unreadable: figures.refused.length,
            goodScores: figures.goodScores.join(','),
            badScores: figures.badScores.join(','),
          }),
    },
  }
}

function changeOf({ kind, example, judgement, command }: NonNullable<PartNews['change']>): Record<string, string> {
  return { change: kind, example, judgement, ...(command === undefined ? {} : { command }) }
}
