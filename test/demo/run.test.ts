// The demo as a person meets it: started, ready, ended, started again on the same data, and killed without a word.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const startLimitMs = 90_000
const series = 'kimitsu/paddy-koito/koito-1-level:water-level'

/** The command lines of all running programs that name the folder; /proc is Linux's. */
function programsOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        // It ended between the listing and the reading.
        return []
      }
    })
    .filter((line) => line.includes(folder))
}

describe.skipIf(process.platform !== 'linux')('a running demo', () => {
  let folder: string
  let demo: ChildProcess | undefined

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'musubi-demo-run-'))
  })
  afterAll(async () => {
    if (demo !== undefined && demo.exitCode === null && demo.signalCode === null) {
      demo.kill('SIGKILL')
      await once(demo, 'exit')
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  })

  /** Resolves with the address of its `ready` line. */
  async function start(): Promise<string> {
    const environment = {
      PATH: process.env['PATH'],
      MUSUBI_HTTP_PORT: '0',
      MUSUBI_MQTT_PORT: '0',
      MUSUBI_MQTTS_PORT: '0',
      MUSUBI_HTTPS_PORT: '0',
      MUSUBI_EST_PORT: '0',
      MUSUBI_DATA: folder,
      MUSUBI_FAULTS: 'off',
      MUSUBI_HISTORY_DAYS: '0',
    }
    const child = spawn(process.execPath, [musubi, 'demo'], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] })
    demo = child
    let output = ''
    child.stdout.on('data', (bytes) => (output += String(bytes)))
    await expect.poll(() => output, { timeout: startLimitMs, interval: 100 }).toMatch(/^ready http:\S+$/m)
    return /^ready (\S+)$/m.exec(output)?.[1] ?? ''
  }

  it(
    'has readings of all four gateways when it says ready, and leaves neither process nor lock after q',
    { timeout: startLimitMs + 30_000 },
    async () => {
      const address = await start()
      const latest = (await (await fetch(`${address}/api/v1/latest`)).json()) as {
        readonly items: readonly { readonly gateway: string; readonly value: number | null }[]
      }
      const gateways = new Set(latest.items.filter(({ value }) => value !== null).map(({ gateway }) => gateway))
      expect([...gateways].sort()).toEqual([
        'kimitsu/factory-kazusa',
        'kimitsu/paddy-koito',
        'kimitsu/streetlight-center',
        'kimitsu/wifi-city',
      ])
      expect(programsOf(folder).length).toBeGreaterThanOrEqual(5)
      demo?.stdin?.write('q')
      const [code] = (await once(demo!, 'exit')) as unknown[]
      expect(code).toBe(0)
      expect(programsOf(folder)).toEqual([])
      expect(existsSync(join(folder, 'demo.lock'))).toBe(false)
    },
  )

  it(
    'goes on with the same data at the second start, and no program outlives it when it is killed',
    { timeout: startLimitMs + 30_000 },
    async () => {
      const againMs = Date.now()
      const address = await start()
      const query = `from=${againMs - 3_600_000}&to=${againMs}`
      const response = await fetch(`${address}/api/v1/series/${encodeURIComponent(series)}/readings?${query}`)
      const { value } = (await response.json()) as { readonly value: readonly number[] }
      expect(value.length).toBeGreaterThan(0)
      demo?.kill('SIGKILL')
      await expect.poll(() => programsOf(folder)).toEqual([])
    },
  )
})
