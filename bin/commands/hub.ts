// `musubi hub`: broker and cloud in one process, joined by the in-process tap.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock, type Log } from '../../broker/contract/ports.ts'
import { createBroker, type Broker } from '../../broker/broker.ts'
import type { TlsCredentials } from '../../provisioning/registry/gateway-tls.ts'
import { startCloud, type Cloud } from '../../cloud/cloud.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { openRevocations } from '../../provisioning/registry/revocations.ts'
import { cloudFlags, cloudOptionsOf, cloudUsage, dataFolder, logOf, portOf, type CloudFlags } from '../cloud-options.ts'
import { keepServerCertificate } from '../server-certificate.ts'
import { stopSignal } from '../stop-signal.ts'
import { authorityFolder } from './provision.ts'

const hubFlags = {
  ...cloudFlags,
  'mqtt-port': { type: 'string' },
  'mqtts-port': { type: 'string' },
  'mqtts-host': { type: 'string' },
  name: { type: 'string', multiple: true },
} as const

const usage = `Usage: musubi hub [OPTIONS]
${cloudUsage}
  --mqtts-port N      gateways, mutual TLS (MUSUBI_MQTTS_PORT; default 8883; 0: any free port)
  --mqtts-host HOST   address for gateways (MUSUBI_MQTTS_HOST; default: every address)
  --mqtt-port N       plain MQTT on loopback only (MUSUBI_MQTT_PORT; default 1883; 0: any free port)
  --name NAME         a host name or address by which gateways reach this hub; may be repeated

SIGTERM or SIGINT stops: listeners, then what is pending is stored, then the store. A second one ends at once.`

/** A running hub, for programs that start one in their own process. */
export interface Hub {
  readonly cloud: Cloud
  readonly broker: Broker
  stop(): Promise<void>
}

/** Returns the exit code. Throws `port.busy`, `data.locked`, `config.invalid` as one line each. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parse(args)
  if (flags === undefined) {
    console.error(usage)
    return 2
  }
  const log = logOf(flags, 'hub')
  const hub = await startHub(flags, log)
  const { tls, loopback } = hub.broker.ports
  log.info({ http: hub.cloud.httpPort, mqtts: tls, mqtt: loopback }, 'the hub is up')
  log.info({ signal: await stopSignal() }, 'the hub stops')
  await hub.stop()
  return 0
}

type HubFlags = CloudFlags & {
  readonly 'mqtt-port'?: string
  readonly 'mqtts-port'?: string
  readonly 'mqtts-host'?: string
  readonly name?: readonly string[]
}

/** Starts cloud, then broker; nothing is left running where one of them fails. */
export async function startHub(flags: HubFlags, log: Log): Promise<Hub> {
  let broker: Broker | undefined
  const publish = (topic: string, payload: Uint8Array) => {
    broker?.publish(topic, payload, { qos: 1 }).catch((thrown: unknown) => {
      log.warn({ err: thrown, topic }, 'an acknowledgement was not sent; the gateway will ask again')
    })
  }
  const options = await cloudOptionsOf(flags, log)
  const moreMetrics = () => (broker === undefined ? [] : [broker.metrics])
  const cloud = await startCloud({ ...options, publish, moreMetrics })
  try {
    const { broker: started, stop } = await startBroker(flags, log, cloud)
    broker = started
    return {
      cloud,
      broker: started,
      async stop() {
        await stop()
        await cloud.stop()
      },
    }
  } catch (thrown) {
    await cloud.stop()
    throw thrown
  }
}

async function startBroker(
  flags: HubFlags,
  log: Log,
  cloud: Cloud,
): Promise<{ readonly broker: Broker; readonly stop: () => Promise<void> }> {
  const data = await dataFolder(flags)
  const folder = authorityFolder(data)
  const clock = systemClock
  const authority = await openAuthority({ folder, clock, log })
  const ask = () => authority.serverCredentials({ names: flags.name ?? [] })
  const credentials = await ask()
  const host = flags['mqtts-host'] ?? process.env['MUSUBI_MQTTS_HOST']
  const mqtts = flags['mqtts-port'] ?? process.env['MUSUBI_MQTTS_PORT'] ?? '8883'
  const mqtt = flags['mqtt-port'] ?? process.env['MUSUBI_MQTT_PORT'] ?? '1883'
  const broker = await createBroker({
    folder: join(data, 'broker'),
    clock,
    log,
    tls: {
      port: portOf(mqtts, '--mqtts-port'),
      ...(host === undefined ? {} : { host }),
      credentials,
      revocations: await openRevocations({ folder, clock }),
    },
    loopback: { port: portOf(mqtt, '--mqtt-port') },
    tap: (message) => cloud.tap(message),
  })
  const use = (renewed: TlsCredentials) => broker.renewCredentials(renewed)
  const renewal = keepServerCertificate({ inUse: credentials, ask, use, clock, log })
  return {
    broker,
    stop() {
      renewal.cancel()
      return broker.close()
    },
  }
}

function parse(args: readonly string[]): HubFlags | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: hubFlags })
    return values.help === true ? undefined : values
  } catch {
    return undefined
  }
}
