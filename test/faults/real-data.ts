// Real recorded series through the whole journey, replay driver → gateway → hub, and every stored value compared with its file.
//
//   node test/faults/real-data.ts DIR
//
// DIR holds `streetlight/` (one value a minute and line, NaN where missing) and `nab/data/*/*.csv` (the Numenta Anomaly
// Benchmark: timestamp, value). These files belong to their authors and do not come with the project.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { until } from '../programs/until.ts'
import { createEdge } from './edge-under-test.ts'
import { createHub, type HubUnderTest, type StoredValue } from './hub-under-test.ts'

const drainLimitMs = 240_000
/** Recorded seconds a second: 215 days of New York taxis pass in 19 s. */
const speed = 1_000_000
const streetlightStart = '2026-04-01T00:00:00Z'

interface Recording {
  readonly device: string
  readonly channel: string
  readonly connection: Readonly<Record<string, unknown>>
  readonly profile: string
  /** Every row, null where the file has no number. */
  readonly rows: readonly StoredValue[]
}

/** Returns the exit code: 0 when every value of every file is stored exactly once and nothing else is. */
async function main([dataFolder]: readonly string[]): Promise<number> {
  if (dataFolder === undefined) {
    process.stderr.write('Usage: node test/faults/real-data.ts DIR\n')
    return 2
  }
  const recordings = [
    ...streetlights(resolve(dataFolder, 'streetlight')),
    ...benchmark(resolve(dataFolder, 'nab/data')),
  ]
  const folder = mkdtempSync(join(tmpdir(), 'musubi-real-data-'))
  const data = join(folder, 'hub')
  const hub = await createHub(data)
  const edge = await createEdge({
    folder: join(folder, 'gateway'),
    hub: { data, mqttsPort: hub.mqttsPort },
    tenant: 'test',
    gateway: 'replay',
    config: {
      connections: recordings.map(({ connection }) => connection),
      devices: recordings.map(({ device, profile }) => ({ id: device, connection: device, profile, intervalS: 0.25 })),
    },
  })
  try {
    const startedMs = performance.now()
    await edge.start()
    const reports = []
    for (const recording of recordings) reports.push(await compared(recording, hub))
    return summarised(reports, performance.now() - startedMs)
  } finally {
    await edge.end('SIGTERM')
    await edge.close()
    await hub.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Report {
  readonly device: string
  readonly rows: number
  readonly gaps: number
  readonly stored: number
  readonly different: number
}

async function compared({ device, channel, rows }: Recording, hub: HubUnderTest): Promise<Report> {
  const expected = rows.filter(({ value }) => value !== null)
  const stored = await until(`${expected.length} readings of ${device}`, drainLimitMs, async () => {
    const found = await hub.goodReadings(`test/replay/${device}:${channel}`)
    return found.length >= expected.length ? found : undefined
  }).catch(() => hub.goodReadings(`test/replay/${device}:${channel}`))
  const [right, found] = [expected.toSorted(byTimeAndValue), stored.toSorted(byTimeAndValue)]
  const different = right.filter(({ time, value }, at) => found[at]?.time !== time || found[at]?.value !== value).length
  return { device, rows: rows.length, gaps: rows.length - expected.length, stored: stored.length, different }
}

function byTimeAndValue(a: StoredValue, b: StoredValue): number {
  return a.time - b.time || (a.value ?? 0) - (b.value ?? 0)
}

function summarised(reports: readonly Report[], elapsedMs: number): number {
  for (const report of reports) print(report)
  const sum = (field: 'rows' | 'gaps' | 'stored' | 'different'): number =>
    reports.reduce((total, report) => total + report[field], 0)
  const total = { rows: sum('rows'), gaps: sum('gaps'), stored: sum('stored'), different: sum('different') }
  const right = total.different === 0 && total.stored === total.rows - total.gaps
  print({ test: 'real-data', files: reports.length, ...total, seconds: elapsedMs / 1000, right })
  return right ? 0 : 1
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function streetlights(folder: string): readonly Recording[] {
  return (['power', 'voltage'] as const).map((quantity): Recording => {
    const file = join(folder, quantity === 'power' ? 'w-data-test.txt' : 'v-data-test.txt')
    const startMs = Date.parse(streetlightStart)
    const device = `circuit-${quantity}`
    return {
      device,
      channel: `circuit-${quantity}`,
      profile: `replay-circuit-${quantity}`,
      connection: {
        id: device,
        type: 'replay',
        file,
        stepS: 60,
        speed,
        timestamps: 'recorded',
        start: streetlightStart,
      },
      rows: linesOf(file).map((line, row) => ({ time: startMs + row * 60_000, value: numberOf(line) })),
    }
  })
}

function benchmark(folder: string): readonly Recording[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.csv'))
  return files.toSorted().map((name): Recording => {
    const file = join(folder, name)
    const device = `${basename(dirname(name))}-${basename(name, '.csv')}`.replaceAll('_', '-').slice(0, 60)
    return {
      device,
      channel: 'value',
      profile: 'replay-value',
      connection: { id: device, type: 'replay', file, timeColumn: 'timestamp', speed, timestamps: 'recorded' },
      rows: linesOf(file)
        .slice(1)
        .map((line) => {
          const [time = '', value = ''] = line.split(',')
          return { time: Date.parse(`${time.replace(' ', 'T')}Z`), value: numberOf(value) }
        }),
    }
  })
}

function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
}

function numberOf(cell: string): number | null {
  const value = cell.trim() === '' ? Number.NaN : Number(cell)
  return Number.isNaN(value) ? null : value
}

process.exitCode = await main(process.argv.slice(2))
