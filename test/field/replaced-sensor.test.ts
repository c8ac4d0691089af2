// A sensor is replaced by phone, from the field page over the gateway's own page to the dashboard: its series goes on, and the history says so.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { run as runCa } from '../../bin/commands/ca.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import { hashPassword } from '../../firmware-bridge/mqtt/password-hash.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { type ModbusSlave, sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { debianPackage } from '../debian.ts'
import { isWell, launchBrowser, openScreen, type Screen } from '../e2e/screen.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'

const host = '127.0.0.1'
const code = 'kusa-to-mizu'
const series = 'kimitsu/paddy-7/level-1:water-level'

/** A QDY30A in so many tenths of a millimetre of water. */
const probe = (tenthsOfMm: number): ModbusSlave => ({
  holding: sparseTable(new Map([1, 3, 8, 1, tenthsOfMm, 0, 148, 500].entries())),
})

describe.skipIf(!debianPackage('chromium'))('a sensor that is replaced by phone', { timeout: 240_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let bus: ModbusServer
  let gateway: Program
  let localPort: unknown
  let browser: Browser
  let screen: Screen
  const slaves = new Map([[1, probe(600)]])

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-sensor-'))
    bus = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
    hub = await createHub(join(folder, 'hub'), [])
    const home = join(folder, 'paddy-7')
    await mkdir(home)
    const who = ['--data', join(folder, 'hub'), '--tenant', 'kimitsu', '--gateway', 'paddy-7']
    await runCa(['issue', 'gateway', ...who, '--out', home])
    await writeFile(join(home, 'gateway.yaml'), stringify(await gatewayFile()))
    gateway = startProgram(['edge', '--config', join(home, 'gateway.yaml')])
    localPort = (await gateway.logged('the local page is open'))['port']
    browser = await launchBrowser()
    screen = await openScreen(browser, { width: 360, height: 780, scheme: 'light' })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await gateway?.end('SIGKILL')
    await hub?.end('SIGKILL')
    await bus?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function gatewayFile(): Promise<object> {
    return {
      tenant: 'kimitsu',
      gateway: 'paddy-7',
      label: { ja: '小糸 7号', en: 'Koito 7' },
      data: './data',
      hub: {
        url: `mqtts://localhost:${hub.mqttsPort}`,
        ca: 'ca.cert.pem',
        certificate: 'gateway.cert.pem',
        key: 'gateway.key.pem',
      },
      uplink: { reconnectBaseMs: 50, reconnectCapMs: 500 },
      localPage: { host, port: 0, code: await hashPassword(code) },
      sites: [
        {
          id: 'field-7',
          kind: 'paddy',
          name: { ja: '小糸 7号田', en: 'Koito paddy 7' },
          position: { lat: 35.2905, lon: 139.9512 },
        },
      ],
      connections: [{ id: 'bus', type: 'modbus-tcp', host, port: bus.port }],
      devices: [
        {
          id: 'level-1',
          label: { ja: '取水口の水位計', en: 'Level probe at the inlet' },
          connection: 'bus',
          site: 'field-7',
          profile: 'qdy30a-level-temperature',
          address: { unitId: 1 },
          intervalS: 0.5,
          timeoutMs: 1000,
          retries: 0,
        },
      ],
    }
  }

  const valuesOf = async (): Promise<readonly (number | null)[]> =>
    (await hub.goodReadings(series)).map(({ value }) => value)
  const next = (page: Page) => page.getByRole('button', { name: '次へ' }).click()

  it('goes on as the same series, and the page of its gateway says when, why and by which unit', async () => {
    const { page, faults, picture } = screen
    await until('readings of the old sensor', 60_000, async () => (await valuesOf()).includes(0.06) || undefined)
    await page.goto(`http://${host}:${hub.httpPort}/field/`)
    await page.getByRole('button', { name: 'センサー・機器を交換する' }).click()
    await page.locator('select').first().selectOption('kimitsu/paddy-7')
    await page.locator('select').nth(1).selectOption({ label: '取水口の水位計（level-1）' })
    await page.getByLabel('交換の理由（任意）').fill('草刈り機でケーブルを切った')
    await page.getByLabel('外した機器の製造番号（任意）').fill('A-2019-04')
    await page.getByLabel('新しい機器の製造番号（任意）').fill('B-2026-11')
    await picture('sensor-1-pick')
    await isWell(page)
    await next(page)

    expect(await page.getByLabel('場所の名前').inputValue()).toBe('小糸 7号田')
    await next(page)
    await page.locator('[data-position="35.2905,139.9512"]').waitFor()
    await next(page)
    const photo = await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#5f8f4f' } })
      .jpeg()
      .toBuffer()
    await page.getByLabel('写真を撮る').setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: photo })
    await page.getByAltText('設置の写真').waitFor()
    await next(page)

    // The old one comes off: until the new one answers, the gateway says that nobody does.
    slaves.delete(1)
    await page.getByLabel('ゲートウェイのアドレス').fill(`${host}:${String(localPort)}`)
    await page.getByRole('button', { name: 'ゲートウェイの画面を開く' }).click()
    await page.getByLabel('作業コード').fill(code)
    await page.getByRole('button', { name: '開く' }).click()
    await page.getByRole('heading', { name: 'いまの値' }).waitFor()
    await page.locator('.notice-fault').first().waitFor()
    await picture('sensor-2-silent')
    await isWell(page)
    await page.getByRole('button', { name: '設置の点検を始める' }).click()
    await page.getByRole('heading', { level: 1, name: '取水口の水位計' }).waitFor()
    await page.getByText('取水口の水位計 の応答を待っています').waitFor()
    slaves.set(1, probe(2000))
    await page.getByRole('button', { name: 'もう一度読む' }).click()
    await page.getByText('20.0 cm').waitFor()
    await page.getByRole('button', { name: '値は正しい' }).click()
    await page.getByText('値を現物と見比べて確かめました').waitFor()
    await picture('sensor-3-confirmed')
    await isWell(page)
    await next(page)
    const stored = page.getByText('ハブに保存されました')
    const passed = page.getByText('すべて合格しました')
    await stored.or(passed).waitFor()
    if (await stored.isVisible()) await next(page)
    await passed.waitFor()
    await page.getByRole('button', { name: '結果に署名する' }).click()
    await page.getByRole('link', { name: '設置アプリに戻る' }).click()

    await page.getByRole('heading', { name: '確認してサインオフ' }).waitFor()
    await page.getByText('すべて合格').waitFor()
    await page.getByText('20.0 cm').waitFor()
    await page.getByLabel('作業者の名前').fill('佐藤 花子')
    await picture('sensor-4-sign')
    await isWell(page)
    await page.getByRole('button', { name: 'サインオフする' }).click()
    await page.getByText('ハブに送りました').waitFor()
    await picture('sensor-5-done')
    await isWell(page)
    await page.getByRole('link', { name: 'ハブの記録を見る' }).click()

    const record = page.locator('[data-installation]')
    await record.getByRole('heading', { name: '取水口の水位計 を交換' }).waitFor()
    await record.getByText('製造番号 A-2019-04 → B-2026-11').waitFor()
    await record.getByText('理由: 草刈り機でケーブルを切った').waitFor()
    await record.getByText('佐藤 花子 がサインオフ').waitFor()
    await picture('sensor-6-record')
    await isWell(page)

    await page.goto(`http://${host}:${hub.httpPort}/#/site/kimitsu/paddy-7/field-7`)
    const shown = page.locator(`[data-series="${series}"]`)
    await shown.and(page.getByText('20.0 cm', { exact: true })).waitFor()
    expect(await page.locator('[data-channel="water-level"]').count()).toBe(1)
    await page.locator('.chart canvas').waitFor()
    await page.getByText(/最小 6\.0 cm.*最大 20\.0 cm/).waitFor()
    await page.locator('.replacements').getByText('取水口の水位計 を交換').waitFor()
    await picture('sensor-7-series')
    await isWell(page)
    const values = await valuesOf()
    expect(values).toContain(0.06)
    expect(values).toContain(0.2)
    expect(values.lastIndexOf(0.06)).toBeLessThan(values.indexOf(0.2))
    expect(faults).toEqual([])
  })
})
