// Opens the flows where they are configured. Loaded only there: a gateway without flows does not pay for them.
import { AppError } from '../../broker/contract/app-error.ts'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Driver } from '../../firmware-bridge/driver.ts'
import { deviceUnits } from '../../firmware-bridge/device-units.ts'
import { cameraDevices } from '../cameras/camera-devices.ts'
import type { GatewayConfig } from '../config.ts'
import type { Counters } from '../counters.ts'
import type { DeviceChannels } from '../device-channels.ts'
import type { PollOutcome } from '../device-poller.ts'
import type { FlowHost } from './flow-host.ts'
import type { LocalPageMount } from '../local-page/mounts.ts'
import { flowDevice, type SetpointConfig } from './flows-config.ts'
import type { InferValue } from './messages.ts'

export interface FlowParts {
  readonly drivers: ReadonlyMap<string, Driver<unknown, unknown>>
  readonly channels: DeviceChannels
  /** The models that score series; undefined: none is configured. */
  readonly models:
    | {
        readonly models: readonly { readonly id: string }[]
        readonly infer?: (model: string, values: readonly InferValue[]) => Promise<number>
      }
    | undefined
  readonly deliver: (outcome: PollOutcome) => void
  readonly emitEvent: (event: NewEvent) => void
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  readonly random: () => number
}

export async function openFlows(config: GatewayConfig, parts: FlowParts): Promise<FlowHost | undefined> {
  const { flows, dataFolder } = config
  if (flows === undefined) return undefined
  const { clock, counters, random, deliver, emitEvent, models } = parts
  const { startFlowHost } = await import('./flow-host.ts')
  return startedOrNot(parts, () =>
    startFlowHost({
      flows,
      dataFolder,
      offers: () => ({ series: seriesOf(config, parts.channels), models: (models?.models ?? []).map(({ id }) => id) }),
      write: (setpoint, value, signal) => writeTo(setpoint, value, { config, signal, drivers: parts.drivers }),
      infer: async (model, values) => {
        if (models?.infer === undefined) throw new AppError('not-found', 'this gateway has no model that scores series')
        return await models.infer(model, values)
      },
      log: parts.log.child({ part: 'flows' }),
      clock,
      counters,
      random,
      deliver,
      emitEvent,
    }),
  )
}

/** Sampling comes first: a gateway whose flows cannot begin (a full disk, a file that has gone) goes on without them. */
function startedOrNot({ counters, log }: Ports, start: () => FlowHost): FlowHost | undefined {
  try {
    return start()
  } catch (error) {
    counters.add('flow_faults', 'not-started')
    log.error({ err: error }, 'the flows could not be started')
    return undefined
  }
}

type Ports = Pick<FlowParts, 'counters' | 'log'>

/** The editor below the local page; none where it is off. */
export function flowMounts(flows: FlowHost | undefined): readonly LocalPageMount[] {
  const socketPath = flows?.editorSocket
  return socketPath === undefined ? [] : [{ path: '/flows/', target: { socketPath } }]
}

/** The device `flow`, where flows send readings. */
export function declaredFlowChannels({ flows }: Pick<GatewayConfig, 'flows'>) {
  if (flows === undefined || flows.channels.length === 0) return []
  const channels = flows.channels.map(({ id, label, unit }) => ({
    id,
    label,
    unit: unit === undefined ? undefined : deviceUnits.toPrimary(0, unit)?.unit,
  }))
  return [{ id: flowDevice, channels }]
}

/** For `/metrics`. */
export function flowFigures(flows: FlowHost | undefined): Readonly<Record<string, number>> {
  if (flows === undefined) return {}
  return {
    'flow-running': flows.state === 'running' ? 1 : 0,
    'flow-memory': flows.rssBytes,
    'flow-changed-here': flows.changedHere ? 1 : 0,
  }
}

function seriesOf(config: GatewayConfig, channels: DeviceChannels): readonly string[] {
  const devices = [...config.devices, ...cameraDevices(config)].filter(({ id }) => id !== flowDevice)
  return devices.flatMap(({ id }) => channels.series(id, 1).map(({ name }) => name))
}

async function writeTo(
  { device: id, channel }: SetpointConfig,
  value: number,
  given: {
    readonly config: GatewayConfig
    readonly drivers: FlowParts['drivers']
    readonly signal: AbortSignal
  },
): Promise<void> {
  const device = given.config.devices.find((one) => one.id === id)
  const driver = device === undefined ? undefined : given.drivers.get(device.connection)
  if (device === undefined || driver?.write === undefined) {
    throw new AppError('driver.exception', `${id} is on no connection that sets something`)
  }
  const { address, profile, timeoutMs } = device
  await driver.write({ id, address, profile, timeoutMs }, { channel, value }, given.signal)
}
