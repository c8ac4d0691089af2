// The field page as an engineer uses it at a pole without network: everything is kept, and sent exactly once afterwards.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import encodeQR from 'qr'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { writeClaimText } from '../../provisioning/est/claim-text.ts'
import { debianPackage } from '../debian.ts'
import { isWell, launchBrowser } from '../e2e/screen.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'
import { checksOf, createSigner, type Signer } from './signed-checks.ts'

const pictures = process.env['MUSUBI_SCREENSHOTS']
const claim = writeClaimText({
  hub: '192.168.4.9:8444',
  caHash: 'A'.repeat(43),
  claim: 'abcd1234',
  secret: 'a'.repeat(26),
  identity: { tenant: 'kimitsu', gateway: 'paddy-7' },
})

/** A photo of a label: the code on a white sheet, turned a little. */
async function labelPhoto(text: string): Promise<Buffer> {
  const svg = encodeQR(text, 'svg', { scale: 6 })
  const code = await sharp(Buffer.from(svg)).resize(330, 330, { kernel: 'nearest' }).png().toBuffer()
  const sheet = sharp({ create: { width: 640, height: 480, channels: 3, background: '#b9b4a6' } })
  return await sheet
    .composite([{ input: await sharp(code).rotate(7, { background: '#ffffff' }).toBuffer(), left: 120, top: 40 }])
    .jpeg({ quality: 80 })
    .toBuffer()
}

describe.skipIf(!debianPackage('chromium'))('the field page', { timeout: 180_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let browser: Browser
  let signer: Signer
  let context: BrowserContext

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-field-'))
    hub = await createHub(join(folder, 'hub'), [])
    signer = await createSigner(join(folder, 'hub', 'authority'), join(folder, 'paddy-7'), 'paddy-7')
    browser = await launchBrowser()
  }, 180_000)

  afterEach(async () => await context?.close())

  afterAll(async () => {
    await browser?.close()
    await hub?.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  async function newPhone(scheme: 'light' | 'dark' = 'light', width = 360): Promise<Page> {
    context = await browser.newContext({
      viewport: { width, height: 780 },
      colorScheme: scheme,
      locale: 'ja-JP',
      geolocation: { latitude: 35.2905, longitude: 139.9512, accuracy: 6 },
      permissions: ['geolocation'],
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(60_000)
    return await context.newPage()
  }

  const url = () => `http://127.0.0.1:${hub.httpPort}/field/`

  async function picture(page: Page, name: string): Promise<void> {
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    if (pictures !== undefined && pictures !== '')
      await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
  }

  async function isWellInGloves(page: Page): Promise<void> {
    await isWell(page)
    const small = await page.evaluate<
      readonly string[]
    >(`[...document.querySelectorAll('button, a, input:not([type=file]), select, summary')]
      .filter((element) => element.getBoundingClientRect().height < 48).map((element) => element.outerHTML)`)
    expect(small).toEqual([])
  }

  const next = (page: Page) => page.getByRole('button', { name: '次へ' }).click()

  async function installations(): Promise<readonly Record<string, unknown>[]> {
    const { items } = (await (await hub.get('/api/v1/installations')).json()) as { items: Record<string, unknown>[] }
    return items
  }

  it('installs a gateway where there is no network, survives being closed, and is sent once when there is one', async () => {
    let page = await newPhone()
    await page.goto(url())
    await page.getByRole('heading', { name: '何をしますか' }).waitFor()
    await page.evaluate('navigator.serviceWorker.ready')
    await until('the page in the service worker', 20_000, async () => {
      const kept = await page.evaluate<number>(`caches.keys().then((names) => names.length)`)
      const isRuled = await page.evaluate<boolean>(`navigator.serviceWorker.controller !== null`)
      return kept === 1 && isRuled ? true : undefined
    })
    await isWellInGloves(page)
    await picture(page, 'field-1-home')
    await hub.end('SIGKILL')
    await context.setOffline(true)
    await page.reload()
    await page.getByText('圏外').waitFor()

    await page.getByRole('button', { name: '新しく設置する' }).click()
    await isWellInGloves(page)
    await picture(page, 'field-2-scan')
    const label = await labelPhoto(claim)
    await page.getByLabel('写真から読む').setInputFiles({ name: 'label.jpg', mimeType: 'image/jpeg', buffer: label })
    await page.getByText('kimitsu/paddy-7').waitFor()
    await picture(page, 'field-3-found')
    await isWellInGloves(page)
    await next(page)

    await page.getByLabel('場所の名前').fill('小糸 7号田')
    await isWellInGloves(page)
    await next(page)
    await page.getByRole('button', { name: '現在地を使う' }).click()
    await page.locator('[data-position="35.2905,139.9512"]').waitFor()
    await picture(page, 'field-4-place')
    await isWellInGloves(page)
    // Dragged 40 px to the left: the pin is further east.
    await page
      .locator('.pin-map')
      .evaluate((map) => (map as unknown as { scrollIntoView(how: object): void }).scrollIntoView({ block: 'center' }))
    const box = (await page.locator('.pin-map').boundingBox())!
    await page.mouse.move(box.x + 200, box.y + 150)
    await page.mouse.down()
    await page.mouse.move(box.x + 160, box.y + 150, { steps: 4 })
    await page.mouse.up()
    const position = page.locator('[data-position]')
    await until('a corrected position', 10_000, async () => {
      const [, lon = 0] = (await position.getAttribute('data-position'))!.split(',').map(Number)
      return lon > 139.9513 && lon < 139.96 ? true : undefined
    })
    await next(page)

    await page.getByRole('button', { name: '水位計 QDY30A を増やす', exact: true }).click()
    await picture(page, 'field-5-devices')
    await isWellInGloves(page)
    await next(page)

    const exif = { IFD0: { Make: 'SecretCamera' }, IFD3: { GPSLatitude: '35/1 17/1 24/1', GPSLatitudeRef: 'N' } }
    const photo = await sharp({ create: { width: 3000, height: 2000, channels: 3, background: '#3a7d44' } })
      .withExif(exif)
      .jpeg()
      .toBuffer()
    await page.getByLabel('写真を撮る').setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: photo })
    await page.getByAltText('設置の写真').waitFor()
    await picture(page, 'field-6-photo')
    await isWellInGloves(page)

    // The browser is closed in the middle: the work goes on where it was.
    await page.close()
    page = await context.newPage()
    await page.goto(url())
    await page.getByRole('button', { name: '続きから' }).click()
    await page.getByAltText('設置の写真').waitFor()
    await next(page)
    await page.getByLabel('ゲートウェイのアドレス').fill('192.168.4.1')
    await picture(page, 'field-7-local')
    await isWellInGloves(page)
    const asked: string[] = []
    await context.route('http://192.168.4.1:8480/**', async (route) => {
      asked.push(route.request().url())
      await route.fulfill({ contentType: 'text/html', body: '<h1>gateway</h1>' })
    })
    await page.getByRole('button', { name: 'ゲートウェイの画面を開く' }).click()
    await page.waitForURL('http://192.168.4.1:8480/**')
    const handed = new URLSearchParams(new URL(page.url()).hash.slice(1))
    expect(handed.get('claim')).toBe(claim)
    expect(handed.get('return')).toBe(url())
    expect(asked).toEqual(['http://192.168.4.1:8480/'])
    const record = Buffer.from(JSON.stringify(await signer.sign(checksOf('paddy-7')))).toString('base64url')
    await page.goto(`${url()}#result=${record}`)

    await page.getByRole('heading', { name: '確認してサインオフ' }).waitFor()
    expect(page.url()).toBe(url())
    await page.getByText('すべて合格').waitFor()
    await page.getByRole('button', { name: 'サインオフする' }).click()
    await page.getByText('名前を入れてください').waitFor()
    await page.getByLabel('作業者の名前').fill('佐藤 花子')
    await picture(page, 'field-8-sign')
    await isWellInGloves(page)
    await page.getByRole('button', { name: 'サインオフする' }).click()
    await page.getByText('この端末に保存しました').waitFor()
    await picture(page, 'field-9-queued')
    await isWellInGloves(page)
    await page.getByRole('button', { name: '最初の画面' }).click()
    await page.locator('[data-waiting="1"]').waitFor()
    await picture(page, 'field-10-waiting')
    await isWellInGloves(page)
    await page.close()

    await hub.start()
    expect(await installations()).toEqual([])
    await context.setOffline(false)
    const [one, two] = await Promise.all([context.newPage(), context.newPage()])
    await Promise.all([one.goto(url()), two.goto(url())])
    await one.locator('[data-sent="1"]').waitFor()
    await picture(one, 'field-11-sent')
    await two.reload()
    await two.locator('[data-sent="1"]').waitFor()
    expect(await two.locator('[data-waiting]').count()).toBe(0)
    const taken = await installations()
    expect(taken).toHaveLength(1)
    expect(taken[0]).toMatchObject({
      gateway: 'kimitsu/paddy-7',
      engineer: '佐藤 花子',
      place: { name: '小糸 7号田', source: 'map' },
    })
    const kept = Buffer.from(await (await hub.get(String(taken[0]!['photo']))).arrayBuffer())
    expect((await sharp(kept).metadata()).width).toBe(1600)
    expect(kept.includes('SecretCamera')).toBe(false)
  })

  it('says why the hub refused a report, and lets it be mended', async () => {
    const page = await newPhone('dark')
    const stranger = await createSigner(join(folder, 'foreign'), join(folder, 'stranger'), 'paddy-7')
    const record = Buffer.from(JSON.stringify(await stranger.sign(checksOf('paddy-7')))).toString('base64url')
    await page.goto(`${url()}#result=${record}`)
    await page.getByLabel('場所の名前').fill('小糸 8号田')
    await next(page)
    await page.getByRole('button', { name: '現在地を使う' }).click()
    await page.locator('[data-position="35.2905,139.9512"]').waitFor()
    await picture(page, 'field-12-place-dark')
    for (let steps = 0; steps < 2; steps += 1) await next(page)
    await page.getByRole('button', { name: '写真なしで進む' }).click()
    await page.getByText('点検の結果を受け取りました').waitFor()
    await next(page)
    await page.getByLabel('作業者の名前').fill('鈴木')
    await page.getByRole('button', { name: 'サインオフする' }).click()
    await page.getByText('ハブが受け付けませんでした').waitFor()
    await page.getByRole('button', { name: '最初の画面' }).click()
    await page.getByText('点検の署名がこのハブのゲートウェイのものではありません').waitFor()
    await isWellInGloves(page)
    await picture(page, 'field-13-refused-dark')
    await page.getByRole('button', { name: '直して出し直す' }).click()
    await page.getByRole('heading', { name: '設置の写真' }).waitFor()
    expect(await installations()).toHaveLength(1)
  })

  it('asks what is replaced, speaks English when asked, and fits a desk', async () => {
    const page = await newPhone('light', 1280)
    await page.goto(url())
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('button', { name: 'Replace a sensor or device' }).click()
    await page.getByLabel('Name of the gateway').fill('kimitsu/paddy-7')
    await page.getByLabel('Name of the device').fill('level-1')
    await picture(page, 'field-14-pick-desk')
    await isWellInGloves(page)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Name of the place').waitFor()
    expect(await page.evaluate('document.documentElement.lang')).toBe('en')
  })

  it('reads the label through the camera', async () => {
    const frame = await labelPhoto(claim)
    const video = join(folder, 'label.mjpeg')
    await writeFile(video, Buffer.concat(Array.from({ length: 30 }, () => frame)))
    const withCamera = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-video-capture=${video}`,
      ],
    })
    try {
      context = await withCamera.newContext({
        viewport: { width: 360, height: 780 },
        locale: 'ja-JP',
        permissions: ['camera'],
      })
      const page = await context.newPage()
      await page.goto(url())
      await page.getByRole('button', { name: '新しく設置する' }).click()
      await page.getByRole('button', { name: 'カメラで読む' }).click()
      await page.getByRole('heading', { name: '読み取りました' }).waitFor({ timeout: 60_000 })
      await page.getByText('kimitsu/paddy-7').waitFor()
    } finally {
      await withCamera.close()
    }
  })
})
