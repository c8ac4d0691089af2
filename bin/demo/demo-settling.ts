// What a demo is told after its start: its past, and what its people have set and sent.
import type { Clock } from '../../broker/contract/ports.ts'
import { sendDemoBulletins } from './demo-bulletins.ts'
import type { DemoOptions } from './demo-options.ts'
import { setDemoPlaces } from './demo-places.ts'
import { setDemoFields, setDemoInfrastructure } from './field-settings.ts'
import { tellHistory } from './history.ts'
import type { HubPorts } from './hub-ports.ts'

interface Begun {
  readonly options: DemoOptions
  readonly dependencies: {
    readonly clock: Clock
    /** A line for the person who watches. */
    readonly say: (line: string) => void
    readonly warn: (line: string) => void
    readonly stopping: AbortSignal
  }
  readonly ports: HubPorts
  /** Unix ms. */
  readonly startedMs: number
}

/** The weeks before the start, and what the people of the demo have set, after which the hub advises. Never rejects. */
export async function settle({ options, dependencies, ports, startedMs }: Begun): Promise<void> {
  const { clock, say, warn, stopping } = dependencies
  const days = options.timeLapse === 1 ? options.historyDays : 0
  const { dataFolder } = options
  try {
    const history = { dataFolder, mqttPort: ports.mqttPort, days, startedMs }
    const told = await tellHistory({ ...history, signal: stopping })
    if (told > 0 && !stopping.aborted) say(`history: ${told} readings of the ${days} days before are at the hub`)
  } catch (thrown) {
    warn(`the days before were not told: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
  if (stopping.aborted) return
  try {
    await setDemoFields(ports.httpPort, clock.now())
    await setDemoInfrastructure(ports.httpPort)
    await setDemoPlaces(ports.httpPort)
    await sendDemoBulletins(ports.httpPort, clock.now())
  } catch (thrown) {
    warn(`nothing was set, so that little is advised: ${thrown instanceof Error ? thrown.message : ''}`)
  }
}
