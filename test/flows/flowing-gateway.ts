// A whole gateway with flows for tests: `musubi edge` as a process, a hub, and a plant on Modbus whose tables a test moves and reads.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../broker/contract/ports.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { temporaryFolder } from '../edge/outbox-fixture.ts'
import { ScriptedHub } from '../edge/scripted-hub.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'

const profile = `id: plant
driver: modbus
label: { ja: 設備, en: Plant }
channels:
  - { id: water-level, source: { table: input, address: 0, type: uint16 }, scale: 0.001, unit: m, label: { ja: 水位, en: Water level } }
  - { id: pump-current, source: { table: input, address: 1, type: uint16 }, scale: 0.01, unit: A, label: { ja: 電流, en: Pump current } }
  - { id: people, source: { table: input, address: 2, type: uint16 }, unit: count, label: { ja: 人数, en: People } }
  - { id: pass, source: { table: input, address: 3, type: uint16 }, unit: /, label: { ja: 合否, en: Verdict } }
  - { id: parts, source: { table: input, address: 4, type: uint16 }, unit: count, label: { ja: 検査数, en: Parts } }
  - { id: stop-button, source: { table: discrete, address: 0, type: bit }, unit: /, label: { ja: 停止, en: Stop button } }
  - { id: pump-relay, source: { table: coil, address: 0, type: bit }, unit: /, label: { ja: ポンプ, en: Pump } }
  - { id: reject-relay, source: { table: coil, address: 1, type: bit }, unit: /, label: { ja: 排出, en: Reject } }
  - { id: lamp-level, source: { table: holding, address: 0, type: uint16 }, unit: percent, label: { ja: 調光, en: Lamp level } }
`

/** The tables of the plant, by the names of its channels; numbers are raw. */
export interface Plant {
  readonly inputs: { waterLevel: number; pumpCurrent: number; people: number; pass: number; parts: number }
  /** False: the input registers do not answer; outputs still do. */
  isReadable: boolean
  stopButton: boolean
  readonly coils: boolean[]
  lampLevel: number
  /** Everything that was written, in order. */
  readonly writes: { readonly what: 'pump' | 'reject' | 'lamp'; readonly value: number }[]
}

function createPlant(): Plant {
  return {
    inputs: { waterLevel: 500, pumpCurrent: 0, people: 0, pass: 1, parts: 0 },
    isReadable: true,
    stopButton: false,
    coils: [false, false],
    lampLevel: 0,
    writes: [],
  }
}

function slaveOf(plant: Plant) {
  const range = <T>(count: number, at: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => at(index))
  return {
    input(address: number, count: number) {
      if (!plant.isReadable) return undefined
      const { waterLevel, pumpCurrent, people, pass, parts } = plant.inputs
      const table = [waterLevel, pumpCurrent, people, pass, parts]
      return range(count, (index) => table[address + index] ?? 0)
    },
    holding: (_address: number, count: number) => range(count, () => plant.lampLevel),
    discrete: (_address: number, count: number) => range(count, () => plant.stopButton),
    coils: (address: number, count: number) => range(count, (index) => plant.coils[address + index] ?? false),
    writeHolding(_address: number, value: number) {
      plant.lampLevel = value
      plant.writes.push({ what: 'lamp', value })
      return true
    },
    writeCoil(address: number, value: boolean) {
      plant.coils[address] = value
      plant.writes.push({ what: address === 0 ? 'pump' : 'reject', value: Number(value) })
      return true
    },
  }
}

export interface FlowingGateway {
  readonly hub: ScriptedHub
  readonly plant: Plant
  readonly bus: ModbusServer
  readonly program: Program
  readonly folder: string
  /** Values of a counter or gauge of `/metrics` by their whole name, reason included. */
  metric(name: string): Promise<number>
  /** Waits until `ask` is true; every wait has this one limit. */
  until(what: string, ask: () => boolean | Promise<boolean>): Promise<void>
  stop(): Promise<void>
}

/** A watchdog, far over what a busy machine needs. */
const limitMs = 25_000

/** `flows`: the section of gateway.yaml without `file`, as YAML lines. `nodes`: the flows; none: no section at all. */
export async function startFlowingGateway(given: {
  readonly nodes?: readonly object[] | undefined
  readonly flows?: string
  readonly more?: string
  readonly intervalS?: number
}): Promise<FlowingGateway> {
  const folder = temporaryFolder()
  const hub = new ScriptedHub()
  await hub.start()
  const plant = createPlant()
  const slaves = new Map([[1, slaveOf(plant)]])
  const bus = await serveModbusTcp({ framing: 'tcp', port: 0, slaves, clock: systemClock })
  mkdirSync(join(folder.path, 'data'))
  writeFileSync(join(folder.path, 'plant.yaml'), profile)
  writeFileSync(join(folder.path, 'gateway.yaml'), gatewayFile(given, { hub: hub.url, port: bus.port }))
  if (given.nodes !== undefined) writeFileSync(join(folder.path, 'flows.json'), JSON.stringify(given.nodes))
  const program = startProgram(['edge', '--config', join(folder.path, 'gateway.yaml'), '--log', 'info'])
  const stop = async (): Promise<void> => {
    await program.end('SIGTERM')
    await bus.close()
    await hub.stop()
    folder.remove()
  }
  try {
    const { healthPort } = await program.logged('the gateway agent runs')
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${String(healthPort)}/metrics`)).text()
      const line = text.split('\n').find((one) => one.startsWith(`musubi_edge_${name} `))
      return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? 0)
    }
    const wait = (what: string, ask: () => boolean | Promise<boolean>): Promise<void> =>
      until(what, limitMs, async () => ((await ask()) ? true : undefined)).then(() => undefined)
    return { hub, plant, bus, program, folder: folder.path, metric, until: wait, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function gatewayFile(
  { nodes, flows = '', more = '', intervalS = 0.1 }: Parameters<typeof startFlowingGateway>[0],
  { hub, port }: { readonly hub: string; readonly port: number },
): string {
  return `tenant: test
gateway: gateway-1
data: ./data
hub: { url: "${hub}" }
uplink: { reconnectBaseMs: 20, reconnectCapMs: 100 }
health: { intervalS: 1, port: 0 }
connections:
  - { id: bus, type: modbus-tcp, host: 127.0.0.1, port: ${port} }
devices:
  - { id: plant, connection: bus, profile: plant.yaml, address: { unitId: 1 }, intervalS: ${intervalS}, timeoutMs: 2000, retries: 0 }
${nodes === undefined ? '' : `flows:\n  file: flows.json\n${flows}`}
${more}
`
}

let made = 0

/** A flow of one tab; each node's `wires` name other nodes of it. */
export function tabOf(...nodes: readonly object[]): readonly object[] {
  made += 1
  const z = `tab-${made}`
  return [
    { id: z, type: 'tab', label: 'test' },
    ...nodes.map((node, index) => ({ z, x: 200, y: 60 + 40 * index, wires: [[]], ...node })),
  ]
}
