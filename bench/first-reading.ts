// S10: from the text of a label to the gateway's first reading at the hub, beside what no program can do without.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { nodeFlags } from '../bin/node-flags.ts'
import { authorityFolder } from '../bin/commands/ca.ts'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import type { RawReadings } from '../cloud/http/schemas.ts'
import { openAuthority } from '../provisioning/authority.ts'
import { generateKeyPair } from '../provisioning/certificates.ts'
import { writeClaimText } from '../provisioning/est/claim-text.ts'
import { EnrolmentStore } from '../provisioning/est/enrolment-store.ts'
import { hashOfCertificate } from '../provisioning/est/est-client.ts'
import { startProgram } from '../test/programs/program.ts'
import { startHubProgram, type HubProgram } from './load/hub-program.ts'
import { createRegisterGateway, registerTenant, type RegisterGateway } from './load/register-gateway.ts'
import { median, printReport } from './report.ts'

const musubi = fileURLToPath(new URL('../bin/musubi.ts', import.meta.url))
const targetS = 20
const limitMs = 60_000
const dayMs = 86_400_000
/** Of enrolment: the CA, the certificate, the CAs between. And one to the broker. */
const handshakes = 4

interface Journey {
  readonly enrolMs: number
  /** From the start of the agent to the reading at the hub. */
  readonly readingMs: number
}

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
  const hub = await startHubProgram({ data: join(folder, 'hub') })
  const journeys: Journey[] = []
  const floors: Floor[] = []
  try {
    for (let round = 0; round < Number(values.rounds ?? 7); round += 1) {
      const gateway = `box-${round}`
      const at = join(folder, gateway)
      // What the profile of the claim stands for: which devices hang on the gateway is known before it is mounted.
      const prepared = await createRegisterGateway({ folder: at, hub, gateway, intervalS, unprovisioned: true })
      prepared.set(round + 1)
      try {
        journeys.push(await bringIntoService(hub, prepared, { at, claim: await newClaim(hub, gateway) }))
      } finally {
        await prepared.close()
      }
      floors.push(await measureFloor(hub))
    }
  } finally {
    await hub.end('SIGTERM')
    await rm(folder, { recursive: true })
  }
  report(journeys, floors, intervalS)
}

async function newClaim(hub: HubProgram, gateway: string): Promise<string> {
  const folder = authorityFolder(hub.data)
  const authority = await openAuthority({ folder, clock: systemClock, log: silentLog })
  const store = new EnrolmentStore(folder, systemClock)
  try {
    const identity = { tenant: registerTenant, gateway }
    const expiresMs = systemClock.now() + dayMs
    const [claim] = store.createClaims([{ identity, site: '', profile: '', expiresMs }])
    const { id, secret } = claim!
    const caHash = hashOfCertificate(authority.caPem)
    return writeClaimText({ hub: `127.0.0.1:${hub.estPort}`, caHash, claim: id, secret, identity })
  } finally {
    store.close()
  }
}

async function bringIntoService(
  hub: HubProgram,
  gateway: RegisterGateway,
  { at, claim }: { readonly at: string; readonly claim: string },
): Promise<Journey> {
  const startMs = performance.now()
  await promisify(execFile)(process.execPath, [musubi, 'enrol', '--claim', claim, '--out', at])
  const enrolledMs = performance.now()
  const edge = startProgram(['edge', '--config', gateway.configFile], { nodeFlags: nodeFlags.edge })
  try {
    await firstReading(hub, gateway.series)
    return { enrolMs: enrolledMs - startMs, readingMs: performance.now() - enrolledMs }
  } finally {
    await edge.end('SIGTERM')
  }
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
  const whole = journeys.map(({ enrolMs, readingMs }) => enrolMs + readingMs)
  const bare = floors.map(({ startsMs, keyMs, handshakesMs }) => startsMs + keyMs + handshakesMs)
  const rows = [
    row('label text → first reading at the hub', whole),
    row(
      '… musubi enrol: key, CA, certificate, files',
      journeys.map(({ enrolMs }) => enrolMs),
    ),
    row(
      '… musubi edge: start to the reading stored',
      journeys.map(({ readingMs }) => readingMs),
    ),
    row('without our programs', bare),
    row(
      '… two starts of bare Node',
      floors.map(({ startsMs }) => startsMs),
    ),
    row(
      '… a P-256 key',
      floors.map(({ keyMs }) => keyMs),
    ),
    row(
      `… ${handshakes} TLS handshakes`,
      floors.map(({ handshakesMs }) => handshakesMs),
    ),
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
