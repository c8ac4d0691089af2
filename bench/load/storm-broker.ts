// A broker behind mutual TLS for bench/reconnects.ts, ours or aedes as it comes; keeps what it took in a file, as a store would.
import { openSync, readFileSync, writeSync } from 'node:fs'
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
/** Written before the PUBACK, so that what was acknowledged outlives a kill. */
const taken = openSync(`${folder}/taken`, 'a')

async function startOurs(): Promise<void> {
  const broker = await createBroker({
    folder: `${folder}/broker`,
    clock: systemClock,
    log: silentLog,
    tls: { port: Number(port), host: '127.0.0.1', credentials },
    tap: ({ payload }) => {
      writeSync(taken, payload)
      return undefined
    },
  })
  console.log(broker.ports.tls)
}

async function startBare(): Promise<void> {
  const aedes = new Aedes({ concurrency: 0 })
  await aedes.listen()
  aedes.authorizePublish = (_, { payload }, done) => {
    writeSync(taken, payload as Buffer)
    done(null)
  }
  const { caPem: ca, certificatePem: cert, keyPem: key } = credentials
  const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, aedes.handle)
  server.listen(Number(port), '127.0.0.1', () => console.log((server.address() as { readonly port: number }).port))
}

await (values.kind === 'bare' ? startBare() : startOurs())
