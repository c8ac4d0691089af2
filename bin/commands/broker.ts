// `musubi broker`: the MQTT broker alone, for a hub whose cloud part runs in another process or on another machine.
import { mkdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { createBroker, type Broker } from '../../broker/broker.ts'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { systemClock, type Log } from '../../broker/contract/ports.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { openRevocations } from '../../provisioning/registry/revocations.ts'
import { authorityFolder } from './ca.ts'

const usage = `Usage:
  musubi broker --data DIR [--mqtts-port 8883] [--mqtt-port 1883] [--http-port 8081] [--name HOST]…
      Gateways: mutual TLS on --mqtts-port. Programs on this machine: plain MQTT on 127.0.0.1:--mqtt-port ("off": none).
      /healthz and /metrics on 127.0.0.1:--http-port. --name: a host name or address by which gateways reach this hub.`

interface BrokerArguments {
  readonly data: string
  readonly mqttsPort: number
  readonly mqttPort: number | undefined
  readonly httpPort: number
  readonly names: readonly string[]
}

/** Runs until SIGINT or SIGTERM; a second signal ends at once. Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(usage)
    return 0
  }
  const log = pino()
  let given: BrokerArguments
  try {
    given = parse(args)
  } catch (thrown) {
    console.error(`${toAppError(thrown, 'config.invalid').message}\n${usage}`)
    return 2
  }
  try {
    const broker = await startBroker(given, log)
    const http = await serveMetrics(broker, given.httpPort)
    const signal = await stopSignal()
    log.info({ signal }, 'stopping')
    await new Promise<void>((resolve) => http.close(() => resolve()))
    await broker.close()
    return 0
  } catch (thrown) {
    const error = toAppError(thrown, 'config.invalid')
    console.error(`${error.code}: ${error.message}`)
    return 1
  }
}

async function startBroker(given: BrokerArguments, log: Log): Promise<Broker> {
  const folder = authorityFolder(given.data)
  await mkdir(given.data, { recursive: true })
  const authority = await openAuthority({ folder, clock: systemClock, log })
  const credentials = await authority.serverCredentials({ names: given.names })
  const revocations = await openRevocations({ folder, clock: systemClock })
  return createBroker({
    folder: join(given.data, 'broker'),
    clock: systemClock,
    log,
    tls: { port: given.mqttsPort, credentials, revocations },
    ...(given.mqttPort === undefined ? {} : { loopback: { port: given.mqttPort } }),
  })
}

function parse(args: readonly string[]): BrokerArguments {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: text,
      'mqtts-port': text,
      'mqtt-port': text,
      'http-port': text,
      name: { type: 'string', multiple: true },
    },
  })
  if (values.data === undefined) throw new AppError('config.invalid', '--data is missing')
  return {
    data: values.data,
    mqttsPort: port(values['mqtts-port'] ?? '8883', '--mqtts-port'),
    mqttPort: values['mqtt-port'] === 'off' ? undefined : port(values['mqtt-port'] ?? '1883', '--mqtt-port'),
    httpPort: port(values['http-port'] ?? '8081', '--http-port'),
    names: values.name ?? [],
  }
}

function port(value: string, option: string): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number
  throw new AppError('config.invalid', `${option} must be a port from 0 to 65535, for example 8883, not "${value}"`)
}

async function serveMetrics(broker: Broker, httpPort: number): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/healthz') {
      response.setHeader('content-type', 'application/json').end('{"status":"ok"}')
    } else if (request.url === '/metrics') {
      broker.metrics.metrics().then(
        (text) => response.setHeader('content-type', broker.metrics.contentType).end(text),
        () => response.writeHead(500).end(),
      )
    } else {
      response.writeHead(404).end()
    }
  })
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(httpPort, '127.0.0.1', resolve)
    })
  } catch (thrown) {
    await broker.close()
    throw new AppError('port.busy', `Port ${httpPort} is in use: choose another with --http-port`, { cause: thrown })
  }
  return server
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1))
        resolve(signal)
      })
    }
  })
}
