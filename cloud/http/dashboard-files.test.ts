import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { scriptsInPage } from './dashboard-files.ts'

it('the scripts that stand in the page are named by their hash, those in files and data are not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-page-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  expect(await scriptsInPage(folder)).toEqual([])
  const scripts = [
    '<script type="module" src="./start.js"></script>',
    '<script type="application/json">{}</script>',
    "<script>alert('Hello, world.');</script>",
  ]
  await writeFile(join(folder, 'index.html'), scripts.join('\n'))
  // The example of the specification of content security policies.
  expect(await scriptsInPage(folder)).toEqual([`'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='`])
  expect(await scriptsInPage(undefined)).toEqual([])
})
