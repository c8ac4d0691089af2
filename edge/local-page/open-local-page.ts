// Opens the local page where it is configured, and goes on without it where it cannot listen: sampling comes first.
import { toAppError } from '../../broker/contract/app-error.ts'
import type { GatewayConfig } from '../config.ts'
import type { FieldDevice } from '../field-devices.ts'
import type { LocalPage, LocalPageSources } from './local-page.ts'

/** Undefined: not configured, or its port is taken, which is logged and counted. Loaded only where configured. */
export async function openLocalPage(
  config: Pick<GatewayConfig, 'localPage'> & LocalPageSources['config'],
  { clock, log, agentVersion }: Pick<LocalPageSources, 'clock' | 'log' | 'agentVersion'>,
  {
    devices,
    ...parts
  }: Pick<LocalPageSources, 'outbox' | 'uplink' | 'counters' | 'mounts'> & {
    readonly devices: readonly Pick<FieldDevice, 'askSoon'>[]
  },
): Promise<LocalPage | undefined> {
  if (config.localPage === undefined) return undefined
  const { startLocalPage } = await import('./local-page.ts')
  const askDevices = (): void => {
    for (const device of devices) device.askSoon()
  }
  try {
    return await startLocalPage(config.localPage, { config, clock, log, agentVersion, ...parts, askDevices })
  } catch (thrown) {
    const error = toAppError(thrown, 'internal')
    parts.counters.add('local_page_faults', error.code)
    log.error({ code: error.code, reason: error.message }, 'the local page could not be opened')
    return undefined
  }
}
