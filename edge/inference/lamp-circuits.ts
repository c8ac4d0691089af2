// Watches the lighting circuits of a gateway: readings to steps, steps to the model, its verdicts to series and events.
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { splitSeriesName, type Sample } from '../../broker/contract/sample.ts'
import { CircuitDiagnosis, type LampVerdict } from '../../models/lamp-fault/circuit-diagnosis.ts'
import type { FaultChange } from '../../models/lamp-fault/circuit-faults.ts'
import type { LampFaultManifest } from '../../models/manifest-series.ts'
import type { Counters } from '../counters.ts'
import type { LightingCircuit } from './lighting-circuit.ts'

/** Steps of one circuit that may wait for the model, for example of readings that came late together; beyond it they are dropped, counted. */
const maxWaitingSteps = 16

export interface LampCircuitsOptions {
  readonly circuits: readonly (LightingCircuit & { readonly manifest: LampFaultManifest })[]
  /** Class scores of the rows, end to end; undefined where there are none in time. Never rejects. */
  readonly run: (circuit: LightingCircuit, rows: Float32Array, count: number) => Promise<Float32Array | undefined>
  readonly emitEvent: (event: NewEvent) => void
  readonly clock: Clock
  readonly counters: Counters
}

export interface LampCircuits {
  /**
   * Takes the readings of a poll. For each lamp of a circuit whose step ended: `{power}.fault`, its likeliest state as text, and
   * `{power}.fault-probability`, unit `/`; bad with the reason `model` where the model gave none. Never rejects.
   */
  take(samples: readonly Sample[]): Promise<readonly Sample[]>
}

type Role = { readonly kind: 'volts' } | { readonly kind: 'power' | 'command'; readonly lamp: number }

interface Watched {
  readonly circuit: LampCircuitsOptions['circuits'][number]
  readonly diagnosis: CircuitDiagnosis
  readonly roles: ReadonlyMap<string, Role>
  waiting: number
  last: Promise<unknown>
}

export function createLampCircuits(options: LampCircuitsOptions): LampCircuits {
  const watched = options.circuits.map(watchedCircuit)
  return {
    async take(samples) {
      const steps = watched.flatMap((one) =>
        endedSteps(one, samples, options.counters).map((step) => judged(one, step, options)),
      )
      return (await Promise.all(steps)).flat()
    },
  }
}

function watchedCircuit(circuit: Watched['circuit']): Watched {
  const roles = new Map<string, Role>()
  if (circuit.voltage !== undefined) roles.set(circuit.voltage, { kind: 'volts' })
  circuit.lamps.forEach(({ power, command }, lamp) => {
    roles.set(power, { kind: 'power', lamp })
    if (command !== undefined) roles.set(command, { kind: 'command', lamp })
  })
  const { manifest, pace } = circuit
  const diagnosis = new CircuitDiagnosis({ manifest, lamps: circuit.lamps.length, pace })
  return { circuit, diagnosis, roles, waiting: 0, last: Promise.resolve() }
}

type EndedStep = NonNullable<ReturnType<CircuitDiagnosis['steps']['endedBy']>>

/** Adds the readings of the circuit and gives the steps that they ended. */
function endedSteps(
  { diagnosis, roles }: Watched,
  samples: readonly Sample[],
  counters: Counters,
): readonly EndedStep[] {
  return samples.flatMap((sample) => {
    const role = roles.get(sample.name)
    if (role === undefined) return []
    const ended = diagnosis.steps.endedBy(sample.timeMs)
    const value = usable(sample)
    if (value === undefined) counters.add('inference_skipped', 'quality')
    else if (!added(diagnosis, role, sample.timeMs, value)) counters.add('inference_skipped', 'stale')
    return ended === undefined ? [] : [ended]
  })
}

function usable({ quality, value }: Sample): number | undefined {
  if (quality === 'bad') return undefined
  if (typeof value === 'boolean') return Number(value)
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function added({ steps }: CircuitDiagnosis, role: Role, timeMs: number, value: number): boolean {
  if (role.kind === 'volts') return steps.addVolts(timeMs, value)
  if (role.kind === 'power') return steps.addPower(timeMs, role.lamp, value)
  return steps.addCommand(timeMs, role.lamp, value > 0.5)
}

/** Steps of one circuit are judged one after the other: each builds on the verdict before it. */
function judged(one: Watched, step: EndedStep, options: LampCircuitsOptions): Promise<readonly Sample[]> {
  if (one.waiting >= maxWaitingSteps) {
    options.counters.add('inference_dropped', 'lamp-steps', one.circuit.lamps.length)
    return Promise.resolve([])
  }
  one.waiting += 1
  const result = one.last.then(() => judgedNow(one, step, options)).finally(() => (one.waiting -= 1))
  one.last = result.catch(() => undefined)
  return result
}

async function judgedNow(one: Watched, step: EndedStep, options: LampCircuitsOptions): Promise<readonly Sample[]> {
  const { circuit, diagnosis } = one
  const rows = diagnosis.rowsAfter(step)
  if (rows === undefined) {
    options.counters.add('inference_skipped', 'stale')
    return []
  }
  const scores = await options.run(circuit, rows.rows, circuit.lamps.length)
  if (scores === undefined) return circuit.lamps.map(({ power }) => probability(power, rows.timeMs, undefined))
  const { lamps, changes } = diagnosis.judge(scores)
  for (const change of changes) options.emitEvent(eventOf(circuit, change, rows.timeMs, options.clock))
  return lamps.flatMap((verdict) => verdictSamples(circuit, verdict, rows.timeMs))
}

function verdictSamples(
  circuit: LightingCircuit,
  { lamp, fault, score }: LampVerdict,
  timeMs: number,
): readonly Sample[] {
  const power = circuit.lamps[lamp]?.power
  if (power === undefined) return []
  const state: Sample = {
    name: `${power}.fault`,
    timeMs,
    value: fault,
    unit: undefined,
    quality: 'good',
    reason: undefined,
  }
  return [state, probability(power, timeMs, score)]
}

function probability(power: string, timeMs: number, score: number | undefined): Sample {
  const place = { name: `${power}.fault-probability`, timeMs, unit: '/' }
  if (score === undefined || !Number.isFinite(score)) return { ...place, value: null, quality: 'bad', reason: 'model' }
  return { ...place, value: Math.min(1, Math.max(0, score)), quality: 'good', reason: undefined }
}

const maxLampsText = 200

/** A fault of one lamp is about its series, one of several about the device that meters them. */
function eventOf(
  { id, lamps, manifest }: Watched['circuit'],
  { state, fault, lamps: places, score }: FaultChange,
  timeMs: number,
  clock: Clock,
): NewEvent {
  const series = places.flatMap((place) => lamps[place]?.power ?? [])
  const [first = id] = series
  const names = series.map((name) => splitSeriesName(name).channel.replace(/-power$/, '')).join(', ')
  return {
    kind: 'lamp-fault',
    source: series.length === 1 ? first : splitSeriesName(first).device || id,
    timeMs,
    model: { id: manifest.id, version: manifest.version },
    score,
    class: fault,
    state,
    latencyMs: Math.max(0, clock.now() - timeMs),
    detail: {
      circuit: id,
      count: series.length,
      lamps: names.length > maxLampsText ? `${names.slice(0, maxLampsText - 1)}…` : names,
    },
  }
}
