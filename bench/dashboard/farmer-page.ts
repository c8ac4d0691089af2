// S9: from the press on the farmer's page to its first useful paint, on a phone, beside what the line alone allows.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { openPhone } from './phone.ts'

export interface Visit {
  /** All from the beginning of the navigation, ms. */
  readonly firstPaintMs: number
  /** Every card says what to do: the farmer can close the phone. */
  readonly usefulMs: number
  readonly largestPaintMs: number
  /** Cumulative layout shift, without a unit. */
  readonly layoutShift: number
  readonly scriptBytes: number
  readonly allBytes: number
}

/** What is on the screen when the page is of use: the act of a paddy that is not waiting for its advice. */
const usefulSelector = '.paddy:not(.paddy-waiting) .paddy-act'
/** After the useful paint the page may still shift: watched for this long. */
const afterMs = 1500

/** Runs in the page before anything of it: notes the paints, the shifts, and the frame in which `selector` stands. */
function watch(selector: string): string {
  return `(() => {
    const { promise, resolve } = Promise.withResolvers()
    const seen = (globalThis.__seen = { useful: promise, largest: 0, shift: 0 })
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.largest = entry.startTime })
      .observe({ type: 'largest-contentful-paint', buffered: true })
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value })
      .observe({ type: 'layout-shift', buffered: true })
    const look = () => {
      if (document.querySelector(${JSON.stringify(selector)}) === null) return requestAnimationFrame(look)
      // The task after the frame: what stands in it has been painted.
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
    }
    requestAnimationFrame(look)
  })()`
}

/** One visit with nothing kept. */
export async function visitFarmer(browser: Browser, address: string): Promise<Visit> {
  const phone = await openPhone(browser)
  try {
    const { page, bytes } = phone
    await page.addInitScript(watch(usefulSelector))
    await page.goto(address, { waitUntil: 'commit' })
    const usefulMs = await usefulTime(page)
    const scriptBytes = bytes.get('Script') ?? 0
    const allBytes = [...bytes.values()].reduce((sum, count) => sum + count, 0)
    await page.waitForTimeout(afterMs)
    const { largest, shift, firstPaint } = await page.evaluate<{ largest: number; shift: number; firstPaint: number }>(
      `({ ...__seen, firstPaint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN })`,
    )
    return { usefulMs, firstPaintMs: firstPaint, largestPaintMs: largest, layoutShift: shift, scriptBytes, allBytes }
  } finally {
    await phone.close()
  }
}

async function usefulTime(page: Page): Promise<number> {
  return await page.evaluate<number>(`__seen.useful`)
}

export interface PlainPages {
  /** A page with one word, and one with so many bytes before its word. */
  readonly emptyUrl: string
  readonly loadedUrl: (bytes: number) => string
  close(): Promise<void>
}

/** The limits: what the same line and processor need for a page without any script. */
export async function servePlainPages(): Promise<PlainPages> {
  const server = createServer((request, response) => {
    const bytes = Number(new URL(request.url ?? '/', 'http://plain').searchParams.get('bytes') ?? 0)
    const filler = bytes === 0 ? '' : `<!-- ${randomBytes(Math.ceil((bytes * 3) / 4)).toString('base64')} -->`
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    response.end(`<!doctype html><meta charset="utf-8"><title>plain</title>${filler}<h1 class="useful">水</h1>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    emptyUrl: url,
    loadedUrl: (bytes) => `${url}?bytes=${bytes}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Until the word of a plain page is painted, ms. */
export async function visitPlain(browser: Browser, address: string): Promise<number> {
  const phone = await openPhone(browser)
  try {
    await phone.page.addInitScript(watch('.useful'))
    await phone.page.goto(address, { waitUntil: 'commit' })
    return await usefulTime(phone.page)
  } finally {
    await phone.close()
  }
}
