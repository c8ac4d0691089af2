// What `musubi demo` says and leaves when it cannot start, and the parts of its start that touch the machine.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChildProgram } from '../../bin/demo/child-program.ts'
import { lockFolder } from '../../bin/demo/folder-lock.ts'
import { ensureGatewayCredentials } from '../../bin/demo/gateway-credentials.ts'
import { demoGateways, gatewayFile } from '../../bin/demo/gateway-files.ts'
import { reserveHubPorts } from '../../bin/demo/hub-ports.ts'
import { silentLog, systemClock, type Clock } from '../../broker/contract/ports.ts'
import { inspectionModel } from '../../edge/checks/inspection-model.ts'
import { loadConfig } from '../../edge/config.ts'
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { openAuthority } from '../../provisioning/authority.ts'

const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
let folder: string
const opened: (() => Promise<void> | void)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'musubi-demo-'))
})
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
  rmSync(folder, { recursive: true })
})

async function occupiedPort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function demo(
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: unknown; readonly output: string }> {
  const names = ['HTTP', 'MQTT', 'MQTTS', 'HTTPS', 'EST']
  const ports = Object.fromEntries(names.map((name) => [`MUSUBI_${name}_PORT`, '0']))
  const free = { ...ports, MUSUBI_DATA: folder }
  const child = spawn(process.execPath, [musubi, 'demo'], {
    env: { PATH: process.env['PATH'], ...free, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (bytes) => (output += String(bytes)))
  child.stderr.on('data', (bytes) => (output += String(bytes)))
  const [code] = (await once(child, 'close')) as unknown[]
  return { code, output }
}

describe('musubi demo', () => {
  it('names a busy port and its variable in one line, and starts nothing', async () => {
    const port = await occupiedPort()
    const { code, output } = await demo({ MUSUBI_HTTP_PORT: String(port) })
    expect(code).toBe(1)
    expect(output.trim().split('\n')).toHaveLength(1)
    expect(output).toContain(`port ${port} is in use by another program`)
    expect(output).toContain('MUSUBI_HTTP_PORT')
    expect(readdirSync(folder)).toEqual([])
  })

  it('says in one line that another demo uses the data folder', async () => {
    opened.push(lockFolder(folder))
    const { code, output } = await demo({})
    expect(code).toBe(1)
    expect(output.trim().split('\n')).toHaveLength(1)
    expect(output).toContain(`the data folder ${folder} is in use by another demo`)
    expect(readdirSync(folder)).toEqual(['demo.lock'])
  })
})

describe('the ports of the hub', () => {
  it('are all named when several are busy', async () => {
    const [httpPort, mqttsPort] = [await occupiedPort(), await occupiedPort()]
    await expect(reserveHubPorts({ httpPort, mqttPort: 0, mqttsPort, httpsPort: 0, estPort: 0 })).rejects.toMatchObject(
      {
        code: 'port.busy',
        message: expect.stringMatching(new RegExp(`${httpPort}.*${mqttsPort}`)) as string,
      },
    )
  })

  it('are found where 0 is asked for', async () => {
    const found = await reserveHubPorts({ httpPort: 0, mqttPort: 0, mqttsPort: 0, httpsPort: 0, estPort: 0 })
    expect(new Set([...Object.values(found), 0]).size).toBe(6)
  })
})

describe('the lock of the data folder', () => {
  it('is held once, leaves no file, and can be taken again', () => {
    const release = lockFolder(folder)
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'data.locked' }) as Error)
    release()
    expect(readdirSync(folder)).toEqual([])
    lockFolder(folder)()
  })

  it('ends with a process that is killed', async () => {
    const module = new URL('../../bin/demo/folder-lock.ts', import.meta.url).href
    // The release is kept: a lock that nothing refers to ends with the next garbage collection.
    const script = `import { lockFolder } from '${module}'; globalThis.release = lockFolder(process.argv[1]); console.log('held'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    try {
      await once(child.stdout, 'data')
      expect(() => lockFolder(folder)).toThrow('in use')
    } finally {
      child.kill('SIGKILL')
      await ended
    }
    lockFolder(folder)()
  })
})

describe("the demo's gateways", () => {
  const ports = {
    paddyBus: 20_001,
    weather: 20_002,
    cabinets: [20_003, 20_004, 20_005],
    accessPoints: Array.from({ length: 20 }, (_, index) => 20_100 + index),
    line: { camera: 20_006, io: 20_007 },
    lakeside: 20_008,
  }

  it.each(demoGateways)('have a configuration that the edge agent accepts: %s', async (gateway) => {
    const path = join(folder, 'gateway.yaml')
    const wiring = {
      ports,
      weatherPath: undefined,
      hubPort: 20_000,
      httpsPort: 8443,
      withModels: true,
      taught: undefined,
    }
    await writeFile(path, gatewayFile(gateway, wiring))
    const config = await loadConfig(path, { drivers: driverRegistry, loadProfile, inspectionModel })
    expect(config.identity).toEqual({ tenant: 'kimitsu', gateway })
    const devices = { 'paddy-koito': 9, 'streetlight-center': 6, 'wifi-city': 20, 'factory-kazusa': 0 }
    expect(config.devices.length).toBe(devices[gateway])
  })

  it('reach the weather station over a serial line where there is one', async () => {
    const path = join(folder, 'gateway.yaml')
    const wiring = {
      ports: { ...ports, weather: undefined },
      weatherPath: '/dev/pts/9',
      hubPort: 20_000,
      httpsPort: 8443,
      withModels: false,
      taught: undefined,
    }
    await writeFile(path, gatewayFile('paddy-koito', wiring))
    const config = await loadConfig(path, { drivers: driverRegistry, loadProfile })
    expect(config.connections.find(({ id }) => id === 'weather-line')?.settings).toMatchObject({ path: '/dev/pts/9' })
  })

  it('keep their certificate from start to start, and get a new one when the authority is another', async () => {
    const identity = { tenant: 'kimitsu', gateway: 'wifi-city' }
    const target = { identity, folder: join(folder, 'gateway'), clock: systemClock }
    const open = (name: string) => openAuthority({ folder: join(folder, name), clock: systemClock, log: silentLog })
    const certificate = (): Promise<string> => readFile(join(target.folder, 'gateway.cert.pem'), 'utf8')
    await ensureGatewayCredentials({ ...target, authority: await open('one') })
    const first = await certificate()
    await ensureGatewayCredentials({ ...target, authority: await open('one') })
    expect(await certificate()).toBe(first)
    await ensureGatewayCredentials({ ...target, authority: await open('two') })
    expect(await certificate()).not.toBe(first)
  })
})

describe('a program that the demo keeps running', () => {
  it('comes back after a kill, later after each death, and is gone after stop', async () => {
    const restarts: { readonly run: () => void; readonly delayMs: number }[] = []
    const clock: Clock = {
      ...systemClock,
      setTimer(run, delayMs) {
        if (delayMs >= 10_000) return systemClock.setTimer(run, delayMs)
        restarts.push({ run, delayMs })
        return { cancel: () => undefined }
      },
    }
    const deaths: string[] = []
    const pids: number[] = []
    const program = createChildProgram({
      name: 'sleeper',
      command: () => ({
        file: process.execPath,
        args: ['-e', 'process.send(process.pid); setInterval(() => {}, 1000)'],
      }),
      logFile: join(folder, 'sleeper.log'),
      clock,
      random: () => 0.5,
      onMessage: (pid) => void pids.push(Number(pid)),
      onDeath: ({ how }) => void deaths.push(how),
    })
    program.start()
    for (const lives of [1, 2]) {
      await expect.poll(() => pids.length).toBe(lives)
      program.kill()
      await expect.poll(() => deaths.length).toBe(lives)
      restarts[lives - 1]?.run()
    }
    await expect.poll(() => pids.length).toBe(3)
    expect(deaths).toEqual(['SIGKILL', 'SIGKILL'])
    expect(restarts.map(({ delayMs }) => delayMs)).toEqual([500, 1000])
    await program.stop()
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})
