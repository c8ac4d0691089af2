// `musubi doctor` as a person runs it, against simulated devices and hubs: what it says when all is well, and when it is not.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { CameraConfig } from '../../edge/cameras/camera-config.ts'
import { checkCameras } from '../../edge/doctor/camera-checks.ts'
import type { Finding } from '../../broker/contract/finding.ts'
import { askNtp } from '../../edge/doctor/ntp.ts'
import { sampleJpeg } from '../../firmware-bridge/cameras/sample-images.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { temporaryFolder } from '../edge/outbox-fixture.ts'
import { ScriptedHub } from '../edge/scripted-hub.ts'
import { startProgram } from './program.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')

interface Told {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

async function doctor(...args: readonly string[]): Promise<Told> {
  const child = spawn(process.execPath, [musubi, 'doctor', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { exitCode: child.exitCode, output, errors }
}

function findingsOf({ output }: Told): readonly Finding[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Finding)
}

/** A level probe with 0.123 m of water: unit 7 (mH2O), three decimals, value. */
const levelProbe = { holding: sparseTable(new Map([[0, 1], [1, 3], [2, 7], [3, 3], [4, 123]])) } // prettier-ignore

describe('musubi doctor', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let hub: ScriptedHub
  let bus: ModbusServer

  beforeEach(async () => {
    folder = temporaryFolder()
    hub = new ScriptedHub()
    await hub.start()
    const slaves = new Map([1, 2, 3].map((unitId) => [unitId, levelProbe] as const))
    bus = await serveModbusTcp({ framing: 'rtu-tcp', port: 0, slaves, clock: systemClock })
  })
  afterEach(async () => {
    await bus.close()
    await hub.stop()
    folder.remove()
  })

  function writeGateway(
    change: { readonly hub?: string; readonly connections?: string; readonly devices?: string } = {},
  ) {
    const path = join(folder.path, 'gateway.yaml')
    writeFileSync(
      path,
      `tenant: test
gateway: gateway-1
data: ./data
hub: { url: "${change.hub ?? hub.url}" }
connections:
  - { id: bus, type: modbus-rtu-tcp, host: 127.0.0.1, port: ${bus.port} }
${change.connections ?? ''}
devices:
  - { id: level-1, connection: bus, profile: qdy30a-level, address: { unitId: 1 }, intervalS: 1, timeoutMs: 300, retries: 0 }
${change.devices ?? ''}
`,
    )
    return path
  }

  const examine = (path: string, ...more: string[]) => doctor('--config', path, '--json', '--no-ntp', ...more)

  it('says that all is well, with a reading of each device, and ends with 0', async () => {
    const told = await examine(writeGateway())
    const findings = findingsOf(told).filter(({ check }) => check !== 'serial-port')
    expect(findings.map(({ check, state }) => `${check} ${state}`)).toEqual([
      'config ok',
      'data-folder ok',
      'clock ok',
      'dns ok',
      'hub ok',
      'device ok',
    ])
    expect(findings.at(-1)).toMatchObject({
      subject: 'level-1',
      seen: { ja: '水位 0.123 m', en: 'Water level 0.123 m' },
    })
    expect(told.exitCode).toBe(0)
    expect(hub.statuses).toEqual([])
  })

  it('says of each thing that is wrong what to do about it, in both languages, and goes on to the end', async () => {
    bus.misbehave.set(1, { kind: 'wrong-crc' })
    bus.misbehave.set(2, { kind: 'silence' })
    bus.misbehave.set(3, { kind: 'exception', code: 2 })
    await hub.stop()
    const device = (id: string, connection: string, unitId: number) =>
      `  - { id: ${id}, connection: ${connection}, profile: qdy30a-level, address: { unitId: ${unitId} }, intervalS: 1, timeoutMs: 300, retries: 0 }`
    const told = await examine(
      writeGateway({
        connections: '  - { id: serial, type: modbus-rtu, path: /dev/there-is-no-such-port }',
        devices: [device('level-2', 'bus', 2), device('level-3', 'bus', 3), device('level-4', 'serial', 1)].join('\n'),
      }),
    )
    const failures = findingsOf(told).filter(({ state }) => state === 'fail')
    expect(failures.map(({ check, subject }) => [check, subject])).toEqual([
      ['serial-port', '/dev/there-is-no-such-port'],
      ['hub', hub.url],
      ['device', 'level-1'],
      ['device', 'level-2'],
      ['device', 'level-3'],
      ['device', 'level-4'],
    ])
    for (const { advice } of failures) {
      expect(advice?.en).toMatch(/[a-z]/)
      expect(advice?.ja).toMatch(/[ぁ-ん一-龠]/)
    }
    expect(failures.map(({ advice }) => advice?.en).join('\n')).toMatch(/termination[^]*swapped A\/B[^]*profile fits/)
    expect(told.exitCode).toBe(1)
    await hub.start()
  })

  it('leaves a gateway that runs alone: its bus and its connection stay its own', async () => {
    const path = writeGateway()
    const gateway = startProgram(['edge', '--config', path, '--log', 'info'])
    try {
      await gateway.logged('the gateway agent runs')
      await hub.until(() => hub.stored.length > 0)
      const findings = findingsOf(await examine(path))
      expect(findings.at(-1)).toMatchObject({ check: 'hub', state: 'warn' })
      expect(findings.some(({ check }) => check === 'device')).toBe(false)
      expect(hub.statuses.every(({ state }) => state === 'online')).toBe(true)
      expect(hub.connections).toBe(1)
    } finally {
      await gateway.end('SIGTERM')
    }
  })

  it('tells every fault of a configuration, and asks nothing else then', async () => {
    const told = await examine(writeGateway({ devices: '  - { id: level-1, connection: nowhere, intervalS: 1 }' }))
    expect(findingsOf(told)).toMatchObject([{ check: 'config', state: 'fail' }])
    expect(told.output).toContain('nowhere')
    expect(told.output).toContain('/devices/1/profile')
    expect(told.exitCode).toBe(1)
  })

  it('finds who answers on a bus, who refuses, and who is garbled', async () => {
    bus.misbehave.set(2, { kind: 'exception', code: 1 })
    bus.misbehave.set(3, { kind: 'wrong-crc' })
    const at = `127.0.0.1:${bus.port}`
    const told = await doctor('modbus', '--rtu-tcp', at, '--units', '1-5', '--timeout', '300', '--json')
    expect(findingsOf(told).map(({ subject, state, seen }) => [subject, state, seen.en])).toEqual([
      [`${at} unitId 1`, 'ok', 'answers'],
      [`${at} unitId 2`, 'ok', 'answers (refuses register 0)'],
      [`${at} unitId 3`, 'warn', 'a garbled answer'],
    ])
  })

  it('speaks Japanese in short lines where it is asked to', async () => {
    const told = await doctor('--config', writeGateway(), '--no-ntp', '--lang', 'ja')
    expect(told.output).toMatch(/✔ ハブ mqtt:\/\/\S+\n {2}接続できました \(\d+ ms\)\n/)
    expect(told.output).toMatch(/正常 \d+・注意 \d+・異常 0\n$/)
  })

  it('explains itself when it does not understand the words', async () => {
    expect(await doctor('modbus')).toMatchObject({ exitCode: 2, output: '' })
    expect((await doctor('modbus', '--rtu-tcp', '127.0.0.1:99999')).exitCode).toBe(1)
    expect((await doctor()).errors).toContain('Usage:')
  })
})

describe('The camera check', () => {
  it('takes a frame of each camera, leaves a folder to the agent, and says what is wrong with one that gives none', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder.path, 'part.jpg'), 'half a fi')
    const picture = await sampleJpeg(320)
    const server = createServer((_request, response) => void response.end(picture)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const camera = (id: string, source: { readonly type: string }): CameraConfig => ({
      id,
      source,
      site: undefined,
      label: { ja: id, en: id },
      healthIntervalS: 10,
      staleS: 30,
      maxFrameBytes: 1_000_000,
      latencyMs: 0,
      exifOffset: undefined,
      keepEveryS: undefined,
      remoteFrames: false,
    })
    const snapshot = (at: number) => ({ type: 'http-jpeg', url: `http://127.0.0.1:${at}/now.jpg` })
    const hotFolder = (path: string) => ({ type: 'hot-folder', folder: path })
    const cameras = [
      camera('camera-1', hotFolder(folder.path)),
      camera('camera-2', hotFolder(join(folder.path, 'none'))),
      camera('camera-3', snapshot(port)),
      camera('camera-4', snapshot(9)),
    ]
    const options = { clock: systemClock, log: silentLog, listenMs: 3000, signal: new AbortController().signal }
    try {
      const findings: Finding[] = []
      for await (const finding of checkCameras(cameras, options)) findings.push(finding)
      expect(findings).toMatchObject([
        { subject: 'camera-1', state: 'ok', seen: { en: 'files waiting: 1' } },
        { subject: 'camera-2', state: 'fail' },
        { subject: 'camera-3', state: 'ok', seen: { en: expect.stringMatching(/^320 × \d+, \d+ kB$/) as string } },
        { subject: 'camera-4', state: 'fail', seen: { en: expect.stringContaining('driver.connection') as string } },
      ])
      expect(readdirSync(folder.path)).toEqual(['part.jpg'])
    } finally {
      server.close()
      server.closeAllConnections()
      folder.remove()
    }
  })
})

describe('The clock check', () => {
  it('takes half of the way there and back into account', async () => {
    const server = createSocket('udp4')
    // Answers with a clock that is 2.5 s ahead; an answer to another question is sent first and must be ignored.
    server.on('message', (question, { port, address }) => {
      const answer = Buffer.alloc(48)
      answer[0] = 0x24
      answer[1] = 2
      const seconds = (Date.now() + 2500) / 1000 + 2_208_988_800
      for (const at of [32, 40]) {
        answer.writeUInt32BE(Math.floor(seconds), at)
        answer.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), at + 4)
      }
      server.send(Buffer.alloc(48, 0x24), port, address)
      question.copy(answer, 24, 40, 48)
      server.send(answer, port, address)
    })
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address()
      // A clock that stands still: the way takes no time, so that the offset is the server's alone.
      const nowMs = Date.now()
      const offsetMs = await askNtp('127.0.0.1', { nowMs: () => nowMs, timeoutMs: 10_000, port })
      expect(offsetMs).toBeGreaterThan(2499)
    } finally {
      server.close()
    }
  })
})
