// `musubi cloud`: ingest, store, alarms and API beside an MQTT broker that runs elsewhere.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { startCloud } from '../../cloud/cloud.ts'
import type { IncomingMessage } from '../../cloud/ingest/message.ts'
import { startSubscriber } from '../../cloud/ingest/mqtt-subscriber.ts'
import { cloudFlags, cloudOptionsOf, cloudUsage, logOf } from '../cloud-options.ts'
import { stopSignal } from '../stop-signal.ts'

const flagsOfCloud = {
  ...cloudFlags,
  broker: { type: 'string' },
  'client-id': { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
} as const

const usage = `Usage: musubi cloud --broker mqtt://HOST:1883 [OPTIONS]
  --broker URL        the MQTT broker, mqtt:// or mqtts:// (MUSUBI_BROKER)
  --client-id ID      names this hub's sessions at the broker (default musubi-cloud); one per hub
  --ca, --cert, --key PEM files for mqtts://
${cloudUsage}`

/** Returns the exit code: 0 stopped as asked, 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parse(args)
  const broker = flags?.broker ?? process.env['MUSUBI_BROKER']
  if (flags === undefined || broker === undefined) {
    console.error(usage)
    return 2
  }
  const log = logOf(flags, 'cloud')
  const connection = await credentialsOf(flags)
  // Nothing is sent down before the subscriber has brought something up.
  const publish = (topic: string, payload: Uint8Array): void => subscriber.publish(topic, payload)
  const announce = async (topic: string, payload: Uint8Array) => await subscriber.announce(topic, payload)
  const moreMetrics = () => [subscriber.metrics]
  const cloud = await startCloud({ ...(await cloudOptionsOf(flags, log)), publish, announce, moreMetrics })
  const clientId = flags['client-id'] ?? 'musubi-cloud'
  const tap = (message: IncomingMessage) => cloud.tap(message)
  const subscriber = startSubscriber({ url: broker, clientId, connection, log, tap })
  log.info({ http: cloud.httpPort, broker }, 'the cloud is up')
  log.info({ signal: await stopSignal() }, 'the cloud stops')
  await subscriber.stop()
  await cloud.stop()
  return 0
}

async function credentialsOf(flags: { readonly ca?: string; readonly cert?: string; readonly key?: string }) {
  const { ca, cert, key } = flags
  return {
    ...(ca === undefined ? {} : { ca: await readFile(ca) }),
    ...(cert === undefined ? {} : { cert: await readFile(cert) }),
    ...(key === undefined ? {} : { key: await readFile(key) }),
  }
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options: flagsOfCloud })
    return values.help === true ? undefined : values
  } catch {
    return undefined
  }
}
