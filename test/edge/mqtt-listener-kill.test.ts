// mosquitto_pub to the gateway's listener and on to the hub, with the gateway killed on the way.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../firmware-bridge/simulators/free-port.ts'
import { hashPassword } from '../../firmware-bridge/mqtt/password-hash.ts'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'
import { temporaryFolder } from './outbox-fixture.ts'
import { ScriptedHub } from './scripted-hub.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')
const limitMs = 30_000

describe.skipIf(!debianPackage('mosquitto-clients'))('What mosquitto_pub published', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let hub: ScriptedHub
  let port: number
  const children: ChildProcess[] = []

  beforeEach(async () => {
    folder = temporaryFolder()
    hub = new ScriptedHub()
    await hub.start()
    port = await freePort()
    writeFileSync(
      join(folder.path, 'counter.yaml'),
      'id: counter\ndriver: mqtt\nlabel: { ja: 数, en: Count }\nmqtt: { payload: json }\nchannels: [{ id: value, source: { path: n }, label: { ja: 数, en: Count } }]\n',
    )
    writeFileSync(
      join(folder.path, 'gateway.yaml'),
      `tenant: test
gateway: gateway-1
data: ./data
hub: { url: "${hub.url}" }
uplink: { reconnectBaseMs: 20, reconnectCapMs: 100 }
health: { intervalS: 3600 }
connections:
  - { id: lan, type: mqtt-listener, bind: 127.0.0.1, port: ${port}, messagesPerS: 10000, users: [{ name: barn, password: "${await hashPassword('clover-and-hay')}" }] }
devices: [{ id: counter, connection: lan, profile: ./counter.yaml, address: { topic: barn/count }, intervalS: 60 }]
`,
    )
  })
  afterEach(async () => {
    for (const child of children.splice(0)) await end(child, 'SIGKILL')
    await hub.stop()
    folder.remove()
  })

  function gateway(): ChildProcess {
    const args = [musubi, 'edge', '--config', join(folder.path, 'gateway.yaml'), '--log', 'warn']
    const child = spawn(process.execPath, args, { stdio: 'ignore' })
    children.push(child)
    return child
  }

  /** Publishes from, from + 1, … until it is ended; `confirmed` are the values that got their PUBACK. */
  function publisher(from: number) {
    const login = ['-h', '127.0.0.1', '-p', String(port), '-u', 'barn', '-P', 'clover-and-hay']
    const words = ['-oL', 'mosquitto_pub', '-d', ...login, '-t', 'barn/count', '-q', '1', '-l']
    const child = spawn('stdbuf', words, { stdio: ['pipe', 'pipe', 'ignore'] })
    children.push(child)
    const confirmed: number[] = []
    createInterface({ input: child.stdout }).on('line', (line) => {
      const messageId = /received PUBACK \(Mid: (\d+)/.exec(line)?.[1]
      if (messageId !== undefined) confirmed.push(from + Number(messageId) - 1)
    })
    child.stdin.on('error', () => undefined)
    let next = from
    const feed = setInterval(() => {
      for (let count = 0; count < 5; count += 1) child.stdin.write(`{"n":${next++}}\n`)
    }, 5)
    child.once('exit', () => clearInterval(feed))
    return { child, confirmed, exited: once(child, 'exit') }
  }

  /** mosquitto_pub gives up at once where nobody listens yet. */
  async function publishing(from: number, atLeast: number) {
    let current = publisher(from)
    await until(`${atLeast} are confirmed`, limitMs, async () => {
      if (current.child.exitCode !== null) current = publisher(from)
      return current.confirmed.length >= atLeast ? true : undefined
    })
    return current
  }

  it('and was confirmed reaches the hub, although the gateway was killed before the hub was there', async () => {
    await hub.stop()
    const first = gateway()
    const before = await publishing(0, 200)
    await end(first, 'SIGKILL')
    await end(before.child, 'SIGTERM')
    const second = gateway()
    const after = await publishing(1_000_000, 100)
    await end(after.child, 'SIGTERM')
    await hub.start()
    const confirmed = [...before.confirmed, ...after.confirmed]
    await until('the hub has all that was confirmed', limitMs, async () => {
      const stored = new Set(hub.stored)
      return confirmed.every((value) => stored.has(value)) ? true : undefined
    })
    expect(confirmed.length).toBeGreaterThanOrEqual(300)
    expect(hub.conflicts).toBe(0)
    expect(await end(second, 'SIGTERM')).toBe(0)
  })
})

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  child.kill(signal)
  await once(child, 'exit')
  return child.exitCode
}
