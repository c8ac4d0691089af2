// A person's screen: one page in Debian's Chromium, watched for faults that nobody would see in a picture.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import { type Browser, chromium, type Page, type Request } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'

/** Software rendering, so that WebGL works on a machine without a graphics card; no sandbox, since CI runs as root. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
]
const waitMs = 90_000
const mostTabs = 120
const pictures = process.env['MUSUBI_SCREENSHOTS']

/** A locale with UTF-8, as every desktop has: without one Chromium calls a file with a Japanese name "download". */
const env = { ...process.env, LC_ALL: 'C.UTF-8' }

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: flags, env, timeout: 60_000 })
}

export interface Look {
  readonly width: number
  readonly scheme: 'light' | 'dark'
  /** Pixels; absent: what is usual for the width. */
  readonly height?: number
}

export interface Screen {
  readonly page: Page
  /** Errors of the page and of its console, and requests that failed, one line each. */
  readonly faults: readonly string[]
  /** Keeps a picture of the whole page where the environment variable MUSUBI_SCREENSHOTS names a folder. */
  readonly picture: (name: string) => Promise<void>
  close(): Promise<void>
}

/** A new visitor from Japan, with no memory of an earlier visit. */
export async function openScreen(
  browser: Browser,
  { width, scheme, height = width < 600 ? 740 : 900 }: Look,
): Promise<Screen> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    locale: 'ja-JP',
    timezoneId: 'Asia/Tokyo',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(waitMs)
  page.setDefaultNavigationTimeout(waitMs)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`uncaught ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`)
  })
  page.on('requestfailed', (request) => {
    if (!isLeftBehind(request)) faults.push(`${request.failure()?.errorText ?? 'failed'} ${request.url()}`)
  })
  return {
    page,
    faults,
    async picture(name) {
      if (pictures === undefined || pictures === '') return
      await mkdir(pictures, { recursive: true })
      await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
    },
    close: () => context.close(),
  }
}

/** Opens a screen at an address; it is closed with the test. */
export async function openAt(browser: Browser, address: string, look: Look): Promise<Screen> {
  const screen = await openScreen(browser, look)
  onTestFinished(() => screen.close())
  await screen.page.goto(address)
  return screen
}

/** Readings arrive through the event stream. */
export async function isLive(page: Page): Promise<void> {
  await page.locator('.fresh-live').waitFor()
}

/** What every page has to be, in every state: nothing beyond the window, no squeezed text, and nothing that axe finds. */
export async function isWell(page: Page, where?: string): Promise<void> {
  expect(await sidewaysOverflow(page), where).toEqual([])
  expect(await squeezedTexts(page), where).toEqual([])
  expect(await accessibilityFaults(page), where).toEqual([])
}

/** Presses Tab until an element has the focus that the selector matches and that bears the text. Throws where none is come to. */
export async function tabTo(page: Page, selector: string, text = ''): Promise<void> {
  const isThere = `document.activeElement.matches(${JSON.stringify(selector)}) &&
    document.activeElement.textContent.includes(${JSON.stringify(text)})`
  await tabUntil(page, isThere, `${selector} ${text}`)
}

/** Comes to the control by Tab, and presses it. */
export async function pressByKey(page: Page, selector: string, text = ''): Promise<void> {
  await tabTo(page, selector, text)
  await page.keyboard.press('Enter')
}

/** As `tabTo`, to the field with this label. */
export async function tabToField(page: Page, label: string): Promise<void> {
  const isThere = `[...(document.activeElement.labels ?? [])].some((label) => label.textContent.includes(${JSON.stringify(label)}))`
  await tabUntil(page, isThere, `the field ${label}`)
}

async function tabUntil(page: Page, isThere: string, what: string): Promise<void> {
  for (let presses = 0; presses < mostTabs; presses += 1) {
    if (await page.evaluate<boolean>(isThere)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no Tab leads to ${what}`)
}

/** Nothing to press is smaller than a thumb in a glove can hit. */
export async function isEasyToPress(page: Page, controls = 'main button, main summary, main select'): Promise<void> {
  const small = await page.evaluate<readonly string[]>(
    `[...document.querySelectorAll(${JSON.stringify(controls)})]
      .filter((element) => element.getBoundingClientRect().height > 0 && element.getBoundingClientRect().height < 43.5)
      .map((element) => element.outerHTML)`,
  )
  expect(small).toEqual([])
}

/** The event stream, and whatever else was under way, ends when the page is loaded anew. */
function isLeftBehind(request: Request): boolean {
  return request.failure()?.errorText === 'net::ERR_ABORTED'
}

/** Scrolls down, as a reader does, so that charts and map are drawn, which wait until they are near the window; then up again. */
export async function scrollThrough(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
      scrollTo(0, y)
      await frame()
    }
    scrollTo(0, 0)
  })()`)
  const late = ['.chart-body:not(:has(canvas))', '.trend-body:not(:has(svg))', '.map:not(:has(.marker))']
  for (const selector of late) await page.locator(selector).first().waitFor({ state: 'detached' })
}

/** Serious and critical faults that axe finds, one line each, with the elements. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, which the page's content security policy does not bind.
  await page.evaluate(axe.source)
  const results = await page.evaluate<AxeResults>(`axe.run(document, { resultTypes: ['violations'] })`)
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

/** What reaches beyond the right edge of the window: empty where nobody has to scroll sideways. */
export async function sidewaysOverflow(page: Page): Promise<readonly string[]> {
  return await page.evaluate<readonly string[]>(`(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > width)
    return ['page', ...wide.map(({ tagName, className }) => tagName + ' ' + String(className))]
  })()`)
}

/**
 * Texts that a box too narrow breaks into lines of one or two characters, which nobody reads: element and text. What is folded
 * away or only for a screen reader has no place of its own.
 */
export async function squeezedTexts(page: Page): Promise<readonly string[]> {
  return await page.evaluate<readonly string[]>(`(() => {
    const found = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const range = document.createRange()
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      const element = text.parentElement
      const words = text.data.trim()
      if (words.length < 3 || element.closest('svg') !== null) continue
      range.selectNodeContents(text)
      const lines = [...range.getClientRects()].filter(({ width }) => width > 0)
      if (new Set(lines.map(({ top }) => Math.round(top))).size < 2) continue
      if (!element.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })) continue
      if (clippedAway(element)) continue
      const em = parseFloat(getComputedStyle(element).fontSize)
      // A name at the end of a line of running text goes on in the next one: that is no squeeze.
      if (blockOf(element).clientWidth > 8 * em) continue
      const widest = Math.max(...lines.map(({ width }) => width))
      if (widest < 2.1 * em) found.push(element.tagName + ' ' + element.className + ': ' + words)
    }
    return found
    function blockOf(element) {
      return getComputedStyle(element).display === 'inline' ? blockOf(element.parentElement) : element
    }
    function clippedAway(element) {
      for (let box = element; box !== null; box = box.parentElement) {
        if (box.clientWidth === 1 && box.clientHeight === 1) return true
      }
      return false
    }
  })()`)
}
