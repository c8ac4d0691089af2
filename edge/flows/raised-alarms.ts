// Which alarms of flows are raised: told to the hub when one begins and when it ends, also over a restart of either process.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import type { FlowAsk } from './messages.ts'

type AlarmAsk = Extract<FlowAsk, { readonly type: 'alarm' }>

/** Bound of the alarms that are raised at once. Overflow: a further one is told and not remembered, counted. Owner: these alarms. */
const maxRaised = 1000
const fileName = 'alarms.json'

export interface RaisedAlarms {
  /** Tells the hub where this is a change. */
  take(alarm: AlarmAsk): void
}

export function createRaisedAlarms(options: {
  /** Exists. */
  readonly folder: string
  readonly emitEvent: (event: NewEvent) => void
  /** Of the flows that run, for the event. */
  readonly version: () => string
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}): RaisedAlarms {
  const { emitEvent, version, clock, log, counters } = options
  const file = join(options.folder, fileName)
  const raised = new Set(restored(file))

  function keep(): void {
    try {
      writeFileSync(`${file}.new`, JSON.stringify([...raised]))
      renameSync(`${file}.new`, file)
    } catch (error) {
      counters.add('flow_alarms', 'not-kept')
      log.warn({ err: error }, 'which alarms of flows are raised could not be written')
    }
  }

  return {
    take({ source, class: name, state, value, timeMs, node }) {
      const key = JSON.stringify([source, name])
      if (raised.has(key) === (state === 'raised')) return
      if (state === 'cleared') raised.delete(key)
      else if (raised.size < maxRaised) raised.add(key)
      else counters.add('flow_alarms', 'not-remembered')
      counters.add('flow_alarms', state)
      const latencyMs = Math.max(0, clock.now() - timeMs)
      const model = { id: 'flow', version: version() }
      const detail = { node, ...(value === undefined ? {} : { value }) }
      emitEvent({ kind: 'anomaly', source, timeMs, model, score: null, class: name, state, latencyMs, detail })
      keep()
    },
  }
}

function restored(file: string): readonly string[] {
  try {
    const kept: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return Array.isArray(kept) ? kept.filter((key) => typeof key === 'string').slice(0, maxRaised) : []
  } catch {
    // None yet, or a file cut by a fault: alarms that still stand are told once more.
    return []
  }
}
