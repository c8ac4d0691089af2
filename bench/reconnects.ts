// S8: thousands of mutual-TLS clients come back at once after the broker was killed, beside aedes as it comes and Debian's mosquitto.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeCertificates, type ManyCertificates, stormTenant } from './load/many-certificates.ts'
import { startMosquitto } from './load/mosquitto.ts'
import { cpuUsOf } from './load/process-usage.ts'
import type { StormOrder, StormReport } from './load/storm-messages.ts'
import { median, percentile, printReport } from './report.ts'

const brokerCore = '0'
const clientCore = '1'

/** `full`: our broker, whose clients have lost their TLS sessions. */
const variants = ['musubi', 'full', 'aedes', 'mosquitto'] as const
type Variant = (typeof variants)[number]
const titles: Readonly<Record<Variant, string>> = {
  musubi: 'musubi broker',
  full: 'the same, no TLS session to resume',
  aedes: 'aedes as it comes, TLS of Node',
  mosquitto: 'mosquitto',
}

interface Storm {
  readonly variant: Variant
  readonly allBackMs: number
  readonly medianMs: number
  readonly resumed: number
  readonly attempts: number
  readonly brokerCpuUs: number
  readonly clientCpuUs: number
  /** Messages that were acknowledged, or were under way at the kill, and are not there; undefined where the broker keeps no list. */
  readonly lost: number | undefined
}

interface RunningBroker {
  readonly process: ChildProcess
  readonly port: number
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
        storms.push(await storm(variant, at, certificates, values.profile))
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

async function storm(variant: Variant, at: string, certificates: Files, profile?: string): Promise<Storm> {
  const { caPem, keyPem, certificatePems, gateways } = certificates
  let broker = await startBroker(variant, { at, files: certificates.folder, port: undefined })
  const { port } = broker
  const clients = startClients()
  try {
    const setup = { caPem, keyPem, certificatePems, tenant: stormTenant, gateways }
    await clients.tell({ kind: 'setup', setup, port }, 'ready')
    await clients.tell({ kind: 'connect', atOnce: 200, resume: false }, 'connected')
    await clients.tell({ kind: 'say' }, 'said')
    await endOf(broker.process, 'SIGKILL')
    const flags =
      profile === undefined || variant === 'mosquitto' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}/${variant}`]
    broker = await startBroker(variant, { at, files: certificates.folder, port, flags })
    const before = await cpuUsOf(broker.process.pid)
    const order = { kind: 'connect', atOnce: gateways.length, resume: variant !== 'full' } as const
    const { backMs, resumed, attempts, cpuUs } = await clients.tell(order, 'connected')
    const brokerCpuUs = (await cpuUsOf(broker.process.pid)) - before
    const { through } = await clients.tell({ kind: 'end' }, 'acknowledged')
    const lost = variant === 'mosquitto' ? undefined : missing(await readFile(join(at, 'taken')), through)
    const [allBackMs, medianMs] = [Math.max(...backMs), median(backMs)]
    return { variant, allBackMs, medianMs, resumed, attempts, brokerCpuUs, clientCpuUs: cpuUs, lost }
  } finally {
    clients.process.kill('SIGKILL')
    await endOf(broker.process, 'SIGTERM')
  }
}

/** Each message is the client's index and its number, of which all from 1 to the last acknowledged must be there. */
function missing(taken: Buffer, through: readonly number[]): number {
  const seen = new Set<string>()
  for (let at = 0; at + 8 <= taken.length; at += 8) seen.add(`${taken.readUInt32BE(at)}:${taken.readUInt32BE(at + 4)}`)
  return through.reduce((sum, last, index) => {
    const numbers = Array.from({ length: last }, (_, number) => number + 1)
    return sum + numbers.filter((number) => !seen.has(`${index}:${number}`)).length
  }, 0)
}

async function startBroker(
  variant: Variant,
  given: {
    readonly at: string
    readonly files: string
    readonly port: number | undefined
    readonly flags?: readonly string[]
  },
): Promise<RunningBroker> {
  const { at, files, port, flags = [] } = given
  const [ca, cert, key] = ['ca.pem', 'server.cert.pem', 'server.key.pem'].map((name) => join(files, name))
  if (variant === 'mosquitto') {
    // As root it would become another user, who may not read the key.
    const tls = [
      'user root',
      `cafile ${ca}`,
      `certfile ${cert}`,
      `keyfile ${key}`,
      'require_certificate true',
      'log_dest none',
    ]
    return await startMosquitto(join(at, 'mosquitto'), brokerCore, {
      ...(port === undefined ? {} : { port }),
      more: tls,
    })
  }
  const node = ['-c', brokerCore, process.execPath, '--max-semi-space-size=64', ...flags]
  const kind = ['--kind', variant === 'aedes' ? 'bare' : 'ours']
  const tls = ['--ca', ca!, '--cert', cert!, '--key', key!]
  const words = [join(import.meta.dirname, 'load/storm-broker.ts'), ...kind, ...tls, '--folder', at]
  const server = spawn('taskset', [...node, ...words, '--port', String(port ?? 0)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  return { process: server, port: Number(line.toString()) }
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
  const seconds = (ms: number) => Number((ms / 1000).toFixed(2))
  const shown = variants.filter((variant) => of(variant).length > 0)
  const rows = shown.map((variant) => {
    const all = of(variant).map(({ allBackMs }) => seconds(allBackMs))
    const lost = of(variant).map((one) => one.lost)
    return [
      titles[variant],
      seconds(middle(variant, ({ allBackMs }) => allBackMs)),
      `${Math.min(...all)}–${Math.max(...all)}`,
      seconds(middle(variant, ({ medianMs }) => medianMs)),
      Math.round(middle(variant, ({ brokerCpuUs }) => brokerCpuUs) / count),
      Math.round(middle(variant, ({ clientCpuUs }) => clientCpuUs) / count),
      middle(variant, ({ resumed }) => resumed),
      percentile(
        of(variant).map(({ attempts }) => attempts),
        1,
      ),
      lost.includes(undefined) ? '–' : lost.reduce((sum: number, one) => sum + (one ?? 0), 0),
    ]
  })
  const columns = [
    `${count} clients`,
    'all back s',
    'range',
    'half back s',
    'broker CPU µs each',
    'client CPU µs each',
    'TLS resumed',
    'most attempts',
    'lost',
  ]
  const ratio = (variant: Variant, peer: Variant) =>
    Number((middle(variant, ({ allBackMs }) => allBackMs) / middle(peer, ({ allBackMs }) => allBackMs)).toFixed(2))
  const results = {
    musubiS: seconds(middle('musubi', ({ allBackMs }) => allBackMs)),
    aedesS: seconds(middle('aedes', ({ allBackMs }) => allBackMs)),
    mosquittoS: seconds(middle('mosquitto', ({ allBackMs }) => allBackMs)),
    ofAedes: ratio('musubi', 'aedes'),
    fullOfAedes: ratio('full', 'aedes'),
    ofMosquitto: ratio('musubi', 'mosquitto'),
    target: 1.3,
    roundsEach: of('musubi').length,
  }
  printReport({ bench: 'reconnects', figure: 'S8', columns, rows, results })
}
