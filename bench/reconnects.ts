// S8: thousands of mutual-TLS gateways come back at once after the hub was killed, beside aedes as it comes and Debian's mosquitto.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { authorityFolder } from '../bin/commands/ca.ts'
import type { GatewayItem } from '../cloud/http/schemas.ts'
import { startHubProgram } from './load/hub-program.ts'
import { makeCertificates, type ManyCertificates, stormTenant } from './load/many-certificates.ts'
import { startMosquitto } from './load/mosquitto.ts'
import { cpuUsOf } from './load/process-usage.ts'
import type { StormOrder, StormReport } from './load/storm-messages.ts'
import { compareStored, type StoredStorm } from './load/storm-stored.ts'
import { median, percentile, printReport } from './report.ts'

const serverCore = '0'
const clientCore = '1'
/** The readings are a little older than the storm, so that none lies in the hub's future. */
const readingsAgeMs = 600_000

/**
 * `full`: a hub whose gateways have lost their TLS sessions. `broker`: ours without the rest of a hub. `aedes`: the easiest load
 * for it, since with retained births it looks through all of them at each SUBSCRIBE, which is `retained`.
 */
const variants = ['hub', 'full', 'broker', 'aedes', 'retained', 'mosquitto'] as const
type Variant = (typeof variants)[number]
const titles: Readonly<Record<Variant, string>> = {
  hub: 'musubi hub, readings stored and acknowledged',
  full: 'the same, no TLS session to resume',
  broker: 'musubi broker alone, PUBACK',
  aedes: 'aedes as it comes, births not retained, PUBACK',
  retained: 'aedes as it comes, the same messages, PUBACK',
  mosquitto: 'mosquitto, PUBACK',
}

interface Storm {
  readonly variant: Variant
  /** From the kill until the server listens again. */
  readonly downMs: number
  readonly allBackMs: number
  readonly medianMs: number
  readonly resumed: number
  readonly attempts: number
  readonly serverCpuUs: number
  readonly clientCpuUs: number
  /** Undefined where nothing is stored. */
  readonly stored: StoredStorm | undefined
  /** Gateways that the hub's API shows as online, in the end. */
  readonly online: number | undefined
}

interface Server {
  readonly port: number
  pid(): number | undefined
  /** SIGKILL, then the same again on the same port and the same data. */
  restart(): Promise<void>
  online(): Promise<number | undefined>
  end(): Promise<void>
}

interface ServerStart {
  /** A folder of its own. */
  readonly at: string
  readonly files: string
  /** Of Node, at the start after the kill. */
  readonly flags: readonly string[]
}

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const options = { clients: text, rounds: text, only: text, profile: text } as const
  const { values } = parseArgs({ args: [...args], options })
  const count = Number(values.clients ?? 5000)
  const chosen = variants.filter((variant) => values.only === undefined || values.only.split(',').includes(variant))
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const storms: Storm[] = []
  try {
    const certificates = await prepare(folder, count)
    for (let round = 0; round < Number(values.rounds ?? 3); round += 1) {
      // In turn and back, so that a slow minute of a shared machine hits all.
      for (const variant of round % 2 === 0 ? chosen : chosen.toReversed()) {
        const at = join(folder, `${round}-${variant}`)
        await mkdir(at)
        const flags = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}/${variant}`]
        storms.push(await storm(variant, { at, files: certificates.folder, flags }, certificates))
        await rm(at, { recursive: true })
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  report(storms, count)
}

type Files = ManyCertificates & { readonly folder: string }

async function prepare(folder: string, count: number): Promise<Files> {
  const certificates = await makeCertificates(join(folder, 'authority'), count)
  const server = await certificates.authority.serverCredentials({ names: [] })
  await writeFile(join(folder, 'ca.pem'), server.caPem)
  await writeFile(join(folder, 'server.cert.pem'), server.certificatePem)
  await writeFile(join(folder, 'server.key.pem'), server.keyPem)
  return { ...certificates, folder }
}

const startOf: Readonly<Record<Variant, (given: ServerStart) => Promise<Server>>> = {
  hub: startHub,
  full: startHub,
  broker: (given) => startAlone('ours', given),
  aedes: (given) => startAlone('bare', given),
  retained: (given) => startAlone('bare', given),
  mosquitto: startPeer,
}

async function storm(variant: Variant, given: ServerStart, certificates: Files): Promise<Storm> {
  const { caPem, keyPem, certificatePems, gateways } = certificates
  const isHub = variant === 'hub' || variant === 'full'
  const startMs = Date.now() - readingsAgeMs
  const server = await startOf[variant](given)
  const clients = startClients()
  try {
    const how = { startMs, acknowledgedBy: isHub ? 'hub' : 'puback', retainBirth: variant !== 'aedes' } as const
    const setup = { caPem, keyPem, certificatePems, tenant: stormTenant, gateways, ...how }
    await clients.tell({ kind: 'setup', setup, port: server.port }, 'ready')
    await clients.tell({ kind: 'connect', atOnce: 200, resume: false }, 'connected')
    await clients.tell({ kind: 'say' }, 'said')
    const killedMs = performance.now()
    await server.restart()
    const downMs = performance.now() - killedMs
    const before = await cpuUsOf(server.pid())
    const order = { kind: 'connect', atOnce: gateways.length, resume: variant !== 'full' } as const
    const { backMs, resumed, attempts, cpuUs: clientCpuUs } = await clients.tell(order, 'connected')
    const serverCpuUs = (await cpuUsOf(server.pid())) - before
    const online = await server.online()
    const { through } = await clients.tell({ kind: 'end' }, 'sent')
    await server.end()
    const stored = isHub ? await compareStored(given.at, { gateways, through, startMs }) : undefined
    const [allBackMs, medianMs] = [Math.max(...backMs), median(backMs)]
    return { variant, downMs, allBackMs, medianMs, resumed, attempts, serverCpuUs, clientCpuUs, stored, online }
  } finally {
    clients.process.kill('SIGKILL')
    await server.end()
  }
}

/** A real `musubi hub`, whose authority is the one of the certificates. */
async function startHub({ at, files, flags }: ServerStart): Promise<Server> {
  await cp(join(files, 'authority'), authorityFolder(at), { recursive: true })
  const hub = await startHubProgram({ data: at, nodeFlags: flags })
  const pin = () => promisify(execFile)('taskset', ['-a', '-p', '-c', serverCore, String(hub.pid())])
  await pin()
  return {
    port: hub.mqttsPort,
    pid: () => hub.pid(),
    async restart() {
      await hub.end('SIGKILL')
      await hub.start()
      await pin()
    },
    async online() {
      const response = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/gateways`)
      const { items } = (await response.json()) as { readonly items: readonly GatewayItem[] }
      return items.filter(({ state }) => state === 'online').length
    },
    end: () => hub.end('SIGTERM'),
  }
}

/** bench/load/storm-broker.ts. */
async function startAlone(kind: 'ours' | 'bare', { at, files, flags }: ServerStart): Promise<Server> {
  const [ca, cert, key] = ['ca.pem', 'server.cert.pem', 'server.key.pem'].map((name) => join(files, name))
  const start = async (port: number, more: readonly string[]) => {
    const node = ['-c', serverCore, process.execPath, '--max-semi-space-size=64', ...more]
    const words = [join(import.meta.dirname, 'load/storm-broker.ts'), '--kind', kind, '--folder', at]
    const tls = ['--ca', ca!, '--cert', cert!, '--key', key!, '--port', String(port)]
    const child = spawn('taskset', [...node, ...words, ...tls], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    return { process: child, port: Number(line.toString()) }
  }
  return await restarted(await start(0, []), (port) => start(port, flags))
}

async function startPeer({ at, files }: ServerStart): Promise<Server> {
  const [ca, cert, key] = ['ca.pem', 'server.cert.pem', 'server.key.pem'].map((name) => join(files, name))
  // As root it would become another user, who may not read the key.
  const certificates = ['user root', `cafile ${ca}`, `certfile ${cert}`, `keyfile ${key}`]
  const more = [...certificates, 'require_certificate true', 'log_dest none']
  const file = join(at, 'mosquitto')
  return await restarted(await startMosquitto(file, serverCore, { more }), (port) =>
    startMosquitto(file, serverCore, { port, more }),
  )
}

interface RunningBroker {
  readonly process: ChildProcess
  readonly port: number
}

async function restarted(first: RunningBroker, again: (port: number) => Promise<RunningBroker>): Promise<Server> {
  let running = first
  return {
    port: first.port,
    pid: () => running.process.pid,
    async restart() {
      await endOf(running.process, 'SIGKILL')
      running = await again(first.port)
    },
    online: async () => undefined,
    end: () => endOf(running.process, 'SIGTERM'),
  }
}

function startClients() {
  const program = join(import.meta.dirname, 'load/storm-clients.ts')
  const words = ['-c', clientCore, process.execPath, '--max-semi-space-size=64', program]
  const child = spawn('taskset', words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return {
    process: child,
    /** Resolves with the report of this kind. Rejects where the clients end before. */
    tell<Kind extends StormReport['kind']>(order: StormOrder, kind: Kind) {
      return new Promise<Extract<StormReport, { readonly kind: Kind }>>((resolve, reject) => {
        const took = (report: StormReport): void => {
          if (report.kind !== kind) return
          child.off('message', took)
          child.off('exit', ended)
          resolve(report as Extract<StormReport, { readonly kind: Kind }>)
        }
        const ended = (): void => reject(new Error(`the clients ended before "${kind}"`))
        child.on('message', took)
        child.once('exit', ended)
        child.send(order)
      })
    },
  }
}

async function endOf(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

function report(storms: readonly Storm[], count: number): void {
  const of = (variant: Variant) => storms.filter((one) => one.variant === variant)
  const middle = (variant: Variant, take: (one: Storm) => number) => median(of(variant).map(take))
  const back = ({ allBackMs }: Storm) => allBackMs
  const rows = variants.filter((variant) => of(variant).length > 0).map((variant) => rowOf(variant, of(variant), count))
  const columns = [
    `${count} clients`,
    'down s',
    'all back s',
    'range',
    'half back s',
    'server CPU µs each',
    'client CPU µs each',
    'TLS resumed',
    'most attempts',
    'online',
    'readings sent',
    'lost',
    'doubled',
  ]
  const ratio = (variant: Variant, peer: Variant) => Number((middle(variant, back) / middle(peer, back)).toFixed(2))
  const compared = storms.flatMap(({ stored }) => stored ?? [])
  const results = {
    hubS: seconds(middle('hub', back)),
    brokerS: seconds(middle('broker', back)),
    aedesS: seconds(middle('aedes', back)),
    mosquittoS: seconds(middle('mosquitto', back)),
    ofAedes: ratio('hub', 'aedes'),
    fullOfAedes: ratio('full', 'aedes'),
    brokerOfAedes: ratio('broker', 'aedes'),
    ofMosquitto: ratio('hub', 'mosquitto'),
    target: 1.3,
    readingsSent: total(compared, ({ sent }) => sent),
    lost: total(compared, ({ lost }) => lost),
    doubled: total(compared, ({ doubled }) => doubled),
    foreign: total(compared, ({ foreign }) => foreign),
    roundsEach: of('hub').length,
  }
  printReport({ bench: 'reconnects', figure: 'S8', columns, rows, results })
}

function rowOf(variant: Variant, storms: readonly Storm[], count: number): readonly (string | number)[] {
  const middle = (take: (one: Storm) => number) => median(storms.map(take))
  const all = storms.map(({ allBackMs }) => seconds(allBackMs))
  const compared = storms.flatMap(({ stored }) => stored ?? [])
  const counted = (take: (one: StoredStorm) => number) => (compared.length === 0 ? '–' : total(compared, take))
  return [
    titles[variant],
    seconds(middle(({ downMs }) => downMs)),
    seconds(middle(({ allBackMs }) => allBackMs)),
    `${Math.min(...all)}–${Math.max(...all)}`,
    seconds(middle(({ medianMs }) => medianMs)),
    Math.round(middle(({ serverCpuUs }) => serverCpuUs) / count),
    Math.round(middle(({ clientCpuUs }) => clientCpuUs) / count),
    middle(({ resumed }) => resumed),
    percentile(
      storms.map(({ attempts }) => attempts),
      1,
    ),
    Math.min(...storms.map(({ online }) => online ?? Number.NaN)) || '–',
    counted(({ sent }) => sent),
    counted(({ lost }) => lost),
    counted(({ doubled, foreign }) => doubled + foreign),
  ]
}

function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(2))
}

function total<Of>(all: readonly Of[], take: (one: Of) => number): number {
  return all.reduce((sum, one) => sum + take(one), 0)
}
