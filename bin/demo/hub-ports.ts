// The ports that the hub will take, tried before anything starts, so that a busy one is told in one clear line.
import { createServer, type AddressInfo, type Server } from 'node:net'
import { AppError } from '../../broker/contract/app-error.ts'

export interface HubPorts {
  readonly httpPort: number
  readonly mqttPort: number
  readonly mqttsPort: number
  readonly httpsPort: number
  readonly estPort: number
}

const variables = {
  httpPort: 'MUSUBI_HTTP_PORT',
  mqttPort: 'MUSUBI_MQTT_PORT',
  mqttsPort: 'MUSUBI_MQTTS_PORT',
  httpsPort: 'MUSUBI_HTTPS_PORT',
  estPort: 'MUSUBI_EST_PORT',
} as const
type PortKey = keyof typeof variables
const portKeys = Object.keys(variables) as readonly PortKey[]

/** The same ports, with a free one in place of 0. Throws `port.busy` that names every port in use and its variable. */
export async function reserveHubPorts(wanted: HubPorts): Promise<HubPorts> {
  const servers: Server[] = []
  const found: Record<PortKey, number> = { httpPort: 0, mqttPort: 0, mqttsPort: 0, httpsPort: 0, estPort: 0 }
  const busy: string[] = []
  try {
    for (const key of portKeys) {
      const server = createServer()
      const refusal = await tryListening(server, wanted[key])
      if (refusal === undefined) {
        servers.push(server)
        found[key] = (server.address() as AddressInfo).port
      } else {
        busy.push(`port ${wanted[key]} ${refusal}: set ${variables[key]} to another`)
      }
    }
  } finally {
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))))
  }
  if (busy.length > 0) throw new AppError('port.busy', busy.join('; '))
  return found
}

/** Undefined when the port could be taken on loopback; a listener on all addresses also stands in the way of that. */
async function tryListening(server: Server, port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    server.once('error', (error) => {
      const { code } = error as { readonly code?: string }
      resolve(code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be opened (${code ?? error.message})`)
    })
    server.listen(port, '127.0.0.1', () => resolve(undefined))
  })
}
