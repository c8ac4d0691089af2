// The screen of back-ups: none yet, one made by a press, a place that is gone, on a phone and on a desk.
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { debianPackage } from '../debian.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { mayMount, mountSmallDisk } from '../faults/small-disk.ts'
import { isWell, launchBrowser, type Look, openAt } from './screen.ts'

const phone = { width: 360, height: 780, scheme: 'light' } as const satisfies Look
const desk = { width: 1440, height: 900, scheme: 'dark' } as const satisfies Look

describe.skipIf(!debianPackage('chromium'))('the page of back-ups', { timeout: 120_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let browser: Browser
  const shelf = () => join(folder, 'shelf')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-backups-'))
    await mkdir(shelf())
    hub = await createHub(join(folder, 'hub'), ['--backups', shelf()])
    browser = await launchBrowser()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await hub?.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it.each([phone, desk])('says what there is and makes one by a press, $width px wide', async (look) => {
    const { page, picture, faults } = await openAt(browser, `http://127.0.0.1:${hub.httpPort}/#/backups`, look)
    const button = page.getByRole('button', { name: '今すぐバックアップする' })
    await button.waitFor()
    if (look === phone) await page.getByText('バックアップがまだ一つもありません。').waitFor()
    await picture(`backups-1-${look.width}`)
    const before = await page.locator('.backup-is-whole').count()
    await button.click()
    await page.locator('.backup-is-whole').nth(before).waitFor()
    await page.getByText('最後のバックアップ:').waitFor()
    await picture(`backups-2-${look.width}`)
    await isWell(page)
    expect(faults).toEqual([])
    expect((await readdir(shelf())).length).toBe(before + 1)
  })

  it.skipIf(!mayMount())('says that an old one cannot be removed', async () => {
    const disk = mountSmallDisk(join(shelf(), '.20260101T000000Z.gone'), 1)
    try {
      const { page, picture } = await openAt(browser, `http://127.0.0.1:${hub.httpPort}/#/backups`, phone)
      await page.getByRole('button', { name: '今すぐバックアップする' }).click()
      await page.getByText('古いバックアップ1個を消せませんでした。').waitFor()
      await picture('backups-4-360')
      await isWell(page)
    } finally {
      disk.unmount()
    }
  })

  it('says that its place is gone, and takes no press', async () => {
    await rename(shelf(), join(folder, 'away'))
    const { page, picture } = await openAt(browser, `http://127.0.0.1:${hub.httpPort}/#/backups`, phone)
    await page.getByText('保存先を読めません。').waitFor()
    expect(await page.getByRole('button', { name: '今すぐバックアップする' }).isDisabled()).toBe(true)
    await picture('backups-3-360')
    await isWell(page)
  })
})
