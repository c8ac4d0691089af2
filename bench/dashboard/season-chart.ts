// Zooming into a season of 100,000 stored readings: the chart of the dashboard beside bare uPlot that draws the same spans from the same hub.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { ensureDashboard } from '../../bin/build-dashboard.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openDuckDbStore } from '../../cloud/store/duckdb/duckdb-store.ts'
import { birth, gatewayTopic, levelSeries, runCloud, sample, telemetry } from '../../test/cloud/running-cloud.ts'

const readings = 100_000
const steps = 8
const seasonMs = 180 * 86_400_000

export interface Zooming {
  /** From the act to the frame that shows the finer spans, one for each step, ms. */
  readonly stepMs: readonly number[]
  /** Longest time for which the page answered nobody, ms. */
  readonly longestTaskMs: number
}

export interface SeasonHub {
  readonly url: string
  stop(): Promise<void>
}

/** A hub in this process with one series of a season; its newest reading is a minute old. */
export async function startSeasonHub(folder: string): Promise<SeasonHub> {
  const nowMs = Date.now()
  const store = openDuckDbStore({ file: join(folder, 'readings.duckdb'), log: silentLog, clock: systemClock })
  await store.open()
  await store.commit({
    series: [{ id: 0, key: levelSeries, unit: 'm' }],
    readings: {
      rows: readings,
      series: new Int32Array(readings),
      timeMs: Float64Array.from({ length: readings }, (_, row) =>
        Math.round(nowMs - 60_000 - seasonMs * (1 - (row + 1) / readings)),
      ),
      value: Float64Array.from(
        { length: readings },
        (_, row) => 0.05 + 0.02 * Math.sin(row / 300) + 0.001 * Math.sin(row * 7),
      ),
      quality: new Uint8Array(readings),
      text: new Map(),
    },
    cursors: [],
    deadLetters: [],
    events: [],
  })
  await store.close()
  const hub = await runCloud(folder, { more: { dashboardFolder: await ensureDashboard() } })
  await hub.cloud.ingest.tap({ topic: gatewayTopic('status'), payload: birth() })
  const newest = telemetry(1, [sample('probe-1:water-level', 0.05)])
  await hub.cloud.ingest.tap({ topic: gatewayTopic('telemetry'), payload: newest })
  return { url: hub.url, stop: () => hub.stop() }
}

/** Eight steps by key, each of which halves the window; a step ends when the hub's finer spans are drawn. */
export async function zoomChart(browser: Browser, url: string): Promise<Zooming> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  try {
    await page.goto(`${url}/#/chart/${encodeURIComponent(`${levelSeries}!season`).replaceAll('%2F', '/')}`)
    await page.locator('.plot canvas').waitFor()
    await page.getByRole('application').focus()
    await watchTasks(page)
    const stepMs: number[] = []
    for (let step = 0; step < steps; step += 1) {
      const finer = page.waitForResponse((response) => response.url().includes('/readings?'))
      const startedMs = performance.now()
      await page.keyboard.press('+')
      await finer
      await page.locator('.plot-refining').waitFor({ state: 'detached' })
      await nextFrame(page)
      stepMs.push(performance.now() - startedMs)
    }
    return { stepMs, longestTaskMs: await longestTask(page) }
  } finally {
    await page.close()
  }
}

/** The same windows by bare uPlot on an empty page of the same hub: asked, set, drawn; nothing else. */
export async function zoomBare(browser: Browser, url: string): Promise<Zooming> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  try {
    await page.goto(`${url}/healthz`)
    const script = createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.min.js')
    // By the debugger, which the page's content security policy does not bind.
    await page.evaluate(await readFile(script, 'utf8'))
    await page.evaluate(bareChart(levelSeries))
    await watchTasks(page)
    const stepMs: number[] = []
    const toMs = Date.now()
    for (let step = 1; step <= steps; step += 1) {
      const lengthMs = (seasonMs / 2 ** step) * 1.6
      const startedMs = performance.now()
      await page.evaluate(
        `globalThis.zoomTo(${Math.round(toMs - seasonMs / 2 - lengthMs / 2)}, ${Math.round(toMs - seasonMs / 2 + lengthMs / 2)})`,
      )
      await nextFrame(page)
      stepMs.push(performance.now() - startedMs)
    }
    return { stepMs, longestTaskMs: await longestTask(page) }
  } finally {
    await page.close()
  }
}

function bareChart(series: string): string {
  return `(() => {
    document.body.innerHTML = ''
    const hidden = { width: 0 }
    const plot = new uPlot({ width: 1300, height: 360, series: [{}, { stroke: 'blue', width: 2 }, hidden, hidden],
      bands: [{ series: [3, 2], fill: 'rgb(73 121 245 / 0.22)' }] }, [[], [], [], []], document.body)
    globalThis.zoomTo = async (from, to) => {
      const answer = await fetch('/api/v1/series/${encodeURIComponent(series)}/readings?from=' + from + '&to=' + to + '&buckets=768')
      const { time, mean, min, max } = await answer.json()
      plot.setData([time.map((ms) => ms / 1000), mean, min, max])
    }
  })()`
}

async function watchTasks(page: Page): Promise<void> {
  await page.evaluate(`globalThis.longest = 0; new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration)
  }).observe({ type: 'longtask' })`)
}

async function longestTask(page: Page): Promise<number> {
  return await page.evaluate<number>(`globalThis.longest`)
}

async function nextFrame(page: Page): Promise<void> {
  await page.evaluate(`new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))`)
}
