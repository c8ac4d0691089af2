// Every text that a device, a citizen or a rule can bring, planted as markup and looked for on every page of the dashboard, with axe on each, on a phone.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ensureDashboard } from '../../bin/build-dashboard.ts'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodeEvent } from '../../broker/contract/event-codec.ts'
import { birth, eventually, gatewayTopic, type RunningCloud, runCloud, telemetry } from '../cloud/running-cloud.ts'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import { accessibilityFaults, isLive, launchBrowser, openScreen } from './screen.ts'

interface Line {
  readonly carries: 'nothing' | 'at' | 'site' | 'gateway'
  readonly place: string
}
// By its address: the dashboard has a configuration of types of its own, which this side of the project does not read.
const table = new URL('../../cloud/dashboard/src/routes.ts', import.meta.url).href
const { routes } = (await import(table)) as { readonly routes: Readonly<Record<string, Line>> }

/** What would run if a page took it for markup, and the word by which it is found. */
const mark = (word: string): string => `<img src=x onerror="hit=1"><b data-q>${word}</b>`
const both = (word: string) => ({ ja: mark(word), en: mark(word) })
const gateway = 'kimitsu/paddy-koito'
const line = `${gateway}/line-1`

const rules = JSON.stringify([
  {
    id: 'low',
    kind: 'threshold',
    severity: 'major',
    match: { channel: 'water-level' },
    below: 1,
    onDelayS: 0,
    offDelayS: 0,
    title: both('rule-title'),
    advice: both('rule-advice'),
  },
])

/** Without opening anything these are seen somewhere, as text; the class of a part and a comment stand behind a press. */
const planted =
  'gateway-label paddy-name line-name probe-label level-label reading-text unit agent rule-title rule-advice model-id refused-reason report-text'.split(
    ' ',
  )

describe.skipIf(!debianPackage('chromium'))('texts that want to be markup', { timeout: 180_000 }, () => {
  let folder: string
  let hub: RunningCloud
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-hostile-'))
    hub = await runCloud(folder, { rules, more: { dashboardFolder: await ensureDashboard() } })
    browser = await launchBrowser()
    await plant()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  async function plant(): Promise<void> {
    const position = { lat: 35.3, lon: 139.9 }
    const series = (name: string, label: string, unit: string) => ({ name, unit, intervalS: 10, label: both(label) })
    const status = birth({
      agent: mark('agent').replaceAll('onerror="hit=1"', ''),
      label: both('gateway-label'),
      sites: [
        { id: 'paddy-1', kind: 'paddy', name: both('paddy-name'), position },
        { id: 'line-1', kind: 'factory', name: both('line-name'), position },
        ...(['streetlight', 'wifi', 'weather'] as const).map((kind) => ({
          id: `${kind}-1`,
          kind,
          name: both(`${kind}-name`),
          position,
        })),
      ],
      devices: [
        {
          id: 'probe-1',
          site: 'paddy-1',
          profile: mark('profile'),
          label: both('probe-label'),
          series: [
            series('probe-1:water-level', 'level-label', 'm'),
            series('probe-1:verdict', 'verdict-label', '<b data-q>unit'),
            series('probe-1:load', 'load-label', '<b data-q>unit'),
          ],
        },
        {
          id: 'camera-1',
          site: 'line-1',
          profile: 'camera',
          label: both('camera-label'),
          series: [series('camera-1:frame-rate', 'rate-label', '1/s')],
        },
      ],
      models: [{ id: mark('model-id'), version: mark('model-version') }],
      refusedModels: [{ package: '<b data-q>package', reason: mark('refused-reason') }],
      commands: [{ kind: 'frame', choices: ['<b data-q>choice'] }],
    })
    await hub.cloud.tap({ topic: gatewayTopic('status'), payload: status })
    const timeMs = Date.now()
    const good = { timeMs, quality: 'good', reason: undefined } as const
    const payload = telemetry(1, [
      { ...good, name: 'probe-1:water-level', value: 0.01, unit: 'm' },
      { ...good, name: 'probe-1:verdict', value: mark('reading-text'), unit: undefined },
      { ...good, name: 'probe-1:load', value: 3, unit: '<b data-q>unit' },
      { ...good, name: 'camera-1:frame-rate', value: 2, unit: '1/s' },
    ])
    await hub.cloud.tap({ topic: gatewayTopic('telemetry'), payload })
    const event = encodeEvent({
      kind: 'inspection',
      source: 'camera-1',
      timeMs,
      model: { id: '<b data-q>model-id', version: '<b data-q>1' },
      score: 0.9,
      class: '<b data-q>class',
      state: 'reject',
      latencyMs: 1,
      detail: { lot: mark('lot') },
    })
    const envelope = encodeEnvelope({ epoch: 'epoch-1', seq: 2, prev: 1, pack: event })
    await hub.cloud.tap({ topic: gatewayTopic('event'), payload: envelope })
    await send('citizen-reports', {
      secret: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I',
      kind: 'road',
      text: mark('report-text'),
      position,
    })
    const alarm = await eventually(async () => {
      const { body } = await hub.get('/api/v1/alarms?state=open')
      const [first] = (body as { readonly items: readonly { readonly id: string }[] }).items
      if (first === undefined) throw new Error('no alarm yet')
      return first.id
    })
    await send(`alarms/${alarm}/comment`, { by: mark('person'), text: mark('comment') })
  }

  async function send(path: string, body: object): Promise<void> {
    const answer = await fetch(`${hub.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(`${path} ${answer.status} ${answer.ok ? '' : await answer.text()}`).toMatch(/ 20\d/)
  }

  /** Where the page asks others than the hub, as it does so. */
  function strangersOf(page: Page): readonly string[] {
    const strangers: string[] = []
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== hub.url && !/^(data|blob):/.test(request.url()))
        strangers.push(request.url())
    })
    return strangers
  }

  it.each([
    ['citizen', ['', '#report', '#places', '#data', '#privacy']],
    ['field', ['']],
  ] as const)('are no way to others: no page below /%s/ asks anybody but the hub', async (folder, hashes) => {
    const screen = await openScreen(browser, { width: 360, height: 780, scheme: 'light' })
    onTestFinished(() => screen.close())
    const { page } = screen
    const strangers = strangersOf(page)
    for (const hash of hashes) {
      await page.goto(`${hub.url}/${folder}/${hash}`)
      await page.getByRole('heading').first().waitFor()
      await page.waitForLoadState('networkidle')
    }
    expect(strangers).toEqual([])
  })

  it.each(['ja', 'en'] as const)('stay texts on every page, which axe finds nothing in (%s)', async (language) => {
    const screen = await openScreen(browser, { width: 360, height: 780, scheme: language === 'ja' ? 'light' : 'dark' })
    onTestFinished(() => screen.close())
    const { page, faults, picture } = screen
    const strangers = strangersOf(page)
    await page.addInitScript(`localStorage.setItem('musubi.language', ${JSON.stringify(language)})`)
    await page.goto(`${hub.url}/#/`)
    await isLive(page)
    const seen: string[] = []
    const found: string[] = []
    for (const hash of Object.entries(routes).flatMap(addressesOf)) {
      await walkTo(page, hash)
      seen.push(await page.locator('body').innerText())
      if ((await page.locator('[data-q]').count()) > 0) found.push(`${hash}: a text became markup`)
      if ((await page.evaluate(`globalThis.hit`)) !== undefined) found.push(`${hash}: a text was run`)
      found.push(...(await accessibilityFaults(page)).map((fault) => `${hash}: ${fault}`))
      await picture(`hostile-${language}-${hash.replaceAll(/[^a-z0-9-]+/g, '_')}`)
    }
    expect(found).toEqual([])
    const all = seen.join('\n')
    expect(planted.filter((word) => !all.includes(word))).toEqual([])
    expect(strangers).toEqual([])
    // This hub runs without pictures, installations, roll-outs and messages: their pages say so.
    expect(faults.filter((fault) => !/^404 |status of 404/.test(fault))).toEqual([])
  })
})

/** Plain, and with what the address carries. */
function addressesOf([view, { carries, place }]: readonly [string, Line]): readonly string[] {
  const plain = view === 'overview' ? '#/' : `#/${view}`
  if (carries === 'nothing') return [plain]
  if (carries === 'gateway') return [`${plain}/${gateway}`]
  const site = /^(factory|gallery|teach|counter)$/.test(view) ? line : `${gateway}/paddy-1`
  if (carries === 'site') return [`${plain}/${site}`]
  const at = view === 'rules' ? 'kimitsu/new/threshold' : site
  return place === 'none' ? [`${plain}/${at}`] : [plain, `${plain}/${at}`]
}

/** Until the view has come, and says something else than that it is loading. */
async function walkTo(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
  await page.locator('.skeleton').waitFor({ state: 'detached' })
  await page.locator('main').getByRole('heading').or(page.locator('main .empty, main .fault')).first().waitFor()
  const waiting = page.locator('main > p').getByText(/^(読み込んでいます|Loading)$/)
  await until(`${hash} has loaded`, 5_000, async () => ((await waiting.count()) === 0 ? true : undefined))
}
