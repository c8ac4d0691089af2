// S9: the dashboard on a phone. One measurement a file in bench/dashboard/.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../test/e2e/screen.ts'
import { startDemo } from './dashboard/demo-program.ts'
import { servePlainPages, type Visit, visitFarmer, visitPlain } from './dashboard/farmer-page.ts'
import { median, printReport } from './report.ts'

const targetUsefulMs = 2000
const targetScriptBytes = 150_000

const usage = 'Usage: dashboard [--rounds N] [--url URL of a hub that runs already]'

/** Without `--url` a demo with a day of history is started in a folder that goes. */
export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: text, url: text },
  })
  if (positionals.length > 0) throw new Error(usage)
  const rounds = Number(values.rounds ?? 5)
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const demo = values.url === undefined ? await startDemo(folder) : undefined
  const browser = await launchBrowser()
  try {
    await measureFarmerPage(browser, demo?.url ?? values.url ?? '', rounds)
  } finally {
    await browser.close()
    await demo?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureFarmerPage(browser: Browser, url: string, rounds: number): Promise<void> {
  const plain = await servePlainPages()
  const visits: Visit[] = []
  const emptyMs: number[] = []
  const loadedMs: number[] = []
  try {
    for (let round = 0; round < rounds; round += 1) {
      const visit = await visitFarmer(browser, `${url}/#/farm`)
      visits.push(visit)
      emptyMs.push(await visitPlain(browser, plain.emptyUrl))
      loadedMs.push(await visitPlain(browser, plain.loadedUrl(visit.allBytes)))
    }
  } finally {
    await plain.close()
  }
  report(visits, emptyMs, loadedMs)
}

function report(visits: readonly Visit[], emptyMs: readonly number[], loadedMs: readonly number[]): void {
  const of = (pick: (visit: Visit) => number): readonly number[] => visits.map(pick)
  const usefulMs = of((visit) => visit.usefulMs)
  const scriptBytes = Math.max(...of((visit) => visit.scriptBytes))
  const layoutShift = Math.max(...of((visit) => visit.layoutShift))
  const row = (name: string, values: readonly number[]) => [name, whole(median(values)), rangeOf(values)]
  printReport({
    bench: 'dashboard',
    figure: 'S9',
    columns: ['phone: 4 × slower, 1.6 Mbit/s, 150 ms', 'median', 'range'],
    rows: [
      row(
        'first contentful paint, ms',
        of((visit) => visit.firstPaintMs),
      ),
      row('first useful paint: every card says what to do, ms', usefulMs),
      row(
        'largest contentful paint, ms',
        of((visit) => visit.largestPaintMs),
      ),
      row('limit: as many bytes as one page without script, ms', loadedMs),
      row('limit: an empty page, ms', emptyMs),
      row(
        'script over the line, bytes',
        of((visit) => visit.scriptBytes),
      ),
      row(
        'all over the line until then, bytes',
        of((visit) => visit.allBytes),
      ),
      ['cumulative layout shift, worst', layoutShift.toFixed(3), ''],
    ],
    results: {
      usefulMs: whole(median(usefulMs)),
      worstUsefulMs: whole(Math.max(...usefulMs)),
      ofSameBytes: Number((median(usefulMs) / median(loadedMs)).toFixed(2)),
      scriptBytes,
      layoutShift: Number(layoutShift.toFixed(3)),
      met: median(usefulMs) <= targetUsefulMs && scriptBytes <= targetScriptBytes,
    },
  })
}

function whole(value: number): number {
  return Math.round(value)
}

function rangeOf(values: readonly number[]): string {
  return `${whole(Math.min(...values))}–${whole(Math.max(...values))}`
}
