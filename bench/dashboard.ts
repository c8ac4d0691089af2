// S9: the dashboard on a phone, and a season's chart zoomed into. One measurement a file in bench/dashboard/.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../test/e2e/screen.ts'
import { startDemo } from './dashboard/demo-program.ts'
import { servePlainPages, type Visit, visitFarmer, visitPlain } from './dashboard/farmer-page.ts'
import { startSeasonHub, zoomBare, zoomChart, type Zooming } from './dashboard/season-chart.ts'
import { median, printReport } from './report.ts'

const targetUsefulMs = 2000
const targetScriptBytes = 150_000

const usage = 'Usage: dashboard [--rounds N] [--url URL of a hub that runs already] [--only farmer|chart]'

/** Without `--url` a demo with a day of history is started in a folder that goes. */
export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: text, url: text, only: text },
  })
  if (positionals.length > 0) throw new Error(usage)
  const rounds = Number(values.rounds ?? 5)
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const browser = await launchBrowser()
  try {
    if (values.only !== 'chart') await measureFarmer(browser, { folder, url: values.url, rounds })
    if (values.only !== 'farmer') await measureChart(browser, join(folder, 'season'), rounds)
  } finally {
    await browser.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureFarmer(
  browser: Browser,
  given: { readonly folder: string; readonly url: string | undefined; readonly rounds: number },
): Promise<void> {
  const demo = given.url === undefined ? await startDemo(given.folder) : undefined
  try {
    await measureFarmerPage(browser, demo?.url ?? given.url ?? '', given.rounds)
  } finally {
    await demo?.stop()
  }
}

/** In turns, so that what else the machine does falls on both. */
async function measureChart(browser: Browser, folder: string, rounds: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  const hub = await startSeasonHub(folder)
  const ours: Zooming[] = []
  const bare: Zooming[] = []
  try {
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await zoomChart(browser, hub.url))
      bare.push(await zoomBare(browser, hub.url))
    }
  } finally {
    await hub.stop()
  }
  reportChart(ours, bare)
}

function reportChart(ours: readonly Zooming[], bare: readonly Zooming[]): void {
  const steps = (all: readonly Zooming[]): readonly number[] => all.flatMap(({ stepMs }) => stepMs)
  const longest = (all: readonly Zooming[]): number => Math.max(...all.map(({ longestTaskMs }) => longestTaskMs))
  const row = (name: string, all: readonly Zooming[]) => [
    name,
    whole(median(steps(all))),
    rangeOf(steps(all)),
    whole(longest(all)),
  ]
  printReport({
    bench: 'dashboard',
    figure: 'season chart',
    columns: ['zoom by half, of 100,000 readings', 'median, ms', 'range, ms', 'longest task, ms'],
    rows: [
      row('chart of the dashboard (150 ms of it waits for the next key)', ours),
      row('bare uPlot, same spans of the same hub', bare),
    ],
    results: {
      stepMs: whole(median(steps(ours))),
      bareStepMs: whole(median(steps(bare))),
      longestTaskMs: whole(longest(ours)),
      bareLongestTaskMs: whole(longest(bare)),
    },
  })
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
