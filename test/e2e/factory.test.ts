// A small factory's day at the screen: see the line, put verdicts right by keyboard, watch yield and defects change, teach a new part and use it.
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { ExampleStore } from '../../edge/teach/example-store.ts'
import { ensureOwnKey } from '../../edge/teach/own-key.ts'
import { flangeOf, type FlangeDefect } from '../../firmware-bridge/simulators/factory/flange.ts'
import { photograph } from '../../firmware-bridge/simulators/factory/photograph.ts'
import { serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { loadPackage } from '../../models/package.ts'
import { teach } from '../../models/teach/teach.ts'
import { debianPackage } from '../debian.ts'
import { createEdge } from '../faults/edge-under-test.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'
import { isWell, launchBrowser, openScreen, pressByKey, tabTo, tabToField } from './screen.ts'

const seed = 11
const limitMs = 120_000
const site = 'test/factory/works'

describe.skipIf(!debianPackage('chromium'))('a small factory', { timeout: 2 * limitMs }, () => {
  let folder: string
  let hub: HubUnderTest
  let browser: Browser
  let given = 0
  const ends: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-factory-'))
    ends.push(() => rm(folder, { recursive: true, force: true }))
    await mkdir(join(folder, 'pictures'))
    const slaves = new Map([[1, { writeCoil: () => true }]])
    const server = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
    ends.push(() => server.close())
    const foreman = await ensureOwnKey(join(folder, 'foreman'))
    await teachFirst(folder, foreman.privateFile)
    const data = join(folder, 'hub')
    hub = await createHub(data, [])
    ends.push(() => hub.end('SIGKILL'))
    const edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data, mqttsPort: hub.mqttsPort },
      tenant: 'test',
      gateway: 'factory',
      config: factoryConfig(folder, foreman.publicFile, server.port),
    })
    ends.push(() => edge.close())
    await edge.start()
    browser = await launchBrowser()
    ends.push(() => browser.close())
    await until('the model judges', limitMs, async () => {
      const { items } = await ask<{ items: { models: readonly unknown[] }[] }>('gateways')
      return (items[0]?.models.length ?? 0) > 0 ? true : undefined
    })
    for (let index = 0; index < 6; index += 1) await part(300 + index, index === 2 ? 'missing-hole' : 'none')
  }, 2 * limitMs)
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })

  async function ask<T>(path: string): Promise<T> {
    return (await (await hub.get(`/api/v1/${path}`)).json()) as T
  }

  /** Puts a part before the camera and waits for its verdict. */
  async function part(index: number, defect: FlangeDefect | 'none'): Promise<void> {
    given += 1
    await writeFile(join(folder, `${given}.jpg`), await photograph(flangeOf(seed, index, defect)))
    await rename(join(folder, `${given}.jpg`), join(folder, 'pictures', `${given}.jpg`))
    await until(`verdict ${given}`, limitMs, async () => {
      const { items } = await ask<{ items: readonly unknown[] }>('events?kind=inspection&limit=100')
      return items.length >= given ? true : undefined
    })
  }

  it('shows its line, is put right, and learns a new part that is then in use, all by keyboard', async () => {
    const screen = await openScreen(browser, { width: 1280, scheme: 'light' })
    const { page, faults, picture } = screen
    page.setDefaultTimeout(limitMs)
    await page.goto(`http://127.0.0.1:${hub.httpPort}/#/factory`)
    await page.getByRole('heading', { level: 1, name: '試験工場' }).waitFor()
    await page.locator('.inspection .verdict-word').waitFor()
    await page.locator('.yield-table tbody tr').first().waitFor()
    await tabToField(page, '疑わしさ')
    await page.keyboard.press('Space')
    expect(await page.getByLabel('疑わしさ').isChecked()).toBe(false)
    await picture('factory-1-line-1280')
    await isWell(page)

    await pressByKey(page, 'a', '検査ギャラリー')
    const tiles = page.locator('.gallery-part')
    await tiles.nth(5).waitFor()
    await tabTo(page, '.gallery-part')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('2')
    await page.getByText('不良（へこみ）として記録しました').waitFor()
    await tiles.nth(1).getByText('不良と確認 へこみ').waitFor()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('b')
    await page.getByText('不良として記録しました', { exact: true }).waitFor()
    await page.keyboard.press('u')
    await page.getByText('元に戻しました').waitFor()
    await picture('factory-2-gallery-1280')
    await isWell(page)

    await pressByKey(page, 'a', 'ラインを見る')
    await page.locator('.pareto [data-defect="dent"]').getByText('1個').waitFor()
    await page.locator('.yield-total', { hasText: '人が確かめた部品' }).getByText('1', { exact: true }).waitFor()

    await pressByKey(page, 'a', '新しい部品を教える')
    await page.getByLabel('部品の名前').waitFor()
    await tabToField(page, '部品の名前')
    await page.keyboard.insertText('小さなフランジ')
    await page.keyboard.press('Enter')
    const recent = page.locator('.teach-part')
    await recent.nth(5).waitFor()
    for (let index = 0; index < 6; index += 1) {
      const word = index === 3 ? '不良' : '良品'
      await pressByKey(page, `.teach-part:nth-child(${index + 1}) button`, word)
      await recent.nth(index).locator('[aria-pressed="true"]').waitFor()
    }
    await picture('factory-3-teach-1280')
    await isWell(page)
    await pressByKey(page, 'button', '学習する')
    await page.getByRole('button', { name: 'このモデルを使い始める' }).waitFor()
    await picture('factory-4-result-1280')
    await isWell(page)
    await pressByKey(page, 'button', 'このモデルを使い始める')
    await page.getByText('「小さなフランジ」の検査を始めました').waitFor()
    await part(400, 'none')
    const { items } = await ask<{ items: { model: { version: string } }[] }>('events?kind=inspection&limit=1')
    expect(items[0]?.model.version).toBe('2.0.0')
    expect(faults).toEqual([])
    await screen.close()
  })

  it('fits a phone, where one tap puts a verdict right', async () => {
    const screen = await openScreen(browser, { width: 360, scheme: 'dark' })
    const { page, faults, picture } = screen
    page.setDefaultTimeout(limitMs)
    await page.goto(`http://127.0.0.1:${hub.httpPort}/#/factory/${site}`)
    await page.locator('.yield-table tbody tr').first().waitFor()
    await page.getByRole('button', { name: '良品だった' }).click()
    await page.getByRole('button', { name: '元に戻す' }).waitFor()
    await picture('factory-5-phone-360')
    await isWell(page)
    await page.getByRole('link', { name: '検査ギャラリー' }).click()
    await page.locator('.gallery-part').first().waitFor()
    await picture('factory-6-gallery-360')
    await isWell(page)
    // The longer words of the other language, and a width between phone and desk.
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('button', { name: 'Missing hole' }).waitFor()
    await picture('factory-7-gallery-360-english')
    await isWell(page)
    await page.setViewportSize({ width: 768, height: 1024 })
    await picture('factory-8-gallery-768-english')
    await isWell(page)
    expect(faults).toEqual([])
    await screen.close()
  })
})

function factoryConfig(folder: string, publicFile: string, modbusPort: number): Record<string, unknown> {
  const position = { lat: 35.3, lon: 139.9 }
  const source = { type: 'hot-folder', folder: join(folder, 'pictures'), settleMs: 20 }
  return {
    modelTrust: { keys: [publicFile] },
    label: { ja: '試験工場ゲートウェイ', en: 'Test works gateway' },
    sites: [{ id: 'works', kind: 'factory', name: { ja: '試験工場', en: 'Test works' }, position }],
    connections: [{ id: 'io', type: 'modbus-tcp', host: '127.0.0.1', port: modbusPort }],
    devices: [],
    cameras: [{ id: 'camera-1', site: 'works', source }],
    inspections: [
      {
        id: 'line-1',
        site: 'works',
        label: { ja: 'フランジ検査', en: 'Flange inspection' },
        camera: 'camera-1',
        model: join(folder, 'flange'),
        trigger: { type: 'frame' },
        relay: { type: 'modbus', connection: 'io', coil: 0 },
        limitMs: 60_000,
        pictures: 'all',
        teach: { examples: join(folder, 'examples') },
      },
    ],
  }
}

/** As a foreman does with `musubi model teach`. */
async function teachFirst(folder: string, keyFile: string): Promise<void> {
  const examples = new ExampleStore(join(folder, 'examples'))
  for (let index = 0; index < 6; index += 1) {
    await examples.add('good', await photograph(flangeOf(seed, index, 'none')), index)
  }
  await examples.add('bad', await photograph(flangeOf(seed, 100, 'dent')), 100)
  const list = await examples.list()
  const pictures = (wanted: 'good' | 'bad') =>
    list
      .filter(({ judgement }) => judgement === wanted)
      .map(({ path }) => ({ name: basename(path), read: () => readFile(path) }))
  await teach({
    extractor: await loadPackage(packageFolder('image-features')),
    good: pictures('good'),
    bad: pictures('bad'),
    out: join(folder, 'flange'),
    id: 'flange',
    version: '1.0.0',
    labels: { ja: 'フランジ', en: 'Flange' },
    nowMs: Date.now(),
    privateKeyPem: await readFile(keyFile, 'utf8'),
  })
}
