// Builds the dashboard with Vite: at `npm ci` (prepare), and when a hub starts with sources newer than what was built.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../cloud/dashboard', import.meta.url))
const dist = join(root, 'dist')
const entry = join(dist, 'index.html')

/** Newest change below a folder, Unix ms; `dist` itself is left out. */
async function newestChangeMs(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name))
  const sources = files.filter((file) => !file.startsWith(dist) && !/\.test\.tsx?$/.test(file))
  const changes = await Promise.all(sources.map(async (file) => (await stat(file)).mtimeMs))
  return Math.max(...changes)
}

async function isCurrent(): Promise<boolean> {
  if (!existsSync(entry)) return false
  return (await stat(entry)).mtimeMs >= (await newestChangeMs(root))
}

/** Without its development packages (`npm ci --omit=dev`) an installation serves what was built before. */
async function importVite() {
  try {
    return await import('vite')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/**
 * The folder with the built dashboard, built now if it is missing or older than its sources. Where Vite is not
 * installed the folder may be missing or old. The build runs in a process of its own, so that a hub does not keep
 * Vite's memory. Throws when the sources do not build; what is wrong is on stderr.
 */
export async function ensureDashboard(): Promise<string> {
  if (await isCurrent()) return dist
  // Else a build that a test begins carries what only a developer needs.
  const env = { ...process.env, NODE_ENV: 'production' }
  const words = [fileURLToPath(import.meta.url)]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'], env })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error('the dashboard could not be built')
  return dist
}

async function build(): Promise<void> {
  if (await isCurrent()) return
  const vite = await importVite()
  if (vite === undefined) return
  const fresh = `${dist}-${process.pid}`
  const configFile = join(root, 'vite.config.ts')
  const common = { root, configFile, configLoader: 'native', logLevel: 'warn', build: { outDir: fresh } } as const
  await vite.build(common)
  await vite.build({ ...common, mode: 'phones' })
  await replaceDist(fresh)
}

/** Puts the finished build in place whole, so that two hubs that start together never serve half of one. */
async function replaceDist(fresh: string): Promise<void> {
  await rm(dist, { recursive: true, force: true })
  try {
    await rename(fresh, dist)
  } catch (error) {
    if (!existsSync(entry)) throw error
    // The other process was faster; its build is of the same sources.
    await rm(fresh, { recursive: true, force: true })
  }
}

/** Removes what was built, so that the next build starts anew. */
async function discard(): Promise<void> {
  await rm(dist, { recursive: true, force: true })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--force')) await discard()
  await build()
  if (!existsSync(entry)) console.log('dashboard: not built, because vite is not installed (npm ci without --omit=dev)')
}
