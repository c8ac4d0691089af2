import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { temporaryFolder } from './outbox-fixture.ts'
import { identity, ScriptedHub } from './scripted-hub.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')

describe('musubi edge', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let hub: ScriptedHub
  const children: ChildProcess[] = []

  beforeEach(async () => {
    folder = temporaryFolder()
    hub = new ScriptedHub()
    await hub.start()
  })
  afterEach(async () => {
    for (const child of children.splice(0)) await end(child, 'SIGKILL')
    await hub.stop()
    folder.remove()
  })

  function start(): ChildProcess {
    const args = [musubi, 'edge', '--config', join(folder.path, 'gateway.yaml'), '--log', 'warn']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    children.push(child)
    return child
  }

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill(signal)
    await once(child, 'exit')
    return child.exitCode
  }

  /** A recording of 100,000 unique values, 200 of them a second. */
  function writeGateway(hubFields = `url: "${hub.url}"`): void {
    const rows = Array.from({ length: 100_000 }, (_, index) => String(index))
    writeFileSync(join(folder.path, 'recording.csv'), `value\n${rows.join('\n')}\n`)
    writeFileSync(
      join(folder.path, 'gateway.yaml'),
      `tenant: test
gateway: gateway-1
label: { ja: 試験, en: Test gateway }
data: ./data
hub: { ${hubFields} }
uplink: { reconnectBaseMs: 20, reconnectCapMs: 100 }
health: { intervalS: 1 }
sites: [{ id: here, kind: other, name: { ja: 此処, en: Here }, position: { lat: 35.33, lon: 139.9 } }]
connections: [{ id: tape, type: replay, file: recording.csv, stepS: 0.005, speed: 1 }]
devices: [{ id: counter, site: here, connection: tape, profile: replay-value, intervalS: 0.05 }]
`,
    )
  }

  const counted = () => hub.stored.filter((_, index) => hub.storedNames[index]?.startsWith('counter:'))

  it('samples, reports its health, and says goodbye on SIGTERM', async () => {
    writeGateway()
    const child = start()
    await hub.until(() => counted().length >= 100 && hub.storedNames.includes('gateway:memory'))
    expect(counted()).toEqual(counted().map((_, index) => index))
    expect(await end(child, 'SIGTERM')).toBe(0)
    const [birth] = hub.statuses
    expect(birth?.devices?.map(({ id }) => id)).toEqual(['gateway', 'counter'])
    expect(birth?.devices?.[1]?.series[0]).toMatchObject({ name: 'counter:value', intervalS: 0.05 })
    expect(hub.statuses.at(-1)).toMatchObject({ state: 'offline', reason: 'shutdown' })
  })

  it('leaves its last will when it is killed, and starts again on the same outbox', async () => {
    writeGateway()
    const first = start()
    await hub.until(() => counted().length >= 50)
    const epoch = hub.envelopes[0]?.epoch
    await end(first, 'SIGKILL')
    await hub.until(() => hub.statuses.at(-1)?.reason === 'lost')
    const before = hub.envelopes.length
    start()
    await hub.until(() => hub.envelopes.length > before + 10)
    expect(hub.envelopes.at(-1)?.epoch).toBe(epoch)
    expect(hub.conflicts).toBe(0)
  })

  it('goes on sampling and keeping readings where its certificate has expired', async () => {
    const longAgo = { ...systemClock, now: () => Date.now() - 400 * 86_400_000 }
    const authority = await openAuthority({ folder: join(folder.path, 'authority'), clock: longAgo, log: silentLog })
    const issued = await authority.issueGateway(identity)
    writeFileSync(join(folder.path, 'ca.pem'), issued.caPem)
    writeFileSync(join(folder.path, 'cert.pem'), issued.certificatePem)
    writeFileSync(join(folder.path, 'key.pem'), issued.keyPem)
    writeGateway(`url: "${hub.url.replace('mqtt:', 'mqtts:')}", ca: ca.pem, certificate: cert.pem, key: key.pem`)
    const child = start()
    const log = join(folder.path, 'data/outbox.sqlite-wal')
    await expect.poll(() => statSync(log, { throwIfNoEntry: false })?.size ?? 0).toBeGreaterThan(200_000)
    expect(await end(child, 'SIGTERM')).toBe(0)
    const outbox = new DatabaseSync(join(folder.path, 'data/outbox.sqlite'))
    expect(outbox.prepare('SELECT sum(readings) AS readings FROM message').get()?.['readings']).toBeGreaterThan(50)
    outbox.close()
  })

  it('ends with one message that lists every fault of a wrong configuration', async () => {
    writeFileSync(join(folder.path, 'gateway.yaml'), 'tenant: Kimitsu\nhub: { url: here }\ndevices: []\nspeed: 3\n')
    const child = start()
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await once(child, 'close')
    expect(child.exitCode).toBe(1)
    for (const path of ['/tenant', '/gateway', '/data', '/hub/url', '/connections', '/speed'])
      expect(output).toContain(path)
  })
})
