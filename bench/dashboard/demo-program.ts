// The demo as people start it, for measurements of its screens: simulated field, gateways, hub and dashboard.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const startLimitMs = 300_000
const lookEveryMs = 500

export interface DemoProgram {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Resolves when every paddy has advice, so that the farmer's page has something to say, and the factory's model judges: until it has
 * learnt its part the demo takes the processor from the phone, which in the field has one of its own.
 */
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
  const startedMs = Date.now()
  const url = `http://127.0.0.1:${port}`
  try {
    await untilSettled(url, startedMs, () => child.exitCode !== null)
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

async function untilSettled(url: string, startedMs: number, hasEnded: () => boolean): Promise<void> {
  const limitAt = performance.now() + startLimitMs
  for (;;) {
    if (await isSettled(url, startedMs).catch(() => false)) return
    if (hasEnded()) throw new Error('the demo has ended by itself')
    if (performance.now() > limitAt)
      throw new Error('the demo has no advice for its paddies, or its factory does not judge')
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

/** The demo tells the hub of verdicts of its past too: only one after its start is the model's own. */
async function isSettled(url: string, startedMs: number): Promise<boolean> {
  const itemsOf = async (path: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const answer = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(5000) })
    return ((await answer.json()) as { readonly items: readonly Readonly<Record<string, unknown>>[] }).items
  }
  const [sites, advice, verdicts] = await Promise.all(
    ['sites', 'advice', 'events?kind=inspection&limit=1'].map(itemsOf),
  )
  if (sites === undefined || advice === undefined || verdicts === undefined) return false
  const paddies = sites.filter(({ kind }) => kind === 'paddy').map(({ id }) => id)
  const isJudging = verdicts.some(({ time }) => Number(time) > startedMs)
  return isJudging && paddies.length > 0 && paddies.every((id) => advice.some(({ site }) => site === id))
}
