// Writes the package ap-traffic-anomaly: manifest, golden trace, card's place in the file list. One command, the same bytes each time:
// node models/training/series/write-detector-package.ts [FOLDER]; then `musubi model sign FOLDER --key FILE`.
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DetectorTrace, SeriesDetectorManifest } from '../../manifest-detector.ts'
import { packageFolder } from '../../package-folder.ts'
import { accessPointTraffic } from '../../series/access-point-traffic.ts'
import { holidaysOf } from '../../series/open-detector.ts'
import { SeriesDetector } from '../../series/series-detector.ts'
import { simulateAccessPoint } from '../../series/simulated-access-points.ts'

const halfHourMin = 30
const minuteMs = 60_000
const id = 'ap-traffic-anomaly'

const manifest: SeriesDetectorManifest = {
  format: 1,
  id,
  version: '0.2.0',
  task: 'series-detector',
  labels: { ja: '公衆無線LANの通信量異常', en: 'Access-point traffic anomaly' },
  input: { unit: 'B/s' },
  detector: accessPointTraffic,
  holidays: 'JP',
  score: { alarmSurprise: 4.2, holdS: 1800 },
  thresholds: { warning: 0.5, alarm: 0.8, onDelayS: 0 },
  golden: { trace: 'golden/trace.json', tolerance: 0.001 },
  card: 'card.md',
  files: [],
}

/**
 * Four weeks of a simulated access point, a sample each half hour, and an hour of a sample a minute: with a spike, a drop, a day that
 * is missing, a repeated time and a value that stops.
 */
function goldenTrace(): DetectorTrace {
  const { startMs, rates } = simulateAccessPoint(7, 28)
  const detector = new SeriesDetector(manifest.detector, holidaysOf(manifest))
  const trace: DetectorTrace = []
  const add = (minute: number, value: number): void => {
    const sample = { timeMs: startMs + minute * minuteMs, value: Math.round(value) }
    const result = detector.push(sample.timeMs, sample.value)
    if (typeof result !== 'object') trace.push(sample)
    else if (trace.length % 12 !== 0) trace.push({ ...sample, surprise: round(result.surprise) })
    else trace.push({ ...sample, surprise: round(result.surprise), views: result.views.map(round) })
  }
  for (let minute = 0; minute < rates.length; minute += halfHourMin) {
    const slot = minute / halfHourMin
    const rate = rates[minute] ?? Number.NaN
    if (Number.isNaN(rate) || (slot >= 1000 && slot < 1048)) continue
    if (slot === 900) add(minute, rate * 300)
    else if (slot >= 940 && slot < 946) add(minute, 20)
    else if (slot >= 1250 && slot < 1280) add(minute, 4321)
    else add(minute, rate)
    if (slot === 1200) add(minute, rate)
  }
  for (let minute = 0; minute < 60; minute += 1) add(rates.length + minute, 9000 + 10 * minute)
  return trace
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6
}

async function main(): Promise<void> {
  const folder = process.argv[2] ?? packageFolder(id)
  await mkdir(join(folder, 'golden'), { recursive: true })
  const lines = goldenTrace().map((sample) => JSON.stringify(sample))
  await writeFile(join(folder, manifest.golden.trace), `[\n${lines.join(',\n')}\n]\n`)
  const files = await Promise.all([manifest.card, manifest.golden.trace].map((path) => listed(folder, path)))
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify({ ...manifest, files }, undefined, 2)}\n`)
  process.stdout.write(`${folder}: ${lines.length} samples in the golden trace; sign it with musubi model sign\n`)
}

async function listed(folder: string, path: string): Promise<SeriesDetectorManifest['files'][number]> {
  const bytes = await readFile(join(folder, path))
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

await main()
