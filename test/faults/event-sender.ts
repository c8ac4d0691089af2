// The victim of event-faults.test.ts: pipeline, outbox and uplink of a gateway, which emit numbered events until they are killed.
import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import { DeviceChannels } from '../../edge/device-channels.ts'
import { Outbox } from '../../edge/outbox/outbox.ts'
import { createPipeline } from '../../edge/pipeline.ts'
import { Uplink, uplinkDefaults } from '../../edge/uplink/uplink.ts'
import { outboxOptions } from '../edge/outbox-fixture.ts'

const [folder = '.', port = '0', first = '1'] = process.argv.slice(2)
const read = (name: string): Buffer => readFileSync(join(folder, name))
const counters = createCounters()
const dependencies = { clock: systemClock, log: silentLog, counters }
const outbox = new Outbox({ path: join(folder, 'outbox.sqlite'), ...outboxOptions }, dependencies)
const channels = new DeviceChannels(() => undefined)
const pipeline = createPipeline({ devices: new Map(), channels, scorer: undefined, outbox, ...dependencies })
const uplink = new Uplink(
  {
    ...uplinkDefaults,
    reconnectBaseMs: 50,
    reconnectCapMs: 500,
    ackTimeoutMs: 2000,
    identity: { tenant: 'test', gateway: 'eventful' },
    hub: {
      url: `mqtts://localhost:${port}`,
      ca: read('ca.cert.pem'),
      certificate: read('gateway.cert.pem'),
      key: read('gateway.key.pem'),
    },
  },
  {
    outbox,
    ...dependencies,
    random: Math.random,
    status: (state) => ({
      v: 1,
      state: state === 'online' ? 'online' : 'offline',
      timeMs: Date.now(),
      epoch: outbox.epoch,
    }),
  },
)
uplink.start()

let next = Number(first)
function emit(): void {
  const picture = Uint8Array.from([0xff, 0xd8, 0xff, ...Buffer.from(`picture of part ${next} `.repeat(50))])
  const model = { id: 'counter', version: '1.0.0' }
  const event = { kind: 'inspection', source: 'line-1', timeMs: Date.now(), model, score: next, class: null } as const
  pipeline.emitEvent({ ...event, state: 'pass', latencyMs: 0 }, picture)
  writeSync(1, `${next} ${performance.now()}\n`)
  next += 1
  setTimeout(emit, 10)
}
emit()
