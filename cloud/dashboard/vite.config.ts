// How the dashboard is bundled: Preact's JSX, the coast cut out of Natural Earth, and compressed copies for slow lines.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { coastModule } from './basemap/coast-module.ts'
import { compressedCopies } from './basemap/compressed-copies.ts'
import { pageWorker, profilesModule } from './field-build.ts'
import { noticeWorker } from './notice-build.ts'

const page = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  // Relative addresses: the hub may stand behind a proxy under any path.
  base: './',
  plugins: [
    coastModule(),
    profilesModule(),
    pageWorker('field'),
    pageWorker('citizen'),
    noticeWorker(),
    compressedCopies(),
  ],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // The map is the one large chunk, and it loads after the answer is on the screen.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: { index: page('./index.html'), field: page('./field/index.html'), citizen: page('./citizen/index.html') },
      checks: { pluginTimings: false },
    },
  },
  worker: { format: 'es' },
})
