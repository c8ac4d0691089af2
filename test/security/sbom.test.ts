// The bill of materials (CycloneDX) that a release comes with names every library that it runs with, in the version that is installed.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface BillOfMaterials {
  readonly bomFormat: string
  readonly components: readonly { readonly name: string; readonly group?: string; readonly version: string }[]
}

it('a bill of materials is made from the lock file', async () => {
  // As .ci/run makes it: from the lock file, because it must hold for every kind of machine; with what only development uses (marked so),
  // because npm 11 leaves out libraries that are both.
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  const { stdout } = await promisify(execFile)('npm', words, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  const bill = JSON.parse(stdout) as BillOfMaterials
  expect(bill.bomFormat).toBe('CycloneDX')
  const named = new Set(
    bill.components.map(({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`),
  )
  const { dependencies } = JSON.parse(await readFile(`${root}/package.json`, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  for (const [name, version] of Object.entries(dependencies)) expect(named).toContain(`${name}@${version}`)
})
