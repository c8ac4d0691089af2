// Planted secrets: a hub and a gateway are given every kind there is, run at their most talkative, and searched for them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { diagnosticBundle, examined } from '../../edge/commands/diagnostic-bundle.ts'
import { hashPassword } from '../../firmware-bridge/mqtt/password-hash.ts'
import { readClaimText } from '../../provisioning/est/claim-text.ts'
import { freePorts } from '../programs/program.ts'
import { until } from '../programs/until.ts'
import { familyOf } from './listening-ports.ts'

const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const limitMs = 60_000
/** Each is told by its own word, so that a leak names its source. */
const planted = {
  influxToken: 'planted-influx-token-4711',
  snmpCommunity: 'planted-community-4712',
  snmpAuth: 'planted-auth-password-4713',
  snmpPriv: 'planted-priv-password-4714',
  cameraPassword: 'planted-camera-password-4715',
  rtspPassword: 'planted-rtsp-password-4716',
  cameraFile: 'planted-camera-file-4717',
  mqttPassword: 'planted-mqtt-password-4718',
  mqttWrong: 'planted-wrong-password-4719',
  brokerPassword: 'planted-broker-password-4720',
  engineerCode: 'planted-engineer-code-4721',
} as const

interface Captured {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
  /** Everything that it wrote so far, on both of its outputs. */
  text(): string
}

let folder: string
let gatewayFolder: string
let web: Server
let hub: Captured
let edge: Captured
let ports: Readonly<Record<string, number>>
/** Hashes, keys and claims: made at run time, and as secret as the rest. */
const made: Record<string, string> = {}
/** What came out, by where. */
const surfaces: Record<string, string> = {}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Captured {
  const child = spawn(process.execPath, [musubi, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, ended: once(child, 'close'), text: () => text }
}

async function finished(args: readonly string[]): Promise<string> {
  const run = start(args)
  await run.ended
  return run.text()
}

const logged = (program: Captured, message: string) =>
  until(message, limitMs, async () => {
    const line = program
      .text()
      .split('\n')
      .find((one) => one.includes(`"msg":"${message}"`))
    return line === undefined ? undefined : (JSON.parse(line) as Readonly<Record<string, unknown>>)
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-secrets-'))
  gatewayFolder = join(folder, 'gateway')
  // A camera that wants a password and takes none.
  web = createServer((_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' }).end('no'))
  web.listen(0, '127.0.0.1')
  await once(web, 'listening')
  const data = join(folder, 'hub')
  hub = start(['hub', '--data', data, '--no-dashboard', ...freePorts, '--log', 'debug'])
  const up = await logged(hub, 'the hub is up')
  ports = Object.fromEntries(['http', 'est', 'mqtts'].map((name) => [name, Number(up[name])]))
  const about = ['--data', data, '--tenant', 'kimitsu', '--gateway', 'planted', '--hub', `127.0.0.1:${ports['est']}`]
  const claim = (await finished(['claim', 'new', ...about])).trim()
  made['claimSecret'] = readClaimText(claim).secret
  await writeFile(join(folder, 'claim.txt'), claim)
  const enrolment = ['--claim-file', join(folder, 'claim.txt'), '--out', gatewayFolder]
  surfaces['enrol'] = await finished(['enrol', ...enrolment, '--mqtts-port', String(ports['mqtts'])])
  const keyBody = async (file: string) => (await readFile(file, 'utf8')).split('\n')[1] ?? ''
  made['gatewayKey'] = await keyBody(join(gatewayFolder, 'gateway.key.pem'))
  made['authorityKey'] = await keyBody(join(data, 'authority', 'ca.key.pem'))
  made['mqttHash'] = await hashPassword(planted.mqttPassword)
  made['codeHash'] = await hashPassword(planted.engineerCode)
  await writeFile(join(gatewayFolder, 'camera.password'), `${planted.cameraFile}\n`)
  await writeFile(join(gatewayFolder, 'gateway.yaml'), stringify(gatewayFile()))
  edge = start(['edge', '--config', join(gatewayFolder, 'gateway.yaml'), '--log', 'debug'])
  await logged(edge, 'connected to the hub')
}, 4 * limitMs)

afterAll(async () => {
  for (const program of [edge, hub]) {
    program.child.kill('SIGKILL')
    await program.ended
  }
  web.close()
  await rm(folder, { recursive: true })
})

function gatewayFile(): object {
  const certificates = { ca: 'ca.cert.pem', certificate: 'gateway.cert.pem', key: 'gateway.key.pem' }
  const hubSection = {
    url: `mqtts://127.0.0.1:${ports['mqtts']}`,
    est: `https://127.0.0.1:${ports['est']}`,
    ...certificates,
  }
  const webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}/snapshot.jpg`
  const poll = {
    profile: 'mikrotik-ap',
    address: { host: '127.0.0.1', port: 9 },
    intervalS: 0.5,
    timeoutMs: 100,
    retries: 0,
  }
  const [auth, priv] = [
    { protocol: 'sha256', password: planted.snmpAuth },
    { protocol: 'aes', password: planted.snmpPriv },
  ]
  return {
    tenant: 'kimitsu',
    gateway: 'planted',
    data: './data',
    hub: hubSection,
    health: { intervalS: 1, port: 0 },
    localPage: { port: 0, host: '127.0.0.1', code: made['codeHash'] },
    connections: [
      { id: 'lan', type: 'snmp', version: '2c', community: planted.snmpCommunity },
      { id: 'lan3', type: 'snmp', version: '3', user: 'reader', auth, priv },
      { id: 'far', type: 'mqtt-client', url: 'mqtt://127.0.0.1:9', user: 'barn', password: planted.brokerPassword },
      {
        id: 'near',
        type: 'mqtt-listener',
        bind: '127.0.0.1',
        port: 0,
        users: [{ name: 'barn', password: made['mqttHash'] }],
      },
    ],
    devices: [
      { id: 'ap', connection: 'lan', ...poll },
      { id: 'ap3', connection: 'lan3', ...poll },
      { id: 'climate', connection: 'near', profile: 'mqtt-climate', address: { topic: 'barn/climate' }, intervalS: 60 },
      { id: 'farm', connection: 'far', profile: 'mqtt-climate', address: { topic: 'barn/climate' }, intervalS: 60 },
    ],
    cameras: [
      {
        id: 'gate',
        source: { type: 'http-jpeg', url: webUrl, username: 'v', password: planted.cameraPassword, intervalS: 0.5 },
      },
      {
        id: 'yard',
        source: { type: 'mjpeg', url: webUrl, username: 'v', passwordFile: join(gatewayFolder, 'camera.password') },
      },
      {
        id: 'road',
        source: { type: 'rtsp', url: 'rtsp://127.0.0.1:9/one', username: 'v', password: planted.rtspPassword },
      },
    ],
  }
}

const leaksIn = (text: string): readonly string[] =>
  Object.entries({ ...planted, ...made }).flatMap(([name, secret]) => (text.includes(secret) ? [name] : []))

/** Shown by this name where it fails. */
function expectClean(where: string, text: string): void {
  expect(leaksIn(text), where).toEqual([])
}

describe('planted secrets', { timeout: 2 * limitMs }, () => {
  it('are in no log at the level debug, while every device, camera and login fails', async () => {
    const { port } = await logged(edge, 'devices may connect by MQTT')
    const login = (password: string) =>
      connectAsync(`mqtt://127.0.0.1:${String(port)}`, { username: 'barn', password, reconnectPeriod: 0 })
    await expect(login(planted.mqttWrong)).rejects.toThrow()
    await (await login(planted.mqttPassword)).endAsync()
    for (const device of ['"ap"', '"ap3"', '"gate"', '"yard"', '"road"']) {
      await until(`a line about ${device}`, limitMs, async () => (edge.text().includes(device) ? true : undefined))
    }
    expectClean('log of the gateway', edge.text())
    expectClean('log of the hub', hub.text())
    expectClean('output of enrol', surfaces['enrol'] ?? '')
    expect(surfaces['enrol']).toContain('kimitsu/planted is enrolled')
  })

  it('are in no answer of the hub or the gateway', async () => {
    const health = Number((await logged(edge, 'the gateway agent runs'))['healthPort'])
    const at = (port: number, path: string) => fetch(`http://127.0.0.1:${port}${path}`).then((answer) => answer.text())
    for (const path of ['/metrics', '/healthz']) expectClean(`gateway ${path}`, await at(health, path))
    const paths = ['/metrics', '/healthz', '/api/v1/gateways', '/api/v1/dead-letters', '/api/v1/series?limit=1000']
    for (const path of paths) expectClean(`hub ${path}`, await at(ports['http'] ?? 0, path))
    expect(await at(ports['http'] ?? 0, '/api/v1/gateways')).toContain('kimitsu/planted')
  })

  it('are in no command line and no process title', async () => {
    for (const pid of [...(await familyOf(edge.child.pid ?? 0)), ...(await familyOf(hub.child.pid ?? 0))]) {
      for (const file of ['cmdline', 'comm']) {
        expectClean(`${file} of ${pid}`, await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => ''))
      }
    }
    // Whoever hands the claim over as a word hides it as soon as the program runs.
    const claim = await readFile(join(folder, 'claim.txt'), 'utf8')
    const silent = createTcpServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const where = `127.0.0.1:${(silent.address() as AddressInfo).port}`
    const enrol = start(['enrol', '--claim', claim.replace(/h=[^&]*/, `h=${where}`), '--out', join(folder, 'other')])
    await until('a title without the claim', limitMs, async () => {
      const title = await readFile(`/proc/${enrol.child.pid}/cmdline`, 'utf8')
      return title.includes('musubi enrol') && leaksIn(title).length === 0 ? true : undefined
    })
    enrol.child.kill('SIGKILL')
    await enrol.ended
    silent.close()
  })

  it('are not quoted where a configuration is refused', async () => {
    const file = join(gatewayFolder, 'wrong.yaml')
    const right = gatewayFile() as {
      connections: Record<string, unknown>[]
      cameras: { source: Record<string, unknown> }[]
    }
    const wrong = {
      ...right,
      localPage: { code: planted.engineerCode },
      connections: right.connections.map((connection) => ({
        ...connection,
        comunity: planted.snmpCommunity,
        ...(connection['id'] === 'lan3' ? { auth: { protocol: 'rot13', password: planted.snmpAuth } } : {}),
        ...(connection['id'] === 'near' ? { users: [{ name: 'barn', password: planted.mqttPassword }] } : {}),
      })),
      cameras: right.cameras.map(({ source, ...camera }) => ({
        ...camera,
        source: { ...source, pasword: planted.cameraPassword, url: `http://v:${planted.rtspPassword}@127.0.0.1/` },
      })),
    }
    await writeFile(file, stringify(wrong))
    const refused = await finished(['edge', '--config', file, '--check'])
    expect(refused).toMatch(/config\.invalid/)
    expectClean('config.invalid', refused)
    await writeFile(file, `community: ${planted.snmpCommunity}\n  wrong: [${planted.brokerPassword}\n`)
    const broken = await finished(['edge', '--config', file, '--check'])
    expect(broken).toMatch(/config\.invalid/)
    expectClean('a file that is no YAML', broken)
  })

  it('of a hub, its InfluxDB token, is not told where the store cannot be reached', async () => {
    const influx = ['--store', 'influx', '--influx-url', 'http://127.0.0.1:9', '--influx-write-path', '/api/v2/write']
    const args = ['hub', '--data', join(folder, 'influx'), '--no-dashboard', ...freePorts, ...influx, '--log', 'debug']
    const other = start(args, { MUSUBI_INFLUX_TOKEN: planted.influxToken })
    await Promise.race([
      other.ended,
      until('a word about the store', limitMs, async () => (/influx|store/i.test(other.text()) ? true : undefined)),
    ])
    expectClean('command line of the hub', await readFile(`/proc/${other.child.pid}/cmdline`, 'utf8').catch(() => ''))
    other.child.kill('SIGTERM')
    await other.ended
    expect(other.text().length).toBeGreaterThan(0)
    expectClean('log of a hub with InfluxDB', other.text())
  })

  it('are not told by the doctor, nor by the bundle that it sends', async () => {
    // It leaves devices alone that a running agent has.
    edge.child.kill('SIGTERM')
    await edge.ended
    const configFile = join(gatewayFolder, 'gateway.yaml')
    const doctor = ['doctor', '--config', configFile, '--listen', '1', '--timeout', '1000']
    const report = await finished(doctor)
    for (const part of ['ap3', 'yard', 'Certificate']) expect(report).toContain(part)
    expectClean('doctor', report)
    const facts = {
      gateway: 'kimitsu/planted',
      dataFolder: gatewayFolder,
      agentVersion: 'musubi',
      rssBytes: 0,
      devices: [],
      metrics: '',
      log: edge.text().split('\n'),
    }
    const places = { base: configFile, set: undefined }
    const findings = await examined(places, facts)
    expectClean('bundle', JSON.stringify(await diagnosticBundle(places, facts, findings)))
  })
})
