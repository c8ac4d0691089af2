// A new version of the agent program over a real hub: it takes over, is taken back where it crashes, and refused where it cannot run.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { run as runCa } from '../../bin/commands/ca.ts'
import type { ReportedState } from '../../broker/contract/desired-state.ts'
import type { RolloutItem } from '../../cloud/deployments/deployment-schemas.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const musubi = join(root, 'bin/musubi.ts')
const gatewayId = 'kimitsu/paddy-1'
const sources = ['bin', 'broker', 'edge', 'firmware-bridge', 'models', 'provisioning']

let folder: string
let gatewayFolder: string
let hub: HubUnderTest
let supervisor: ReturnType<typeof supervised>
let ownVersion: string
/** The program that was installed on the machine of the gateway. */
let own: string
let fleets = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-agent-version-'))
  gatewayFolder = join(folder, 'paddy-1')
  hub = await createHub(join(folder, 'hub'))
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  await writeFile(join(folder, 'deploy.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await mkdir(gatewayFolder)
  await writeFile(join(gatewayFolder, 'deploy.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
  const who = ['--tenant', 'kimitsu', '--gateway', 'paddy-1']
  await runCa(['issue', 'gateway', '--data', join(folder, 'hub'), ...who, '--out', gatewayFolder])
  const config = {
    tenant: 'kimitsu',
    gateway: 'paddy-1',
    data: './data',
    hub: {
      url: `mqtts://localhost:${hub.mqttsPort}`,
      https: `https://localhost:${hub.httpsPort}`,
      ca: 'ca.cert.pem',
      certificate: 'gateway.cert.pem',
      key: 'gateway.key.pem',
    },
    uplink: { reconnectBaseMs: 50, reconnectCapMs: 500, connectTimeoutMs: 5000 },
    deployment: { keys: ['deploy.pub'], lookEveryS: 0.2, retryBaseMs: 50, retryCapMs: 500 },
    health: { intervalS: 1 },
    connections: [],
    devices: [],
  }
  await writeFile(join(gatewayFolder, 'gateway.yaml'), stringify(config))
  ownVersion = (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly version: string }).version
  own = await checkout(ownVersion)
  await symlink(join(root, 'node_modules'), join(own, 'node_modules'))
  supervisor = supervised(['edge', '--config', join(gatewayFolder, 'gateway.yaml')])
  await until('the birth', 60_000, async () => ((await bornAs()) === undefined ? undefined : true))
}, 120_000)

afterAll(async () => {
  await supervisor?.end()
  await hub?.end('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Starts the machine's own program again whenever it ends, as systemd does. */
function supervised(words: readonly string[]) {
  let isOver = false
  let child: ChildProcess
  const pids: number[] = []
  const start = (): void => {
    child = spawn(process.execPath, ['--max-semi-space-size=1', join(own, 'bin/musubi.ts'), ...words], {
      stdio: 'ignore',
    })
    pids.push(child.pid ?? 0)
    child.once('exit', () => {
      if (!isOver) start()
    })
  }
  start()
  return {
    pids,
    /** The power goes and comes. */
    restart: () => child.kill('SIGKILL'),
    async end(): Promise<void> {
      isOver = true
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    commandLine: () => readFile(`/proc/${child.pid}/cmdline`, 'utf8'),
  }
}

async function json<T>(path: string): Promise<T> {
  return (await (await hub.get(`/api/v1${path}`)).json()) as T
}

async function bornAs(): Promise<string | undefined> {
  const { items } = await json<{ readonly items: readonly { readonly id: string; readonly agent: string | null }[] }>(
    '/gateways',
  )
  return items.find(({ id }) => id === gatewayId)?.agent ?? undefined
}

async function reported(): Promise<ReportedState | undefined> {
  const { items } = await json<{ readonly items: readonly { readonly reported: ReportedState }[] }>(
    '/deployments/gateways',
  )
  return items[0]?.reported
}

async function untilBornAs(start: string): Promise<void> {
  await until(`version ${start} at the hub`, 60_000, async () =>
    (await bornAs())?.startsWith(`musubi ${start}`) === true ? true : undefined,
  )
}

async function changeLibraries(place: string): Promise<void> {
  const file = join(place, 'package-lock.json')
  const lock = JSON.parse(await readFile(file, 'utf8')) as { readonly packages: Record<string, { version: string }> }
  Object.assign(lock.packages['node_modules/pino'] ?? {}, { version: '99.0.0' })
  await writeFile(file, JSON.stringify(lock))
}

/** A copy of this checkout's program in another version; `change`: what else is different in one of its files. */
async function checkout(version: string, change?: { file: string; from: string; to: string }): Promise<string> {
  const place = join(folder, `checkout-${version}`)
  for (const name of sources) {
    await cp(join(root, name), join(place, name), { recursive: true, filter: (path) => !path.includes('training') })
  }
  for (const name of ['package.json', 'package-lock.json']) await cp(join(root, name), join(place, name))
  const changes = [{ file: 'package.json', from: `"version": "${ownVersion}"`, to: `"version": "${version}"` }]
  for (const { file, from, to } of change === undefined ? changes : [...changes, change]) {
    const text = await readFile(join(place, file), 'utf8')
    expect(text).toContain(from)
    await writeFile(join(place, file), text.replace(from, to))
  }
  return place
}

async function rolledOut(more: object): Promise<RolloutItem> {
  fleets += 1
  const fleet = join(folder, `fleet-${fleets}.yaml`)
  await writeFile(fleet, stringify({ name: 'agent', gateways: { [gatewayId]: null }, probationS: 5, ...more }))
  const options = ['--hub', `http://127.0.0.1:${hub.httpPort}`, '--key', join(folder, 'deploy.pem'), '--by', 'sato']
  const { stdout } = await promisify(execFile)(process.execPath, [musubi, 'deploy', 'push', fleet, ...options])
  const id = stdout.split(' ')[0] ?? ''
  return until(`the end of roll-out ${id}`, 150_000, async () => {
    const rollout = await json<RolloutItem>(`/deployments/${id}`)
    return rollout.state === 'running' ? undefined : rollout
  })
}

describe('a new version of the program', { timeout: 240_000 }, () => {
  it('takes over in the same process, passes its probation and says so in its birth', async () => {
    expect(await bornAs()).toBe(`musubi ${ownVersion}`)
    const rollout = await rolledOut({ agent: await checkout('9.1.0') })
    expect(rollout).toMatchObject({ state: 'done', gateways: [{ state: 'applied' }] })
    expect(await bornAs()).toMatch(/^musubi 9\.1\.0\+[0-9a-f]{12}$/)
    const now = await reported()
    expect(now?.desired?.results).toMatchObject([{ kind: 'agent', id: 'musubi', result: 'applied' }])
    expect(now?.running.agent).toBe(await bornAs())
    expect(await supervisor.commandLine()).toContain(join('sets/1/agent/bin/musubi.ts'))
    expect(await supervisor.commandLine()).toContain('--max-semi-space-size=1')
    expect(supervisor.pids).toHaveLength(1)
  })

  it('that crashes at each start is taken back to the version before, with the reason at the hub', async () => {
    const crash = {
      file: 'bin/commands/edge.ts',
      from: '  const { machine, close } = await openMachineGauges()',
      to: "  if (args.length > 0) throw new Error('this version does not start')",
    }
    const broken = await checkout('9.2.0', { ...crash, to: `${crash.to}\n${crash.from}` })
    const rollout = await rolledOut({ agent: broken })
    expect(rollout.gateways[0]).toMatchObject({ state: 'failed', code: 'deployment.crashed' })
    expect(rollout.gateways[0]?.message).toContain('rolled-back: agent musubi: the gateway was started 3 times with it')
    await untilBornAs('9.1.0+')
    expect((await reported())?.running.revision).toBe(1)
    expect(supervisor.pids).toHaveLength(4)
  })

  it('that cannot start its agent says so itself, and the version before runs again without a restart by anybody', async () => {
    const starts = supervisor.pids.length
    const fails = { file: 'edge/agent.ts', from: 'export async function startAgent(', to: startThatFails }
    const rollout = await rolledOut({ agent: await checkout('9.3.0', fails) })
    expect(rollout.gateways[0]).toMatchObject({ state: 'failed', code: 'deployment.crashed' })
    expect(rollout.gateways[0]?.message).toContain('the gateway does not start with it: no agent today')
    expect(await supervisor.commandLine()).toContain('sets/1/agent/bin/musubi.ts')
    expect(supervisor.pids).toHaveLength(starts)
  })

  it('that cannot be loaded, or needs other libraries, never runs', async () => {
    const torn = { file: 'edge/agent.ts', from: 'export async function startAgent(', to: 'export async func(' }
    const unloadable = await rolledOut({ agent: await checkout('9.4.0', torn) })
    expect(unloadable.gateways[0]).toMatchObject({ state: 'failed', code: 'deployment.agent' })
    expect(unloadable.gateways[0]?.message).toContain('does not pass its own check')
    const place = await checkout('9.5.0')
    await changeLibraries(place)
    const foreign = await rolledOut({ agent: place })
    expect(foreign.gateways[0]).toMatchObject({ state: 'failed', code: 'deployment.agent' })
    expect(foreign.gateways[0]?.message).toContain('install it with the package manager')
    expect(await bornAs()).toContain('musubi 9.1.0+')
  })

  it("that ran well stands still where the machine's libraries change under it: its set runs with the machine's own program", async () => {
    await changeLibraries(own)
    supervisor.restart()
    await untilBornAs(ownVersion)
    const { running } = await until('the report of it', 30_000, async () => {
      const now = await reported()
      return now?.running.agent === `musubi ${ownVersion}` ? now : undefined
    })
    expect(running.revision).toBe(1)
    await cp(join(root, 'package-lock.json'), join(own, 'package-lock.json'))
    supervisor.restart()
    await untilBornAs('9.1.0+')
  })

  it("gives way to the machine's own program with a set that names none, and what it was goes from the disk in time", async () => {
    for (let intervalS = 1; intervalS <= 3; intervalS += 1) {
      await writeFile(join(folder, 'template.yaml'), stringify({ health: { intervalS } }))
      expect(await rolledOut({ template: 'template.yaml' })).toMatchObject({ state: 'done' })
    }
    expect(await bornAs()).toBe(`musubi ${ownVersion}`)
    expect(await supervisor.commandLine()).toContain(join(own, 'bin/musubi.ts'))
    expect(await readdir(join(gatewayFolder, 'data/deployment/sets'))).not.toContain('1')
  })
})

const startThatFails = `export async function startAgent(...given: readonly unknown[]): Promise<Agent> {
  throw new Error(given.length > 0 ? 'no agent today' : '')
}
export async function formerStart(`
