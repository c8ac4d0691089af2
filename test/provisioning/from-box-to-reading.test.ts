// From an empty gateway folder and the text of a label to a reading at the hub, by the commands that a field engineer uses.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'

const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
let folder: string
let data: string
let hub: HubUnderTest

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-box-'))
  data = join(folder, 'hub')
  hub = await createHub(data)
}, 60_000)

afterEach(async () => {
  await hub.end('SIGKILL')
  await rm(folder, { recursive: true })
})

/** Resolves with its output; rejects where it ends with another code than 0. */
async function command(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [musubi, ...args])
  return stdout.trim()
}

const newClaim = (gateway: string) =>
  command(
    'claim',
    'new',
    '--data',
    data,
    '--tenant',
    'kimitsu',
    '--gateway',
    gateway,
    '--hub',
    `127.0.0.1:${hub.estPort}`,
  )

const enrol = (claim: string, out: string) =>
  command('enrol', '--claim', claim, '--out', out, '--mqtts-port', String(hub.mqttsPort))

function startGateway(out: string): Program {
  const program = startProgram(['edge', '--config', join(out, 'gateway.yaml')])
  onTestFinished(async () => void (await program.end('SIGKILL')))
  return program
}

async function isOnline(gateway: string): Promise<boolean> {
  const { items } = (await (await hub.get('/api/v1/gateways')).json()) as {
    readonly items: readonly { readonly id: string; readonly state: string }[]
  }
  return items.some(({ id, state }) => id === gateway && state === 'online')
}

describe('a gateway out of its box', { timeout: 240_000 }, () => {
  it('is enrolled by its label, runs, and its own health is stored', async () => {
    const out = join(folder, 'paddy-7')
    const claim = await newClaim('paddy-7')
    expect(claim.length).toBeLessThan(200)
    expect(await enrol(claim, out)).toContain('kimitsu/paddy-7 is enrolled')
    expect((await stat(join(out, 'gateway.key.pem'))).mode & 0o777).toBe(0o600)
    const file = join(out, 'gateway.yaml')
    const first = parse(await readFile(file, 'utf8')) as object
    await writeFile(file, stringify({ ...first, health: { intervalS: 1 } }))
    startGateway(out)
    await until('the gateway at the hub', 60_000, async () => (await isOnline('kimitsu/paddy-7')) || undefined)
    const readings = await until('readings of its health', 30_000, async () => {
      const stored = await hub.goodReadings('kimitsu/paddy-7/gateway:outbox-messages')
      return stored.length > 0 ? stored : undefined
    })
    expect(readings[0]?.value).toBeGreaterThanOrEqual(0)
    expect(await command('claim', 'list', '--data', data)).toMatch(/kimitsu\/paddy-7\tused/)
    expect(await command('claim', 'audit', '--data', data)).toMatch(/enrol\tgranted\tkimitsu\/paddy-7/)
  })

  it('is told in one line why a label is not taken, and keeps the key for the next try', async () => {
    const out = join(folder, 'paddy-8')
    const claim = await newClaim('paddy-8')
    await enrol(claim, out)
    const key = await readFile(join(out, 'gateway.key.pem'), 'utf8')
    await enrol(claim, out)
    expect(await readFile(join(out, 'gateway.key.pem'), 'utf8')).toBe(key)
    await expect(enrol(claim, join(folder, 'thief'))).rejects.toThrow(/401.*identity\.invalid/)
    await expect(enrol('https://example.com', out)).rejects.toThrow(/no claim of Musubi.*identity\.invalid/)
    await expect(enrol(claim.replace(/f=[^&]*/, `f=${'A'.repeat(43)}`), out)).rejects.toThrow(
      'not the hub of this label',
    )
  })
})
