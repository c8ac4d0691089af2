// S0: our broker beside Debian's mosquitto. QoS 1, 50 pipelined publishers, the same load generator, one core each.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startMosquitto } from './load/mosquitto.ts'
import type { LoadResult } from './load/mqtt-load.ts'
import { cpuUsOf } from './load/process-usage.ts'
import { median, printReport } from './report.ts'

const brokerCore = '0'
const loadCore = '1'
const brokers = ['musubi', 'mosquitto'] as const
type BrokerName = (typeof brokers)[number]

/** `brokerCpuUs`: processor time of the broker for one acknowledged message, which a busy machine disturbs least. */
type Measured = LoadResult & { readonly brokerCpuUs: number }

interface Round {
  readonly broker: BrokerName
  readonly subscribers: number
  readonly result: Measured
}

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: text, measure: text, window: text, profile: text },
  })
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const rounds: Round[] = []
  try {
    for (let round = 0; round < Number(values.rounds ?? 5); round += 1) {
      for (const subscribers of [1, 5]) {
        // Alternating, so that a slow minute of a shared machine hits both.
        for (const broker of round % 2 === 0 ? brokers : brokers.toReversed()) {
          const profile = broker === 'musubi' ? values.profile : undefined
          const load = { subscribers, window: values.window ?? '100', measure: values.measure ?? '4000' }
          rounds.push({
            broker,
            subscribers,
            result: await measure(broker, join(folder, `${rounds.length}`), load, profile),
          })
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  report(rounds)
}

async function measure(
  broker: BrokerName,
  folder: string,
  load: { readonly subscribers: number; readonly window: string; readonly measure: string },
  profile: string | undefined,
): Promise<Measured> {
  const { process: server, port } =
    broker === 'musubi' ? await startMusubi(folder, profile) : await startMosquitto(folder, brokerCore)
  try {
    const cpuBeforeUs = await cpuUsOf(server.pid)
    const node = [
      '-c',
      loadCore,
      process.execPath,
      '--max-semi-space-size=64',
      join(import.meta.dirname, 'load/mqtt-load.ts'),
    ]
    const shape = ['--subscribers', String(load.subscribers), '--window', load.window, '--measure', load.measure]
    const generator = spawn('taskset', [...node, '--port', String(port), ...shape])
    generator.stderr.pipe(process.stderr)
    const output = await outputOf(generator)
    const result = JSON.parse(output) as LoadResult
    return { ...result, brokerCpuUs: ((await cpuUsOf(server.pid)) - cpuBeforeUs) / result.acknowledged }
  } finally {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
  }
}

async function startMusubi(folder: string, profile: string | undefined) {
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const node = ['-c', brokerCore, process.execPath, '--max-semi-space-size=64', ...profiling]
  const program = join(import.meta.dirname, 'load/broker-process.ts')
  const server = spawn('taskset', [...node, program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  return { process: server, port: Number(line.toString()) }
}

async function outputOf(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the load generator ended with ${code}`)
  return Buffer.concat(chunks).toString()
}

function report(rounds: readonly Round[]): void {
  const of = (broker: BrokerName, subscribers: number) =>
    rounds.filter((round) => round.broker === broker && round.subscribers === subscribers).map(({ result }) => result)
  const rate = (results: readonly Measured[]) => median(results.map((result) => result.deliveredPerS))
  const cpu = (results: readonly Measured[]) => median(results.map((result) => result.brokerCpuUs))
  const lost = (results: readonly Measured[], subscribers: number) =>
    results.reduce((sum, result) => sum + Math.max(0, result.acknowledged * subscribers - result.delivered), 0)
  const rows = [1, 5].flatMap((subscribers) =>
    brokers.map((broker) => {
      const results = of(broker, subscribers)
      const rates = results.map((result) => Math.round(result.deliveredPerS))
      return [
        `${broker}, 50 publishers to ${subscribers}`,
        Math.round(rate(results)),
        `${Math.min(...rates)}–${Math.max(...rates)}`,
        lost(results, subscribers),
        cpu(results).toFixed(1),
        median(results.map((result) => result.cpuPerMessageUs)).toFixed(1),
      ]
    }),
  )
  const ratio = (subscribers: number) =>
    Number((rate(of('musubi', subscribers)) / rate(of('mosquitto', subscribers))).toFixed(2))
  const cpuRatio = (subscribers: number) =>
    Number((cpu(of('mosquitto', subscribers)) / cpu(of('musubi', subscribers))).toFixed(2))
  const results = {
    musubiTo1PerS: Math.round(rate(of('musubi', 1))),
    mosquittoTo1PerS: Math.round(rate(of('mosquitto', 1))),
    ratioTo1: ratio(1),
    musubiTo5PerS: Math.round(rate(of('musubi', 5))),
    mosquittoTo5PerS: Math.round(rate(of('mosquitto', 5))),
    ratioTo5: ratio(5),
    cpuRatioTo1: cpuRatio(1),
    cpuRatioTo5: cpuRatio(5),
    targetTo1: 1.4,
    targetTo5: 1.5,
    roundsEach: of('musubi', 1).length,
  }
  const columns = ['QoS 1', 'messages/s to each', 'range', 'lost', 'broker CPU µs/message', 'load µs/packet']
  printReport({ bench: 'broker', figure: 'S0', columns, rows, results })
}
