// How the dashboard is bundled: Preact's JSX, the coast cut out of Natural Earth, and compressed copies for slow lines.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { coastModule } from './basemap/coast-module.ts'
import { compressedCopies } from './basemap/compressed-copies.ts'
import { pageWorker, profilesModule } from './field-build.ts'
import { firstNeeds } from './first-needs.ts'
import { noticeWorker } from './notice-build.ts'
import { pageChunks } from './page-chunks.ts'
import { pageTexts } from './page-texts.ts'

const page = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The pages of phones are built by themselves (`mode` phones), so that they carry nothing of the dashboard. */
export default defineConfig(({ mode }) => ({
  // Relative addresses: the hub may stand behind a proxy under any path.
  base: './',
  plugins: [
    coastModule(),
    profilesModule(),
    ...(mode === 'phones' ? [pageWorker('field'), pageWorker('citizen')] : [pageTexts(), firstNeeds(), noticeWorker()]),
    compressedCopies(),
  ],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: mode !== 'phones',
    copyPublicDir: mode !== 'phones',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // The map is the one large chunk, and it loads after the answer is on the screen.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      ...(mode === 'phones'
        ? { input: { field: page('./field/index.html'), citizen: page('./citizen/index.html') } }
        : { input: { index: page('./index.html') }, output: { codeSplitting: pageChunks() } }),
      checks: { pluginTimings: false },
    },
  },
  worker: { format: 'es' },
}))
