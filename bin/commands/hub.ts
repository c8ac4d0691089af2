// `musubi hub`: broker and cloud in one process, joined by the in-process tap.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Registry } from 'prom-client'
import { AppError } from '../../broker/contract/app-error.ts'
import { systemClock, type Log } from '../../broker/contract/ports.ts'
import { createBroker, type Broker } from '../../broker/broker.ts'
import type { TlsCredentials } from '../../provisioning/registry/gateway-tls.ts'
import { startCloud, type Cloud } from '../../cloud/cloud.ts'
import { startEnrolmentServer, type EnrolmentServer } from '../../cloud/http/enrolment-server.ts'
import { addSecurityText } from '../../cloud/http/security-text.ts'
import { startGatewayServer, type GatewayServer } from '../../cloud/http/gateway-server.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { EnrolmentStore } from '../../provisioning/est/enrolment-store.ts'
import { addEstRoutes } from '../../provisioning/est/est-routes.ts'
import { openRevocations } from '../../provisioning/registry/revocations.ts'
import {
  cloudFlags,
  cloudOptionsOf,
  cloudUsage,
  dataFolder,
  logOf,
  portOf,
  securityContactOf,
  type CloudFlags,
} from '../cloud-options.ts'
import { imageFlags, imageSettingsOf, imageUsage, type ImageFlags } from '../image-options.ts'
import { installationSettingsOf } from '../installation-options.ts'
import { keepServerCertificate } from '../server-certificate.ts'
import { stopSignal } from '../stop-signal.ts'
import { authorityFolder } from './ca.ts'

const hubFlags = {
  ...cloudFlags,
  ...imageFlags,
  'mqtt-port': { type: 'string' },
  'mqtts-port': { type: 'string' },
  'mqtts-host': { type: 'string' },
  'https-port': { type: 'string' },
  'est-port': { type: 'string' },
  name: { type: 'string', multiple: true },
} as const

const usage = `Usage: musubi hub [OPTIONS]
${cloudUsage}
  --mqtts-port N      gateways, mutual TLS (MUSUBI_MQTTS_PORT; default 8883; 0: any free port)
  --https-port N      uploads of gateways, mutual TLS (MUSUBI_HTTPS_PORT; default 8443; 0: any free port)
  --est-port N        enrolment of gateways, EST (MUSUBI_EST_PORT; default 8444; 0: any free port)
  --mqtts-host HOST   address for gateways, MQTT, HTTPS and EST (MUSUBI_MQTTS_HOST; default: every address)
  --mqtt-port N       plain MQTT on loopback only (MUSUBI_MQTT_PORT; default 1883; 0: any free port)
  --name NAME         a host name or address by which gateways reach this hub; may be repeated
${imageUsage}

SIGTERM or SIGINT stops: listeners, then what is pending is stored, then the store. A second one ends at once.`

/** A running hub, for programs that start one in their own process. */
export interface Hub {
  readonly cloud: Cloud
  readonly broker: Broker
  readonly httpsPort: number
  readonly estPort: number
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
  const { httpsPort: https, estPort: est } = hub
  log.info({ http: hub.cloud.httpPort, https, est, mqtts: tls, mqtt: loopback }, 'the hub is up')
  log.info({ signal: await stopSignal() }, 'the hub stops')
  await hub.stop()
  return 0
}

type HubFlags = CloudFlags &
  ImageFlags & {
    readonly 'mqtt-port'?: string
    readonly 'mqtts-port'?: string
    readonly 'mqtts-host'?: string
    readonly 'https-port'?: string
    readonly 'est-port'?: string
    readonly name?: readonly string[]
  }

/** Starts cloud, then what gateways reach: broker and HTTPS; nothing is left running where one of them fails. */
export async function startHub(flags: HubFlags, log: Log): Promise<Hub> {
  let broker: Broker | undefined
  const publish = (topic: string, payload: Uint8Array, { retain } = { retain: false }) => {
    broker?.publish(topic, payload, { qos: 1, retain }).catch((thrown: unknown) => {
      log.warn({ err: thrown, topic }, 'an acknowledgement was not sent; the gateway will ask again')
    })
  }
  const announce = async (topic: string, payload: Uint8Array) => {
    if (broker === undefined) throw new AppError('store.unavailable', 'the broker is not up yet')
    await broker.publish(topic, payload, { qos: 1 })
  }
  const images = await imageSettingsOf(flags, await dataFolder(flags), process.env)
  const options = await cloudOptionsOf(flags, log)
  const httpsMetrics = new Registry()
  const moreMetrics = () => (broker === undefined ? [] : [broker.metrics, httpsMetrics])
  const installations = installationSettingsOf(await dataFolder(flags))
  const deploymentFolder = join(await dataFolder(flags), 'hub', 'artefacts')
  const given = { images, installations, deploymentFolder, publish, announce, moreMetrics }
  const backups = options.backups && { ...options.backups, imagesElsewhere: images.openBucket !== undefined }
  const cloud = await startCloud({ ...options, ...given, ...(backups && { backups }) })
  try {
    const doors = await openDoors(flags, log, { cloud, httpsMetrics })
    broker = doors.broker
    return {
      cloud,
      broker,
      httpsPort: doors.https.port,
      estPort: doors.est.port,
      async stop() {
        await doors.close()
        await cloud.stop()
      },
    }
  } catch (thrown) {
    await cloud.stop()
    throw thrown
  }
}

interface Doors {
  readonly broker: Broker
  readonly https: GatewayServer
  readonly est: EnrolmentServer
  close(): Promise<void>
}

/** What gateways reach from outside, all under one certificate of the hub's authority. */
async function openDoors(
  flags: HubFlags,
  log: Log,
  { cloud, httpsMetrics }: { readonly cloud: Cloud; readonly httpsMetrics: Registry },
): Promise<Doors> {
  const data = await dataFolder(flags)
  const folder = authorityFolder(data)
  const clock = systemClock
  const authority = await openAuthority({ folder, clock, log })
  const ask = () => authority.serverCredentials({ names: flags.name ?? [] })
  const credentials = await ask()
  const host = flags['mqtts-host'] ?? process.env['MUSUBI_MQTTS_HOST']
  // The broker reads the list again every minute, for every door.
  const revocations = await openRevocations({ folder, clock })
  const stops: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop()
  }
  try {
    const broker = await createBroker({
      folder: join(data, 'broker'),
      clock,
      log,
      tls: {
        port: portSetting(flags, 'mqtts-port', 'MUSUBI_MQTTS_PORT', '8883'),
        ...(host === undefined ? {} : { host }),
        credentials,
        revocations,
      },
      loopback: { port: portSetting(flags, 'mqtt-port', 'MUSUBI_MQTT_PORT', '1883') },
      tap: (message) => cloud.tap(message),
    })
    stops.push(() => broker.close())
    const port = portSetting(flags, 'https-port', 'MUSUBI_HTTPS_PORT', '8443')
    const given = { host, credentials, metrics: httpsMetrics, clock, log }
    const https = await startGatewayServer({ ...given, port, revocations, routes: cloud.gatewayRoutes })
    stops.push(() => https.close())
    const enrolment = new EnrolmentStore(folder, clock)
    stops.push(() => enrolment.close())
    const est = await startEnrolmentServer({
      ...given,
      port: portSetting(flags, 'est-port', 'MUSUBI_EST_PORT', '8444'),
      routes: (server, onAttempt) => {
        addEstRoutes(server, { authority, enrolment, revocations, clock, log: log.child({ part: 'est' }), onAttempt })
        addSecurityText(server, { contact: securityContactOf(flags), clock })
      },
    })
    stops.push(() => est.close())
    const use = (renewed: TlsCredentials) => {
      for (const door of [broker, https, est]) door.renewCredentials(renewed)
    }
    const renewal = keepServerCertificate({ inUse: credentials, ask, use, clock, log })
    stops.push(() => renewal.cancel())
    return { broker, https, est, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function portSetting(
  flags: HubFlags,
  flag: 'mqtt-port' | 'mqtts-port' | 'https-port' | 'est-port',
  variable: string,
  otherwise: string,
): number {
  return portOf(flags[flag] ?? process.env[variable] ?? otherwise, `--${flag}`)
}

function parse(args: readonly string[]): HubFlags | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: hubFlags })
    return values.help === true ? undefined : values
  } catch {
    return undefined
  }
}
