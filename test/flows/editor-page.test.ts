// The editor of the flows as an engineer sees it: behind the sign-in of the local page, in Japanese, and asking nobody but the gateway.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashPassword } from '../../firmware-bridge/mqtt/password-hash.ts'
import { debianPackage } from '../debian.ts'
import { launchBrowser, openScreen, type Screen } from '../e2e/screen.ts'
import { type FlowingGateway, startFlowingGateway } from './flowing-gateway.ts'

const code = 'kimitsu-2026'

describe.skipIf(!debianPackage('chromium'))('The editor of the flows', { timeout: 180_000 }, () => {
  let gateway: FlowingGateway
  let browser: Browser
  let screen: Screen

  beforeEach(async () => {
    const ready = readFileSync(join(import.meta.dirname, '../../edge/flows/ready/pump-interlock.json'), 'utf8')
    gateway = await startFlowingGateway({
      nodes: JSON.parse(ready.replaceAll('station:', 'plant:')) as readonly object[],
      flows: `  editor: true
  channels: [{ id: pump-on, unit: /, min: 0, max: 1 }]
  setpoints: [{ id: pump, device: plant, channel: pump-relay, min: 0, max: 1, failSafe: 0, renewWithinS: 10 }]
`,
      more: `localPage: { port: 0, host: 127.0.0.1, code: "${await hashPassword(code)}" }`,
    })
    browser = await launchBrowser()
    screen = await openScreen(browser, { width: 1280, scheme: 'light' })
  })
  afterEach(async () => {
    await screen?.close()
    await browser?.close()
    await gateway?.stop()
  })

  it('opens after the sign-in alone, shows the flow and our nodes in Japanese, and asks no other host', async () => {
    const { page } = screen
    const { port } = await gateway.program.logged('the local page is open')
    const origin = `http://127.0.0.1:${String(port)}`
    const asked = new Set<string>()
    page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url())) asked.add(new URL(request.url()).host)
    })
    expect((await page.request.get(`${origin}/flows/`, { maxRedirects: 0 })).status()).not.toBe(200)
    expect((await page.request.post(`${origin}/api/session`, { data: { code } })).status()).toBe(200)
    await gateway.until('the editor', async () => (await page.request.get(`${origin}/flows/settings`)).status() === 200)
    await page.goto(`${origin}/flows/`)
    await page.getByText('運転の判断').first().waitFor()
    await page.locator('[data-palette-type="musubi setpoint"]').waitFor()
    await page.getByText('デプロイ').first().waitFor()
    // What the nodes say of themselves comes over the editor's websocket.
    await page
      .getByText(/(on|off) \(/)
      .first()
      .waitFor()
    await screen.picture('flow-editor')
    await page.locator('#pump-set').dblclick()
    await page.locator('#node-input-setpoint').waitFor()
    await expect.poll(() => page.locator('#musubi-setpoints option').count()).toBe(1)
    await screen.picture('flow-editor-form')
    expect([...asked]).toEqual([`127.0.0.1:${String(port)}`])
    expect(screen.faults.filter((fault) => !fault.includes('/flows/vendor/'))).toEqual([])
  })
})
