// A broker alone behind mutual TLS for bench/reconnects.ts, ours or aedes as it comes; what it takes goes nowhere.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'
import { parseArgs } from 'node:util'
import { Aedes } from 'aedes'
import { createBroker } from '../../broker/broker.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { kind: text, folder: text, port: text, ca: text, cert: text, key: text } })
const { folder = '', port = '0' } = values
const read = (file: string | undefined) => readFileSync(file ?? '', 'utf8')
const credentials = { caPem: read(values.ca), certificatePem: read(values.cert), keyPem: read(values.key) }

async function startOurs(): Promise<void> {
  const broker = await createBroker({
    folder: `${folder}/broker`,
    clock: systemClock,
    log: silentLog,
    tls: { port: Number(port), host: '127.0.0.1', credentials },
  })
  console.log(broker.ports.tls)
}

async function startBare(): Promise<void> {
  const aedes = new Aedes({ concurrency: 0 })
  await aedes.listen()
  const { caPem: ca, certificatePem: cert, keyPem: key } = credentials
  const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, aedes.handle)
  server.listen(Number(port), '127.0.0.1', () => console.log((server.address() as { readonly port: number }).port))
}

await (values.kind === 'bare' ? startBare() : startOurs())
