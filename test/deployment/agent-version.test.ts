// A new version of the agent program over a real hub: it takes over, is taken back where it crashes, and refused where it cannot run.
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packedAgent } from '../../bin/deploy/agent-pack.ts'
import type { Artefact, ReportedState } from '../../broker/contract/desired-state.ts'
import type { RolloutItem } from '../../cloud/deployments/deployment-schemas.ts'
import { packedFiles } from '../../models/archive-writer.ts'
import { packageLimits, readArchive } from '../../models/package-archive.ts'
import { until } from '../programs/until.ts'
import { type FleetHub, openFleetHub } from './fleet-hub.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const gatewayId = 'kimitsu/paddy-1'
const sources = ['bin', 'broker', 'edge', 'firmware-bridge', 'models', 'provisioning']

let fleet: FleetHub
let gatewayFolder: string
let supervisor: ReturnType<typeof supervised>
let ownVersion: string
/** The program that was installed on the machine of the gateway. */
let own: string
/** The program of this checkout under another number, as `musubi deploy` packs it. */
let soundArchive: Files

beforeAll(async () => {
  fleet = await openFleetHub('musubi-agent-version-')
  gatewayFolder = await fleet.addGateway('paddy-1', { connections: [], devices: [] })
  ownVersion = (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly version: string }).version
  own = await checkout(ownVersion)
  await symlink(join(root, 'node_modules'), join(own, 'node_modules'))
  const { content } = await packedAgent(await checkout('9.9.0'))
  soundArchive = await readArchive(Readable.from([content]), { ...packageLimits, files: 5000, path: /./ })
  supervisor = supervised(['edge', '--config', join(gatewayFolder, 'gateway.yaml')])
  await until('the birth', 60_000, async () => ((await bornAs()) === undefined ? undefined : true))
}, 120_000)

afterAll(async () => {
  await supervisor?.end()
  await fleet?.close()
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

async function bornAs(): Promise<string | undefined> {
  const { items } = await fleet.json<{
    readonly items: readonly { readonly id: string; readonly agent: string | null }[]
  }>('/gateways')
  return items.find(({ id }) => id === gatewayId)?.agent ?? undefined
}

function reported(): Promise<ReportedState | undefined> {
  return fleet.reported(gatewayId)
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
  const place = join(fleet.folder, `checkout-${version}`)
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

async function rolledOut(more: object, template?: object): Promise<RolloutItem> {
  const file = await fleet.fleetFile({ name: 'agent', gateways: { [gatewayId]: null }, ...more }, template)
  return fleet.untilOver(await fleet.push(file))
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

  it.each(wrongArchives)('whose archive has $title is refused by name, and what ran goes on running', async (wrong) => {
    const before = await reported()
    const written = join(gatewayFolder, 'evil.ts')
    const content = wrong.archive(soundArchive)
    const rollout = await fleet.untilOver(await fleet.pushRaw(gatewayId, agentItem(content), content, wrong.key))
    expect(rollout).toMatchObject({ state: 'halted', gateways: [{ state: 'failed', code: wrong.code }] })
    expect(rollout.gateways[0]?.message).toContain(wrong.reason)
    const now = await reported()
    expect(now?.running).toEqual(before?.running)
    expect(await bornAs()).toContain('musubi 9.1.0+')
    await expect(readFile(written)).rejects.toThrow('ENOENT')
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
      expect(await rolledOut({}, { health: { intervalS } })).toMatchObject({ state: 'done' })
    }
    expect(await bornAs()).toBe(`musubi ${ownVersion}`)
    expect(await supervisor.commandLine()).toContain(join(own, 'bin/musubi.ts'))
    expect(await readdir(join(gatewayFolder, 'data/deployment/sets'))).not.toContain('1')
  })
})

type Files = ReadonlyMap<string, Uint8Array>

interface WrongArchive {
  readonly title: string
  readonly archive: (sound: Files) => Buffer
  readonly key?: string
  readonly code: string
  readonly reason: string
}

const evil = Buffer.from('export {}')

/** Each of them is signed and hashed as it should be, but for the one with a foreign key. */
const wrongArchives: readonly WrongArchive[] = [
  {
    title: 'a member above its folder',
    archive: (sound) => packedFiles(new Map([...sound, ['../../../../../evil.ts', evil]])),
    code: 'deployment.agent',
    reason: '../../../../../evil.ts',
  },
  {
    title: 'a member at an absolute path',
    archive: (sound) => packedFiles(new Map([...sound, ['/etc/evil.ts', evil]])),
    code: 'deployment.agent',
    reason: '/etc/evil.ts',
  },
  {
    title: 'a link among its members',
    archive: (sound) => linked(packedFiles(new Map([...sound, ['edge/link.ts', new Uint8Array(0)]])), 'edge/link.ts'),
    code: 'deployment.agent',
    reason: 'edge/link.ts',
  },
  {
    title: 'a library among its members',
    archive: (sound) => packedFiles(new Map([...sound, ['edge/node_modules/pino.js', evil]])),
    code: 'deployment.agent',
    reason: 'edge/node_modules/pino.js is a library',
  },
  {
    title: 'no list of libraries',
    archive: (sound) => packedFiles(without(sound, 'package-lock.json')),
    code: 'deployment.agent',
    reason: 'has no package-lock.json',
  },
  {
    title: 'a file missing that the program needs',
    archive: (sound) => packedFiles(without(sound, 'edge/agent.ts')),
    code: 'deployment.agent',
    reason: 'does not pass its own check',
  },
  {
    title: 'the signature of a foreign key',
    archive: (sound) => packedFiles(sound),
    key: 'stranger.pem',
    code: 'deployment.signature',
    reason: 'refused: ',
  },
]

function without(files: Files, path: string): Files {
  expect(files.has(path)).toBe(true)
  return new Map([...files].filter(([name]) => name !== path))
}

/** Makes a symbolic link (ustar type 2) out of an empty member, to a file that every machine has. */
function linked(archive: Buffer, path: string): Buffer {
  const tar = gunzipSync(archive)
  const at = tar.indexOf(path)
  tar.write('2', at + 156)
  tar.write('/etc/passwd', at + 157)
  tar.write('        ', at + 148)
  const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0)
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148)
  return gzipSync(tar)
}

function agentItem(content: Uint8Array): Artefact {
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { kind: 'agent', id: 'musubi', version: `9.9.0+${sha256.slice(0, 12)}`, sha256, bytes: content.length }
}

const startThatFails = `export async function startAgent(...given: readonly unknown[]): Promise<Agent> {
  throw new Error(given.length > 0 ? 'no agent today' : '')
}
export async function formerStart(`
