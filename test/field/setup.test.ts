// A gateway out of its box is set up by a phone's browser alone: claim, place, device, first reading at the hub, signed checks.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { serveModbusTcp, type ModbusServer } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { debianPackage } from '../debian.ts'
import { isWell, launchBrowser, openScreen, pressByKey, type Screen, tabTo, tabToField } from '../e2e/screen.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'

const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const host = '127.0.0.1'

describe.skipIf(!debianPackage('chromium'))('a new gateway and a phone', { timeout: 240_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let browser: Browser
  let field: ModbusServer
  let child: ChildProcess
  let screen: Screen
  const registers = new Map([1, 3, 8, 1, 600, 0, 148, 500].entries())

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-setup-'))
    hub = await createHub(join(folder, 'hub'), [])
    browser = await launchBrowser()
    const slaves = new Map([[1, { holding: sparseTable(registers) }]])
    field = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
  }, 120_000)

  afterEach(async () => {
    await screen?.close()
    if (child !== undefined && child.exitCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })

  afterAll(async () => {
    await browser?.close()
    await field?.close()
    await hub?.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  /** Starts `musubi setup` and resolves with the address of its page. */
  async function startSetup(out: string): Promise<string> {
    const words = [musubi, 'setup', out, '--host', host, '--port', '0', '--mqtts-port', String(hub.mqttsPort)]
    child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    child.once('exit', (code) => reject(new Error(`musubi setup ended with ${code}`)))
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        const [, url] = /^the setup page: (\S+)$/.exec(line) ?? []
        if (url !== undefined) resolve(url)
      })
    }
    return await promise
  }

  async function claimFor(gateway: string): Promise<string> {
    const words = ['--data', join(folder, 'hub'), '--tenant', 'kimitsu', '--gateway', gateway]
    const hubName = ['--hub', `${host}:${hub.estPort}`]
    const { stdout } = await promisify(execFile)(process.execPath, [musubi, 'claim', 'new', ...words, ...hubName])
    return stdout.trim()
  }

  async function isWellInGloves(page: Page): Promise<void> {
    await isWell(page)
    const small = await page.evaluate<readonly string[]>(`[...document.querySelectorAll('button, a, input, select')]
      .filter((element) => element.getBoundingClientRect().height < 48).map((element) => element.outerHTML)`)
    expect(small).toEqual([])
  }

  it('goes from the code of its label to a signed record, and the claim is in no address', async () => {
    const out = join(folder, 'paddy-7')
    const url = await startSetup(out)
    screen = await openScreen(browser, { width: 360, scheme: 'light' })
    const { page, picture, faults } = screen
    const claim = await claimFor('paddy-7')
    const plan = { name: '小糸 7号田', kind: 'paddy', position: { lat: 35.29, lon: 139.95 }, devices: [] }
    const fieldPage = `http://127.0.0.1:${hub.httpPort}/field/`
    const words = new URLSearchParams({ claim, return: fieldPage })
    words.set('plan', Buffer.from(JSON.stringify(plan)).toString('base64url'))
    await page.goto(`${url}#${words.toString()}`)

    await page.getByText(`ハブ ${host}:${hub.estPort} に、kimitsu/paddy-7 として登録します`).waitFor()
    expect(page.url()).not.toContain('claim')
    await isWellInGloves(page)
    await picture('setup-0-claim')
    await page.getByRole('button', { name: '登録する' }).click()
    await page.getByRole('heading', { name: '設置場所' }).waitFor()
    await isWellInGloves(page)
    await picture('setup-1-site')
    await page.getByRole('button', { name: '次へ' }).click()

    await page.getByRole('button', { name: '機器を追加' }).click()
    await isWellInGloves(page)
    await picture('setup-2-profile')
    await page.getByLabel('機種名で探す').fill('QDY30A')
    await page.locator('[data-profile="qdy30a-level-temperature"]').click()
    await picture('setup-3-way')
    await isWellInGloves(page)
    await page.locator('[data-way="modbus-tcp"]').click()
    await page.getByLabel('IP アドレス').fill(host)
    await page.getByLabel('ポート番号').fill(String(field.port))
    await page.getByLabel('ユニット番号').fill('9')
    await page.getByLabel('読む間隔（秒）').fill('1')
    await picture('setup-4-fields')
    await isWellInGloves(page)
    await page.getByRole('button', { name: 'この機器を使う' }).click()
    await picture('setup-5-devices')
    await isWellInGloves(page)
    await page.getByRole('button', { name: '次へ' }).click()
    await page.getByText('読めません').waitFor()
    await picture('setup-6-wrong-unit')
    await isWellInGloves(page)
    await page.getByRole('button', { name: '変更' }).click()
    await page.getByRole('button', { name: '変更' }).click()
    await page.locator('[data-way="modbus-tcp"]').click()
    await page.getByLabel('ユニット番号').fill('1')
    await page.getByRole('button', { name: 'この機器を使う' }).click()
    await page.getByRole('button', { name: '次へ' }).click()
    await page.getByText('読めました').waitFor()
    await page.getByText('水位 0.06 m、水温 14.8 °C').waitFor()
    await picture('setup-7-reads')
    await page.getByRole('button', { name: '次へ' }).click()
    await page.getByLabel('作業コード').fill('kusa-to-mizu')
    await picture('setup-8-code')
    await isWellInGloves(page)
    await page.getByRole('button', { name: '設定を書き込んで動かす' }).click()

    await page.getByRole('heading', { name: 'いまの値' }).waitFor({ timeout: 60_000 })
    await page.getByText('6.0 cm').waitFor()
    await isWellInGloves(page)
    await picture('agent-1-live')
    await page.setViewportSize({ width: 1280, height: 800 })
    await picture('agent-1-live-desk')
    await isWellInGloves(page)
    await page.setViewportSize({ width: 360, height: 780 })
    const file = join(out, 'gateway.yaml')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const written = await readFile(file, 'utf8')
    expect(written).not.toContain('kusa-to-mizu')
    expect(written).toContain('scrypt$')

    await page.getByRole('button', { name: '設置の点検を始める' }).click()
    await page.getByText('水位計を水から上げるか').waitFor()
    await picture('agent-2-device')
    await isWellInGloves(page)
    registers.set(4, 4500)
    await page.getByText('値が動いたので').waitFor()
    await picture('agent-3-moved')
    await page.getByRole('button', { name: '次へ' }).click()
    // The link may have passed already; then it is not shown.
    const stored = page.getByText('ハブに保存されました')
    const passed = page.getByText('すべて合格しました')
    await stored.or(passed).waitFor()
    if (await stored.isVisible()) await page.getByRole('button', { name: '次へ' }).click()
    await passed.waitFor()
    await picture('agent-4-result')
    await isWellInGloves(page)
    await page.getByRole('button', { name: '結果に署名する' }).click()
    const back = page.getByRole('link', { name: '設置アプリに戻る' })
    const address = new URL((await back.getAttribute('href'))!)
    expect(address.origin + address.pathname).toBe(fieldPage)
    await picture('agent-5-signed')
    await isWellInGloves(page)
    const signed = JSON.parse(Buffer.from(address.hash.slice('#result='.length), 'base64url').toString()) as {
      record: string
    }
    expect(JSON.parse(Buffer.from(signed.record, 'base64url').toString())).toMatchObject({
      gateway: 'kimitsu/paddy-7',
      passed: true,
    })
    const readings = await hub.goodReadings('kimitsu/paddy-7/qdy30a-level-temperature-1:water-level')
    expect(readings.some(({ value }) => value === 0.06)).toBe(true)

    await back.click()
    await page.getByLabel('場所の名前').fill('小糸 7号田')
    await page.getByLabel('種類').selectOption('paddy')
    await page.getByRole('button', { name: '次へ' }).click()
    await page.locator('.pin-map svg').first().waitFor()
    await page.getByRole('button', { name: '拡大' }).click()
    const map = (await page.locator('.pin-map').boundingBox())!
    await page.mouse.move(map.x + 100, map.y + 60)
    await page.mouse.down()
    await page.mouse.move(map.x + 90, map.y + 80, { steps: 3 })
    await page.mouse.up()
    await page.locator('[data-position^="35."]').waitFor()
    await page.getByRole('button', { name: '次へ' }).click()
    await page.getByRole('button', { name: '次へ' }).click()
    const photo = await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#5f8f4f' } })
      .jpeg()
      .toBuffer()
    await page.getByLabel('写真を撮る').setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: photo })
    await page.getByAltText('設置の写真').waitFor()
    await page.getByRole('button', { name: '次へ' }).click()
    await page.getByText('点検の結果を受け取りました').waitFor()
    await page.getByRole('button', { name: '次へ' }).click()
    // The phone has a network here: what the hub has of this gateway is shown beside the checks.
    await page.getByRole('heading', { name: 'ハブに届いている値' }).waitFor()
    await page.getByText('45.0 cm').waitFor()
    await page.getByLabel('作業者の名前').fill('佐藤 花子')
    await picture('field-sign-online')
    await page.getByRole('button', { name: 'サインオフする' }).click()
    await page.getByText('ハブに送りました').waitFor()

    await page.goto(`http://127.0.0.1:${hub.httpPort}/#/gateway/kimitsu/paddy-7`)
    const record = page.locator('[data-installation]')
    await record.getByText('佐藤 花子 がサインオフ').waitFor()
    await record.getByRole('img', { name: '小糸 7号田 の設置の写真' }).waitFor()
    await record.locator('.place-map svg').waitFor()
    await picture('gateway-installation-360')
    await isWell(page)
    await page.setViewportSize({ width: 1440, height: 900 })
    await picture('gateway-installation-1440')
    await isWell(page)
    await record.getByRole('button', { name: 'の設置の写真」を削除する' }).click()
    await picture('gateway-installation-photo-asked')
    await isWell(page)
    await record.getByRole('button', { name: '本当に削除する' }).click()
    await record.getByText('写真を削除しました').waitFor()
    await page.reload()
    await record.getByText('佐藤 花子 がサインオフ').waitFor()
    await record.locator('.place-map svg').waitFor()
    expect(await record.getByRole('img', { name: '小糸 7号田 の設置の写真' }).count()).toBe(0)

    // What the hub knows is offered where a sensor is replaced, without a network too.
    await page.setViewportSize({ width: 360, height: 780 })
    await page.goto(fieldPage)
    await page.locator('[data-sent="1"]').waitFor()
    await page.evaluate('navigator.serviceWorker.ready')
    await page.getByRole('button', { name: 'センサー・機器を交換する' }).click()
    const level = 'qdy30a-level-temperature-1'
    await page.locator('select').first().selectOption('kimitsu/paddy-7')
    await page.locator('select').nth(1).selectOption(level)
    await page.getByLabel('新しい機器の製造番号（任意）').fill('B-2026-11')
    await picture('field-pick')
    await isWellInGloves(page)
    await page.getByRole('button', { name: '次へ' }).click()
    expect(await page.getByLabel('場所の名前').inputValue()).toBe('小糸 7号田')
    // While the setup becomes the agent nobody listens.
    expect(faults.filter((fault) => !fault.includes('ERR_CONNECTION_REFUSED'))).toEqual([])
  })

  it('tells in words that a label is not of its hub, and takes the right one afterwards', async () => {
    const url = await startSetup(join(folder, 'paddy-8'))
    screen = await openScreen(browser, { width: 360, scheme: 'dark' })
    const { page, picture } = screen
    const claim = await claimFor('paddy-8')
    await page.goto(url)
    await page.getByLabel('コード（musubi:enrol?…）').fill(claim.replace(/f=[^&]*/, `f=${'A'.repeat(43)}`))
    await page.getByRole('button', { name: '登録する' }).click()
    await page.getByText('このコードは使えません').waitFor()
    await picture('setup-0-refused-dark')
    await isWellInGloves(page)
    await page.getByLabel('コード（musubi:enrol?…）').fill(claim)
    await page.getByRole('button', { name: '登録する' }).click()
    await page.getByRole('heading', { name: '設置場所' }).waitFor()
    // Another phone without the claim gets nothing; the same claim again goes on where it was.
    const other = await fetch(`${url}api/setup/catalogue`)
    expect(other.status).toBe(401)
    await page.reload()
    await page.getByLabel('コード（musubi:enrol?…）').fill(claim)
    await page.getByRole('button', { name: '登録する' }).click()
    await page.getByRole('heading', { name: '設置場所' }).waitFor()
    // Of this hub, and of another gateway: the setup is not theirs to take over.
    await page.reload()
    await page.getByLabel('コード（musubi:enrol?…）').fill(await claimFor('paddy-9'))
    await page.getByRole('button', { name: '登録する' }).click()
    await page.getByText('別のラベルで設置を始めています').waitFor()
    await picture('setup-9-other-label-dark')
    await isWellInGloves(page)
    await page.getByLabel('コード（musubi:enrol?…）').fill(claim.replace(/h=[^&]*/, 'h=127.0.0.1:99999'))
    await page.getByRole('button', { name: '登録する' }).click()
    await page.getByText('このコードは使えません').waitFor()
  })

  it('is set up, checked and signed off by keyboard alone', async () => {
    registers.set(4, 600)
    const url = await startSetup(join(folder, 'paddy-10'))
    screen = await openScreen(browser, { width: 1280, scheme: 'light' })
    const { page, picture, faults } = screen
    const press = (selector: string, text?: string) => pressByKey(page, selector, text)
    const type = async (label: string, text: string): Promise<void> => {
      await tabToField(page, label)
      await page.keyboard.press('ControlOrMeta+a')
      await page.keyboard.insertText(text)
    }
    const fieldPage = `http://127.0.0.1:${hub.httpPort}/field/`
    await page.goto(`${url}#${new URLSearchParams({ return: fieldPage }).toString()}`)
    await page.getByLabel('コード（musubi:enrol?…）').waitFor()
    await type('コード（musubi:enrol?…）', await claimFor('paddy-10'))
    await press('button', '登録する')
    await page.getByRole('heading', { name: '設置場所' }).waitFor()
    await type('場所の名前', '小糸 10号田')
    await type('緯度', '35.29')
    await type('経度', '139.95')
    await press('button', '次へ')
    await page.getByRole('button', { name: '機器を追加' }).waitFor()
    await press('button', '機器を追加')
    await page.getByLabel('機種名で探す').waitFor()
    await type('機種名で探す', 'QDY30A')
    await press('[data-profile="qdy30a-level-temperature"]')
    await page.locator('[data-way="modbus-tcp"]').waitFor()
    await press('[data-way="modbus-tcp"]')
    await page.getByLabel('IP アドレス').waitFor()
    await type('IP アドレス', host)
    await type('ポート番号', String(field.port))
    await type('ユニット番号', '1')
    await type('読む間隔（秒）', '1')
    await press('button', 'この機器を使う')
    await page.getByRole('button', { name: '機器を追加' }).waitFor()
    await press('button', '次へ')
    await page.getByText('読めました').waitFor()
    await picture('keys-1-reads')
    await press('button', '次へ')
    await page.getByLabel('作業コード').waitFor()
    await type('作業コード', 'kusa-to-mizu')
    await press('button', '設定を書き込んで動かす')

    await page.getByRole('heading', { name: 'いまの値' }).waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: '設置の点検を始める' }).waitFor()
    await press('button', '設置の点検を始める')
    await page.getByText('水位計を水から上げるか').waitFor()
    registers.set(4, 4500)
    await page.getByText('値が動いたので').waitFor()
    await press('button', '次へ')
    const stored = page.getByText('ハブに保存されました')
    const passed = page.getByText('すべて合格しました')
    await stored.or(passed).waitFor()
    if (await stored.isVisible()) await press('button', '次へ')
    await passed.waitFor()
    await picture('keys-2-passed')
    await press('button', '結果に署名する')
    await page.getByRole('link', { name: '設置アプリに戻る' }).waitFor()
    await press('a', '設置アプリに戻る')

    await page.getByLabel('場所の名前').waitFor()
    await type('場所の名前', '小糸 10号田')
    await tabToField(page, '種類')
    const kind = page.getByLabel('種類')
    for (let presses = 0; (await kind.inputValue()) !== 'paddy' && presses < 20; presses += 1) {
      await page.keyboard.press('ArrowDown')
    }
    expect(await kind.inputValue()).toBe('paddy')
    await press('button', '次へ')
    await page.locator('.pin-surface svg').waitFor()
    await tabTo(page, '.pin-surface')
    for (const key of ['+', 'ArrowRight', 'ArrowUp']) await page.keyboard.press(key)
    await page.locator('[data-position^="35."]').waitFor()
    await picture('keys-3-pin')
    await press('button', '次へ')
    await press('button', '次へ')
    const photo = await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#5f8f4f' } })
      .jpeg()
      .toBuffer()
    await page.getByLabel('写真を撮る').waitFor({ state: 'attached' })
    await tabToField(page, '写真を撮る')
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')])
    await chooser.setFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: photo })
    await page.getByAltText('設置の写真').waitFor()
    await press('button', '次へ')
    await page.getByText('点検の結果を受け取りました').waitFor()
    await press('button', '次へ')
    await page.getByRole('heading', { name: 'ハブに届いている値' }).waitFor()
    await type('作業者の名前', '佐藤 花子')
    await press('button', 'サインオフする')
    await page.getByText('ハブに送りました').waitFor()
    await picture('keys-4-sent')
    const { items } = (await (await hub.get('/api/v1/installations')).json()) as { items: { gateway: string }[] }
    expect(items.filter(({ gateway }) => gateway.endsWith('paddy-10'))).toHaveLength(1)
    expect(faults.filter((fault) => !fault.includes('ERR_CONNECTION_REFUSED'))).toEqual([])
  })
})
