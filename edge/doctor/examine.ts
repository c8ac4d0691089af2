// The examination of a gateway, from the machine outwards: folder and disk, clock, ports, name, certificate, hub, devices, cameras.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { DriverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import type { GatewayConfig } from '../config.ts'
import { checkCameras } from './camera-checks.ts'
import { checkDevices } from './device-checks.ts'
import { type Finding, localized } from '../../broker/contract/finding.ts'
import { checkCertificate, checkHub, checkName } from './hub-checks.ts'
import { agentRuns, checkClock, checkDataFolder, checkSerialPorts } from './machine-checks.ts'

export interface ExaminationOptions {
  readonly drivers: DriverRegistry
  readonly clock: Clock
  readonly log: Log
  /** Server for SNTP; undefined: not asked. */
  readonly ntp: string | undefined
  /** For DNS, the time server and the hub, each. */
  readonly timeoutMs: number
  readonly listenMs: number
  readonly signal: AbortSignal
}

/** Yields each finding as soon as it is known. Changes nothing, and does not disturb an agent that runs. */
export async function* examine(config: GatewayConfig, options: ExaminationOptions): AsyncGenerator<Finding> {
  const { clock, ntp, timeoutMs } = options
  yield* await checkDataFolder(config)
  yield await checkClock({ nowMs: () => clock.now(), ntp, timeoutMs })
  yield* await checkSerialPorts(serialPathsOf(config))
  const name = await checkName(config, timeoutMs)
  yield name
  const { findings, credentials } = await checkCertificate(config, clock.now())
  yield* findings
  if (await agentRuns(config)) {
    yield {
      state: 'warn',
      check: 'hub',
      seen: localized(
        'ゲートウェイが動作中のため、ハブへの接続と機器の読み取りは省略',
        'the gateway agent runs: its hub connection and its devices were left alone',
      ),
      advice: localized(
        '止めてから診断: sudo systemctl stop musubi-edge',
        'to check them too: sudo systemctl stop musubi-edge',
      ),
    }
    return
  }
  if (name.state !== 'fail') yield await checkHub(config, { credentials, clock, timeoutMs })
  yield* checkDevices(config, options)
  yield* checkCameras(config.cameras, options)
}

function serialPathsOf({ connections }: GatewayConfig): readonly string[] {
  const paths = connections.map(({ settings }) => (settings as { readonly path?: unknown }).path)
  return [...new Set(paths.filter((path) => typeof path === 'string'))]
}
