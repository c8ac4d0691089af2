// S10: from the picture of a label to the gateway's first reading at the hub, by a phone alone, beside what no program can do without.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { systemClock } from '../broker/contract/ports.ts'
import type { RawReadings } from '../cloud/http/schemas.ts'
import type { SetupDraft } from '../edge/local-page/setup/setup-draft.ts'
import { serveModbusTcp } from '../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { generateKeyPair } from '../provisioning/certificates.ts'
import { printLabels, readLabel } from '../test/field/printed-label.ts'
import { openSetupPhone } from '../test/field/setup-phone.ts'
import { startProgram } from '../test/programs/program.ts'
import { startHubProgram, type HubProgram } from './load/hub-program.ts'
import { median, printReport } from './report.ts'

const musubi = fileURLToPath(new URL('../bin/musubi.ts', import.meta.url))
const targetS = 20
const limitMs = 60_000
/** Of enrolment: the CA, the certificate, the CAs between. And one to the broker. */
const handshakes = 4
const tenant = 'kimitsu'
const profile = 'qdy30a-level-temperature'
const code = 'kusa-to-mizu'
/** A probe in 6.0 cm of water at 14.8 degrees. */
const registers = [1, 3, 8, 1, 600, 0, 148, 500]

/** In the order in which they come; together they are the whole. */
const phases = {
  scan: 'the code is read from the picture',
  setup: '`musubi setup` starts in an empty folder, until its page answers',
  page: 'the page, its style and scripts, by HTTP',
  enrol: 'the claim: key, CA, certificate, files',
  devices: 'the profiles to choose from',
  try: 'the device is read once, as a trial',
  finish: 'the configuration is written, the code hashed',
  reading: 'the agent, until its first reading is in the API',
} as const
type Phase = keyof typeof phases
type Journey = Readonly<Record<Phase, number>>

/** What is left when every program of ours is taken away, each measured here. */
interface Floor {
  readonly startsMs: number
  readonly keyMs: number
  readonly handshakesMs: number
}

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { rounds: text, interval: text } })
  const intervalS = Number(values.interval ?? 1)
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const data = join(folder, 'hub')
  const hub = await startHubProgram({ data })
  const slaves = new Map([[1, { holding: sparseTable(new Map(registers.entries())) }]])
  const probe = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
  const journeys: Journey[] = []
  const floors: Floor[] = []
  try {
    const gateways = Array.from({ length: Number(values.rounds ?? 7) }, (_, round) => `box-${round}`)
    // Printed in the office, days before.
    const address = `127.0.0.1:${hub.estPort}`
    const pictures = await printLabels({ musubi, data, hub: address, tenant, gateways, folder })
    for (const [index, gateway] of gateways.entries()) {
      const draft = draftOf(gateway, { port: probe.port, intervalS })
      journeys.push(await bringIntoService(hub, { at: join(folder, gateway), picture: pictures[index]!, draft }))
      floors.push(await measureFloor(hub))
    }
  } finally {
    await probe.close()
    await hub.end('SIGTERM')
    await rm(folder, { recursive: true })
  }
  report(journeys, floors, intervalS)
}

/** What the engineer would type: one probe in one field. */
function draftOf(name: string, { port, intervalS }: { readonly port: number; readonly intervalS: number }): SetupDraft {
  const settings = { host: '127.0.0.1', port }
  return {
    name,
    kind: 'paddy',
    position: { lat: 35.29, lon: 139.95 },
    devices: [{ profile, type: 'modbus-tcp', settings, address: { unitId: 1 }, intervalS }],
  }
}

async function bringIntoService(
  hub: HubProgram,
  box: { readonly at: string; readonly picture: Uint8Array; readonly draft: SetupDraft },
): Promise<Journey> {
  await mkdir(box.at)
  const times = new Map<Phase, number>()
  const timed = async <T>(phase: Phase, work: () => Promise<T>): Promise<T> => {
    const fromMs = performance.now()
    const result = await work()
    times.set(phase, performance.now() - fromMs)
    return result
  }
  const claim = await timed('scan', () => readLabel(box.picture))
  const flags = ['--host', '127.0.0.1', '--port', '0', '--mqtts-port', String(hub.mqttsPort)]
  const { gateway, page } = await timed('setup', async () => {
    const program = startProgram(['setup', box.at, ...flags])
    return { gateway: program, page: await program.logged('the setup page is open') }
  })
  try {
    const phone = openSetupPhone(`http://127.0.0.1:${Number(page['port'])}`)
    await timed('page', () => phone.load())
    const id = await timed('enrol', () => phone.claim(claim))
    const known = await timed('devices', () => phone.profiles())
    if (!known.includes(profile)) throw new Error(`the page offers no ${profile}`)
    const findings = await timed('try', () => phone.try(box.draft))
    if (findings.some(({ state }) => state === 'fail')) throw new Error(`the trial failed: ${JSON.stringify(findings)}`)
    await timed('finish', () => phone.finish(box.draft, code))
    await timed('reading', () => firstReading(hub, `${id}/${profile}-1:water-level`))
  } finally {
    await gateway.end('SIGTERM')
  }
  return Object.fromEntries(times) as Record<Phase, number>
}

async function firstReading(hub: HubProgram, series: string): Promise<void> {
  const url = `http://127.0.0.1:${hub.httpPort}/api/v1/series/${encodeURIComponent(series)}/readings?from=0&limit=1`
  const endMs = performance.now() + limitMs
  while (performance.now() < endMs) {
    const response = await fetch(url)
    const answer = (await response.json()) as Partial<RawReadings>
    if (response.ok && (answer.time ?? []).length > 0) return
    await pause(10)
  }
  throw new Error(`no reading of ${series} came within ${limitMs / 1000} s`)
}

async function measureFloor(hub: HubProgram): Promise<Floor> {
  const took = async (work: () => Promise<unknown>): Promise<number> => {
    const fromMs = performance.now()
    await work()
    return performance.now() - fromMs
  }
  const start = () => once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
  const shakeHands = async (): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port: hub.estPort, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    socket.destroy()
  }
  return {
    startsMs: (await took(start)) + (await took(start)),
    keyMs: await took(generateKeyPair),
    handshakesMs: (await took(shakeHands)) * handshakes,
  }
}

function report(journeys: readonly Journey[], floors: readonly Floor[], intervalS: number): void {
  const seconds = (ms: number) => Number((ms / 1000).toFixed(2))
  const row = (title: string, times: readonly number[]) => [
    title,
    (median(times) / 1000).toFixed(3),
    `${(Math.min(...times) / 1000).toFixed(3)}–${(Math.max(...times) / 1000).toFixed(3)}`,
  ]
  const order = Object.keys(phases) as Phase[]
  const whole = journeys.map((journey) => order.reduce((sum, phase) => sum + journey[phase], 0))
  const bare = floors.map(({ startsMs, keyMs, handshakesMs }) => startsMs + keyMs + handshakesMs)
  const part = (title: string, take: (floor: Floor) => number) => row(`… ${title}`, floors.map(take))
  const rows = [
    row('picture of the label → first reading at the hub', whole),
    ...order.map((phase) =>
      row(
        `… ${phases[phase]}`,
        journeys.map((journey) => journey[phase]),
      ),
    ),
    row('without our programs', bare),
    part('two starts of bare Node', ({ startsMs }) => startsMs),
    part('a P-256 key', ({ keyMs }) => keyMs),
    part(`${handshakes} TLS handshakes`, ({ handshakesMs }) => handshakesMs),
    ['poll interval of the device', intervalS.toFixed(3), ''],
  ]
  const results = {
    medianS: seconds(median(whole)),
    maxS: seconds(Math.max(...whole)),
    floorS: seconds(median(bare)),
    intervalS,
    targetS,
    rounds: whole.length,
  }
  printReport({ bench: 'first-reading', figure: 'S10', columns: ['seconds', 'median', 'range'], rows, results })
}
