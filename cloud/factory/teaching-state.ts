// How far the teaching of another part is, put together from the events by which its gateway told each step.
import type { GatewayEvent } from '../../broker/contract/event.ts'
import type { ExampleItem, TeachingItem } from './teaching-schemas.ts'
import { commandFilePath } from './teaching-schemas.ts'

/** The threshold of every taught head: its scores are scaled so. */
const threshold = 0.5
const stages = ['collecting', 'fitting', 'fitted', 'activated', 'discarded'] as const

type Detail = NonNullable<GatewayEvent['detail']>

/** Is this event a step of teaching, and not the outcome of a correction? */
export function isTeachingStep({ kind, detail }: Pick<GatewayEvent, 'kind' | 'detail'>): boolean {
  return kind === 'teaching' && typeof detail?.['stage'] === 'string'
}

/** `events`: the steps of a line, newest first. `pictureOf`: path of the picture of a verdict by its frame. */
export function teachingState(
  line: string,
  events: readonly GatewayEvent[],
  pictureOf: (frame: string) => string | undefined,
): TeachingItem {
  const steps = events.filter(isTeachingStep)
  const [newest] = steps
  const detail = newest?.detail
  if (newest === undefined || detail === undefined) return { ...nothing, examples: [], line }
  const own = steps.filter(({ model }) => model.id === newest.model.id)
  const { model } = newest
  return {
    line,
    stage: stages.find((stage) => stage === detail['stage']) ?? 'none',
    part: { id: model.id, ja: textOf(detail, 'ja'), en: textOf(detail, 'en'), version: model.version },
    began: numberOf(detail, 'beganMs'),
    changed: newest.timeMs,
    good: numberOf(detail, 'good'),
    bad: numberOf(detail, 'bad'),
    examples: examplesOf(own, pictureOf),
    fault: textOf(detail, 'fault') || null,
    fit: fitOf(detail),
  }
}

const nothing = {
  stage: 'none',
  part: null,
  began: null,
  changed: null,
  good: 0,
  bad: 0,
  fault: null,
  fit: null,
} as const

function examplesOf(steps: readonly GatewayEvent[], pictureOf: (frame: string) => string | undefined): ExampleItem[] {
  const kept = new Map<string, ExampleItem>()
  for (const { detail = {} } of steps.toReversed()) {
    const { change, example, judgement, command } = detail
    if (typeof example !== 'string') continue
    kept.delete(example)
    if (change !== 'added') continue
    const picture = typeof command === 'string' ? commandFilePath(command) : pictureOf(example)
    kept.set(example, { id: example, judgement: judgement === 'bad' ? 'bad' : 'good', picture: picture ?? null })
  }
  return [...kept.values()]
}

function fitOf(detail: Detail): TeachingItem['fit'] {
  if (typeof detail['auroc'] !== 'number') return null
  return {
    threshold,
    falseRejects: numberOf(detail, 'falseRejects'),
    falsePasses: numberOf(detail, 'falsePasses'),
    auroc: numberOf(detail, 'auroc'),
    unreadable: numberOf(detail, 'unreadable'),
    goodScores: countsOf(detail, 'goodScores'),
    badScores: countsOf(detail, 'badScores'),
  }
}

function textOf(detail: Detail, key: string): string {
  const value = detail[key]
  return typeof value === 'string' ? value : ''
}

function numberOf(detail: Detail, key: string): number {
  const value = detail[key]
  return typeof value === 'number' ? value : 0
}

function countsOf(detail: Detail, key: string): number[] {
  const text = textOf(detail, key)
  return text === '' ? [] : text.split(',').map((count) => Number(count) || 0)
}
