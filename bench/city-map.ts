// 5,000 markers on the city's map while it is dragged and zoomed: the times between frames, beside those of the same map with its layers switched off.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { createHub } from '../test/faults/hub-under-test.ts'
import { launchBrowser } from '../test/e2e/screen.ts'
import { median, percentile, printReport } from './report.ts'

const usage = 'Usage: city-map [--markers N] [--rounds N]'
const targetFrameMs = 1000 / 60
const tenant = 'kimitsu'
const waitMs = 60_000

/** A hub with so many public street lights and nothing else: none of them is watched, all of them are drawn. */
export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { markers: text, rounds: text },
  })
  if (positionals.length > 0) throw new Error(usage)
  const markers = Number(values.markers ?? 5_000)
  const rounds = Number(values.rounds ?? 3)
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const hub = await createHub(join(folder, 'data'), [])
  const browser = await launchBrowser()
  try {
    const url = `http://127.0.0.1:${hub.httpPort}`
    await importLights(url, markers)
    report(markers, await measure(browser, `${url}/#/city`, { markers, rounds }))
  } finally {
    await browser.close()
    await hub.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

/** Along streets of a city of ten kilometres, always the same. */
async function importLights(url: string, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => {
    const street = Math.floor(index / 50)
    const along = (index % 50) / 50
    const lat = 35.28 + ((street * 37) % 100) / 1_000 + along * 0.004
    const lon = 139.87 + ((street * 61) % 100) / 800 + along * 0.012
    return `L-${index},${index},${lat.toFixed(6)},${lon.toFixed(6)}`
  })
  const csv = ['ID,管理番号1,緯度,経度', ...rows].join('\r\n')
  const address = `${url}/api/v1/places/import?tenant=${tenant}&kind=streetlight`
  const answer = await fetch(address, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: csv })
  if (!answer.ok) throw new Error(`the lights were not taken: ${answer.status} ${await answer.text()}`)
}

interface Frames {
  /** Milliseconds between frames, of all rounds. */
  readonly marks: readonly number[]
  readonly empty: readonly number[]
  /** From the press that switches the layer on to the first frame with marks at rest. */
  readonly shownMs: number
}

async function measure(
  browser: Browser,
  address: string,
  { markers, rounds }: { readonly markers: number; readonly rounds: number },
): Promise<Frames> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'ja-JP' })
  const page = await context.newPage()
  page.setDefaultTimeout(waitMs)
  await page.goto(address)
  const layer = page.locator('[data-layer="streetlight"]')
  await layer.locator('.choice-count', { hasText: String(markers) }).waitFor()
  const mark = page.locator('.city-map [data-count]').first()
  await mark.waitFor()
  const found = { marks: [] as number[], empty: [] as number[] }
  const shown: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    found.marks.push(...(await framesWhileMoved(page)))
    await layer.click()
    await mark.waitFor({ state: 'detached' })
    found.empty.push(...(await framesWhileMoved(page)))
    const began = performance.now()
    await layer.click()
    await mark.waitFor()
    shown.push(performance.now() - began)
  }
  await context.close()
  return { ...found, shownMs: median(shown) }
}

/** Drags to and fro, zooms in and out by the buttons, and gives the times between the frames meanwhile. */
async function framesWhileMoved(page: Page): Promise<readonly number[]> {
  const box = await page.locator('.city-map .map-window').boundingBox()
  if (box === null) throw new Error('the map is not on the screen')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.evaluate(`(() => {
    const frames = (window.benchFrames = [])
    let before = performance.now()
    window.benchRuns = true
    const next = (now) => {
      frames.push(now - before)
      before = now
      if (window.benchRuns) requestAnimationFrame(next)
    }
    requestAnimationFrame(next)
  })()`)
  for (const button of [0, 0, 1, 1]) {
    await page.locator('.city-map .map-controls button').nth(button).click()
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x - 160, y - 60, { steps: 20 })
    await page.mouse.move(x, y, { steps: 20 })
    await page.mouse.up()
  }
  return await page.evaluate<readonly number[]>(`(() => {
    window.benchRuns = false
    return window.benchFrames.slice(1)
  })()`)
}

function report(markers: number, { marks, empty, shownMs }: Frames): void {
  const of = (frames: readonly number[]) => ({
    p50: percentile(frames, 0.5),
    p99: percentile(frames, 0.99),
    late: frames.filter((ms) => ms > 2 * targetFrameMs).length / frames.length,
  })
  const [drawn, bare] = [of(marks), of(empty)]
  const row = (name: string, { p50, p99, late }: typeof drawn, count: number) => [
    name,
    p50.toFixed(1),
    p99.toFixed(1),
    `${(late * 100).toFixed(1)}%`,
    count,
  ]
  printReport({
    bench: 'city-map',
    figure: 'markers',
    columns: ['dragged and zoomed, ms between frames', 'p50', 'p99', 'over 33 ms', 'frames'],
    rows: [
      row(`${markers} markers, grouped by the map`, drawn, marks.length),
      row('limit: the same map without a marker', bare, empty.length),
    ],
    results: {
      markers,
      frameMsP50: drawn.p50,
      frameMsP99: drawn.p99,
      emptyFrameMsP50: bare.p50,
      emptyFrameMsP99: bare.p99,
      ratioP50: drawn.p50 / bare.p50,
      ratioP99: drawn.p99 / bare.p99,
      shownMs,
      target: 'p50 within 60 frames a second where a graphics card draws; drawn in software here',
    },
  })
}
