// `musubi field`: the simulated field as a program of its own, so that gateways meet it only over its protocols.
import { parseArgs } from 'node:util'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { systemClock } from '../../broker/contract/ports.ts'
import { FieldFault } from '../../firmware-bridge/simulators/field-fault.ts'
import { startField, type Field, type FieldPorts } from '../../firmware-bridge/simulators/field.ts'
import { fieldSeed } from '../../firmware-bridge/simulators/kimitsu.ts'

const usage = `Usage: musubi field [--seed N] [--time-lapse N] [--origin-ms N] [--weather-path TTY] [--ports JSON]
  Simulates paddies, a weather station, streetlights, access points and an inspection line on loopback ports, and prints these as one line
  of JSON. --ports takes such a line, to come back on the same ports. Started with an IPC channel it sends
  {"type":"ready","ports":…} and takes {"type":"inject"|"clear","fault":…}.`

const PortNumber = Type.Integer({ minimum: 0, maximum: 65_535 })
const PortsArgument = Type.Object({
  paddyBus: PortNumber,
  weather: Type.Optional(PortNumber),
  cabinets: Type.Array(PortNumber),
  accessPoints: Type.Array(PortNumber),
  line: Type.Object({ camera: PortNumber, io: PortNumber }),
  lakeside: PortNumber,
})

/** What the parent may send. */
const FieldCommand = Type.Object({
  type: Type.Union([Type.Literal('inject'), Type.Literal('clear')]),
  fault: FieldFault,
})
export type FieldCommand = Static<typeof FieldCommand>

/** What the parent gets when every device listens. */
export interface FieldReady {
  readonly type: 'ready'
  readonly ports: FieldPorts
}

/** Runs until SIGTERM, SIGINT or the parent's end. Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (options === undefined) {
    console.error(usage)
    return args.includes('--help') ? 0 : 2
  }
  const stopped = stopRequest()
  const field = await startField({ ...options, clock: systemClock })
  process.on('message', (message) => obey(field, message))
  const ready: FieldReady = { type: 'ready', ports: field.ports }
  if (process.send === undefined) console.log(JSON.stringify(field.ports))
  else process.send(ready)
  await stopped
  await field.close()
  if (process.connected) process.disconnect()
  return 0
}

function parse(args: readonly string[]) {
  try {
    const option = { type: 'string' } as const
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: option,
        'time-lapse': option,
        'origin-ms': option,
        'weather-path': option,
        ports: option,
      },
    })
    const [seed, timeLapse, originMs] = [
      Number(values.seed ?? fieldSeed),
      Number(values['time-lapse'] ?? 1),
      Number(values['origin-ms'] ?? systemClock.now()),
    ]
    if (!Number.isInteger(seed) || !Number.isFinite(originMs) || !(timeLapse >= 1)) return undefined
    return { seed, timeLapse, originMs, weatherPath: values['weather-path'], ports: parsePorts(values.ports) }
  } catch {
    return undefined
  }
}

function parsePorts(text: string | undefined): FieldPorts | undefined {
  if (text === undefined) return undefined
  const { weather, ...others } = Value.Parse(PortsArgument, JSON.parse(text))
  return { weather, ...others }
}

function obey(field: Field, message: unknown): void {
  try {
    const { type, fault } = Value.Parse(FieldCommand, message)
    field[type](fault)
  } catch (thrown) {
    console.error(`musubi field: refused a message: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

/** Resolves at the first signal, or when the parent is gone; a second signal ends at once. */
async function stopRequest(): Promise<void> {
  await new Promise<void>((resolve) => {
    let asked = false
    const ask = (): void => {
      if (asked) process.exit(130)
      asked = true
      resolve()
    }
    process.on('SIGTERM', ask)
    process.on('SIGINT', ask)
    process.on('disconnect', resolve)
  })
}
