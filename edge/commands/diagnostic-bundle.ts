// What somebody far away needs to see why a gateway does not do its work, without any of its secrets.
import { statfs } from 'node:fs/promises'
import { arch, cpus, freemem, loadavg, release, totalmem, uptime } from 'node:os'
import { toAppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { configSources } from '../checks/config-sources.ts'
import { examine } from '../doctor/examine.ts'
import { type Finding, localized } from '../../broker/contract/finding.ts'
import { withoutSecrets } from './masked.ts'
import { maskedConfig } from './masked-config.ts'
import type { AgentFacts } from './report-request.ts'
import { loadSetConfig, type SetConfigPlaces } from '../deployment/set-config.ts'

const timeoutMs = 5_000
/** The command has a time: devices of the running agent are not listened to again. */
const listenMs = 1_000

/** The doctor's findings without secrets; what it leaves alone because the agent runs, the agent itself says. */
export async function examined(configPlaces: SetConfigPlaces, { devices }: AgentFacts): Promise<readonly Finding[]> {
  const { secrets } = await maskedConfig(configPlaces)
  const findings: Finding[] = []
  const given = { drivers: driverRegistry, clock: systemClock, log: silentLog, timeoutMs, listenMs }
  const signal = new AbortController().signal
  try {
    const config = await loadSetConfig(configPlaces, configSources)
    for await (const finding of examine(config, { ...given, ntp: 'ntp.nict.jp', signal })) {
      if (finding.check !== 'hub') findings.push(finding)
    }
  } catch (thrown) {
    // The file may have been changed since the agent has read it.
    const { message } = toAppError(thrown, 'config.invalid')
    findings.push({ state: 'fail', check: 'config', subject: configPlaces.base, seen: localized(message, message) })
  }
  return withoutSecrets([...findings, ...devices.map(deviceFinding)], secrets)
}

function deviceFinding({ id, condition }: AgentFacts['devices'][number]): Finding {
  const common = { check: 'device', subject: id }
  if (condition === 'ok') return { ...common, state: 'ok', seen: localized('応答している', 'it answers') }
  const advice = localized('電源と配線、アドレスを確認', 'look at its power, wiring and address')
  if (condition === 'offline') {
    return { ...common, state: 'fail', seen: localized('応答がない', 'it does not answer'), advice }
  }
  return { ...common, state: 'warn', seen: localized('応答が途切れる', 'it does not always answer'), advice }
}

/** A plain object; every text in it is free of what the configuration holds secret. */
export async function diagnosticBundle(
  configPlaces: SetConfigPlaces,
  facts: AgentFacts,
  findings: readonly Finding[],
): Promise<unknown> {
  const { value, secrets } = await maskedConfig(configPlaces)
  const { bavail, blocks, bsize } = await statfs(facts.dataFolder)
  const bundle = {
    gateway: facts.gateway,
    made: new Date().toISOString(),
    agent: { version: facts.agentVersion, node: process.version, rssBytes: facts.rssBytes },
    machine: {
      kernel: release(),
      arch: arch(),
      cpus: cpus().length,
      load: loadavg(),
      memoryBytes: { total: totalmem(), free: freemem() },
      uptimeS: Math.round(uptime()),
      dataDiskBytes: { total: blocks * bsize, free: bavail * bsize },
    },
    findings,
    config: value,
    metrics: facts.metrics.split('\n'),
    log: facts.log,
  }
  return withoutSecrets(bundle, secrets)
}
