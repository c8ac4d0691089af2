// From a verdict to the relay: the inspection loop's write beside the bare Modbus write to the same simulated module.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import { Inspection } from '../edge/cameras/inspection.ts'
import { createSorter } from '../edge/cameras/sorter.ts'
import { createCounters } from '../edge/counters.ts'
import { FrameSlot } from '../firmware-bridge/cameras/frame-slot.ts'
import { openModbusIo } from '../firmware-bridge/line-io/modbus-io.ts'
import { serveModbusTcp } from '../firmware-bridge/simulators/modbus/modbus-server.ts'
import { percentile, printReport } from './report.ts'

const targetMs = 50
const unitId = 1
const coil = 0

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { parts: { type: 'string' } } })
  const parts = Number(values.parts ?? 2000)
  const server = await serveModbusTcp({
    framing: 'tcp',
    port: 0,
    clock: systemClock,
    slaves: new Map([
      [
        unitId,
        {
          coils: (_address: number, count: number) => Array.from({ length: count }, () => false),
          writeCoil: () => true,
        },
      ],
    ]),
  })
  try {
    const bareMs = await bareWrites(server.port, parts)
    const quietMs = await inspectedParts(server.port, parts, undefined)
    const polledMs = await inspectedParts(server.port, parts, 5)
    report({ bareMs, quietMs, polledMs })
  } finally {
    await server.close()
  }
}

/** Request and echo of function 05 on a plain socket. */
async function bareWrites(port: number, parts: number): Promise<readonly number[]> {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  const times: number[] = []
  for (let part = 0; part < parts; part += 1) {
    const request = Buffer.from([0, 0, 0, 0, 0, 6, unitId, 5, 0, coil, part % 2 === 0 ? 0xff : 0, 0])
    request.writeUInt16BE(part % 0x1_0000, 0)
    const beganMs = performance.now()
    socket.write(request)
    await once(socket, 'data')
    times.push(performance.now() - beganMs)
  }
  socket.destroy()
  return times
}

/** The verdict's way through inspection, sorter and module; `pollMs`: an input of the same module is polled meanwhile. */
async function inspectedParts(port: number, parts: number, pollMs: number | undefined): Promise<readonly number[]> {
  const io = openModbusIo({ host: '127.0.0.1', port }, { clock: systemClock, log: silentLog })
  const input =
    pollMs === undefined
      ? undefined
      : io.trigger({ unitId, table: 'coil', address: 1, edge: 'rising', pollMs, debounceMs: 10 }, () => undefined)
  const ports = { clock: systemClock, log: silentLog, counters: createCounters() }
  const sorter = createSorter(
    { signals: 'reject', pulseMs: 0, failSafe: 'hold' },
    { ...ports, relay: io.relay({ unitId, coil }) },
  )
  const slot = new FrameSlot()
  slot.open()
  const times: number[] = []
  let stored: () => void = () => undefined
  const inspection = new Inspection(
    { id: 'line-1', limitMs: 5000 },
    {
      ...ports,
      reader: slot.reader(),
      sorter,
      inspector: { inspect: async () => ({ pass: times.length % 2 === 0, score: 0.5 }) },
      deliver(outcome) {
        const measurements = 'measurements' in outcome ? outcome.measurements : []
        times.push(Number(measurements.find(({ channel }) => channel === 'relay-latency')?.value) * 1000)
        stored()
      },
    },
  )
  while (times.length < parts) {
    const done = new Promise<void>((resolve) => (stored = resolve))
    inspection.trigger(performance.now())
    void slot.put(frame(times.length), () => undefined)
    await done
    // Parts come when they come, not in step with the polls.
    await new Promise((resolve) => void setTimeout(resolve, Math.random() * 6))
  }
  await input?.close()
  await inspection.stop()
  await io.close()
  return times
}

function frame(seq: number) {
  return {
    camera: 'camera-1',
    seq,
    timeMs: Date.now(),
    timeSource: 'arrival',
    exposedMs: performance.now(),
    bytes: Buffer.alloc(0),
    format: 'jpeg',
    widthPx: 1,
    heightPx: 1,
    exposure: {},
  } as const
}

function report(measured: {
  readonly bareMs: readonly number[]
  readonly quietMs: readonly number[]
  readonly polledMs: readonly number[]
}): void {
  const row = (name: string, times: readonly number[]) => [
    name,
    ...[0.5, 0.9, 0.99, 1].map((share) => percentile(times, share).toFixed(2)),
  ]
  const { bareMs, quietMs, polledMs } = measured
  printReport({
    bench: 'camera',
    figure: 'verdict to relay',
    columns: ['ms', 'p50', 'p90', 'p99', 'max'],
    rows: [
      row('bare Modbus write', bareMs),
      row('verdict to relay', quietMs),
      row('verdict to relay, input polled every 5 ms', polledMs),
    ],
    results: {
      bareP50Ms: percentile(bareMs, 0.5),
      relayP50Ms: percentile(polledMs, 0.5),
      relayP99Ms: percentile(polledMs, 0.99),
      relayMaxMs: percentile(polledMs, 1),
      targetMs,
      met: percentile(polledMs, 1) <= targetMs,
    },
  })
}
