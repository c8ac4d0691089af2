import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'
import { chunkWith, filesOf } from './page-files.ts'
import { keysIn } from './page-texts.ts'

const root = fileURLToPath(new URL('.', import.meta.url))

describe('the keys that a module says', () => {
  it('are found in every kind of quotes, and nowhere else', () => {
    expect(keysIn(`t('farm.title') + t("nav.farm") + t(\`app.name\`)`)).toEqual(['nav.farm', 'farm.title', 'app.name'])
    expect(keysIn(`t(farm.title)`)).toEqual([])
  })

  it('are all that begin so where the end is put in', () => {
    const keys = keysIn('t(`live.${state}`)')
    expect(keys).toContain('live.connecting')
    expect(keys.every((key) => key.startsWith('live.'))).toBe(true)
  })
})

describe('the texts in the bundle', () => {
  let bundle: Rolldown.OutputBundle = {}
  beforeAll(async () => {
    const built = (await build({
      root,
      configFile: `${root}vite.config.ts`,
      configLoader: 'native',
      logLevel: 'error',
      build: { write: false },
    })) as Rolldown.RolldownOutput
    bundle = Object.fromEntries(built.output.map((part) => [part.fileName, part]))
  }, 120_000)

  /** All script without which a view does not run. */
  function scriptOf(module: string): string {
    const chunk = chunkWith(bundle, module)
    if (chunk === undefined) throw new Error(`the build has no ${module}`)
    const parts = filesOf(bundle, chunk, 'static').map((file) => bundle[file])
    return parts.map((part) => (part?.type === 'chunk' ? part.code : '')).join('\n')
  }

  it('come with the view that says them, in both languages', () => {
    const farm = scriptOf('/src/views/farm.tsx')
    expect(farm).toContain('いまは、どの田も何もしなくてよい')
    expect(farm).toContain('No paddy needs anything now')
    expect(farm).toContain('自動更新中')
  })

  it('come with no other', () => {
    expect(scriptOf('/src/main.tsx')).not.toContain('No paddy needs anything now')
    expect(scriptOf('/src/views/rules.tsx')).not.toContain('No paddy needs anything now')
  })

  it('stand once in all that a view loads', () => {
    expect(scriptOf('/src/views/paddy.tsx').split('No paddy needs anything now')).toHaveLength(2)
  })
})
