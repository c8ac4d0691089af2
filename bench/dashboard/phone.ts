// A mid-range phone on a thin line, in Chromium: processor four times slower, 1.6 Mbit/s, 150 ms to the hub and back.
import type { Browser, CDPSession, Page } from 'playwright-core'

const bitsPerS = 1_600_000
const roundTripMs = 150
const slowDown = 4
const limitMs = 60_000

export interface Phone {
  readonly page: Page
  /** Bytes as they came over the line, headers included, by the browser's kind of resource (`Script`, `Fetch` …). */
  readonly bytes: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** Somebody who opens the dashboard for the first time: nothing is kept. */
export async function openPhone(browser: Browser): Promise<Phone> {
  const context = await browser.newContext({
    viewport: { width: 360, height: 780 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale: 'ja-JP',
    timezoneId: 'Asia/Tokyo',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(limitMs)
  const debug = await context.newCDPSession(page)
  const bytes = await countBytes(debug)
  await debug.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: roundTripMs,
    downloadThroughput: bitsPerS / 8,
    uploadThroughput: bitsPerS / 8,
  })
  await debug.send('Emulation.setCPUThrottlingRate', { rate: slowDown })
  return { page, bytes, close: () => context.close() }
}

async function countBytes(debug: CDPSession): Promise<ReadonlyMap<string, number>> {
  const kinds = new Map<string, string>()
  const bytes = new Map<string, number>()
  debug.on('Network.responseReceived', ({ requestId, type }) => void kinds.set(requestId, type))
  debug.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? 'Other'
    bytes.set(kind, (bytes.get(kind) ?? 0) + encodedDataLength)
  })
  await debug.send('Network.enable')
  return bytes
}
