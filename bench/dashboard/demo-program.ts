// The demo as people start it, for measurements of its screens: simulated field, gateways, hub and dashboard.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const startLimitMs = 120_000
const lookEveryMs = 500

export interface DemoProgram {
  readonly url: string
  stop(): Promise<void>
}

/** Resolves when every paddy has advice: from then on the farmer's page has something to say. */
export async function startDemo(folder: string): Promise<DemoProgram> {
  const port = await freePort()
  const env = {
    ...process.env,
    MUSUBI_DATA: folder,
    MUSUBI_HTTP_PORT: String(port),
    MUSUBI_HISTORY_DAYS: '2',
    MUSUBI_FAULTS: 'off',
    ...Object.fromEntries(['MQTT', 'MQTTS', 'HTTPS', 'EST'].map((name) => [`MUSUBI_${name}_PORT`, '0'])),
  }
  const child = spawn(process.execPath, [entry, 'demo'], { stdio: ['ignore', 'ignore', 'inherit'], env })
  const ended = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  try {
    await untilAdvised(url, () => child.exitCode !== null)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Port 0 would leave the demo's address to its words. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function untilAdvised(url: string, hasEnded: () => boolean): Promise<void> {
  const limitAt = performance.now() + startLimitMs
  for (;;) {
    if (await isAdvised(url).catch(() => false)) return
    if (hasEnded()) throw new Error('the demo has ended by itself')
    if (performance.now() > limitAt) throw new Error('the demo has no advice for its paddies')
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

async function isAdvised(url: string): Promise<boolean> {
  const itemsOf = async (path: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const answer = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(5000) })
    return ((await answer.json()) as { readonly items: readonly Readonly<Record<string, unknown>>[] }).items
  }
  const [sites, advice] = await Promise.all([itemsOf('sites'), itemsOf('advice')])
  const paddies = sites.filter(({ kind }) => kind === 'paddy').map(({ id }) => id)
  return paddies.length > 0 && paddies.every((id) => advice.some(({ site }) => site === id))
}
