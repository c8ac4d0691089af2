// The MQTT drivers against mosquitto: its publisher to the gateway's listener, and its broker with a lasting session.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import proto from 'sparkplug-payload/lib/sparkplugPayloadProto.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Driver, DriverDiscard, Measurement } from '../../firmware-bridge/driver.ts'
import { mqttClient } from '../../firmware-bridge/drivers/mqtt-client.ts'
import { mqttListener } from '../../firmware-bridge/drivers/mqtt-listener.ts'
import { freePort } from '../../firmware-bridge/simulators/free-port.ts'
import type { MqttAddress, MqttDeviceProfile } from '../../firmware-bridge/mqtt/mqtt-address.ts'
import { hashPassword } from '../../firmware-bridge/mqtt/password-hash.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { debianPackage } from '../debian.ts'
import { until } from '../programs/until.ts'

const limitMs = 20_000
const climate = (await loadProfile('mqtt-climate')) as MqttDeviceProfile
const waterLevel = (await loadProfile('lorawan-water-level')) as MqttDeviceProfile
const children: ChildProcess[] = []

function run(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' })
  children.push(child)
  return child
}

async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    await exitCodeOf(child)
  }
})

interface Heard {
  readonly taken: Measurement[]
  readonly faults: AppError[]
  keep: () => Promise<void>
}

function listenTo(
  driver: Driver<MqttAddress, MqttDeviceProfile>,
  address: MqttAddress,
  profile: MqttDeviceProfile,
): Heard {
  const heard: Heard = { taken: [], faults: [], keep: () => Promise.resolve() }
  driver.listen?.(
    { id: 'device-1', address, profile, timeoutMs: 1000 },
    {
      take(measurements) {
        heard.taken.push(...measurements)
        return heard.keep()
      },
      fault: (error) => void heard.faults.push(error),
    },
  )
  return heard
}

const valuesOf = (heard: Heard) => heard.taken.map(({ value }) => value)

describe.skipIf(!debianPackage('mosquitto-clients'))('The MQTT listener, given mosquitto_pub', () => {
  const discards: DriverDiscard[] = []
  let driver: Driver<MqttAddress, MqttDeviceProfile>
  let heard: Heard
  let port: number
  let folder: string
  let login: readonly string[]

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-mqtt-'))
    port = await freePort()
    login = ['-h', '127.0.0.1', '-p', String(port), '-u', 'barn', '-P', 'clover-and-hay']
    const users = [{ name: 'barn', password: await hashPassword('clover-and-hay') }]
    const onDiscard = (reason: DriverDiscard) => void discards.push(reason)
    driver = mqttListener.create(
      { bind: '127.0.0.1', port, users, maxPacketBytes: 4096 },
      { clock: systemClock, log: silentLog, onDiscard },
    )
    await driver.open()
    heard = listenTo(driver, { topic: 'barn/climate' }, climate)
    await until('the listener accepts', limitMs, () => reachable(port))
  })
  afterEach(async () => {
    await driver.close()
    discards.length = 0
    await rm(folder, { recursive: true, force: true })
  })

  const publish = (...args: readonly string[]) => run('mosquitto_pub', [...login, ...args])
  const isDiscarded = (reason: DriverDiscard) =>
    until(`a message is ${reason}`, limitMs, async () => (discards.includes(reason) ? true : undefined))

  it('confirms what is kept', async () => {
    const message = ['-t', 'barn/climate', '-q', '1', '-m', '{"temperature":21.5,"humidity":60}']
    expect(await exitCodeOf(publish(...message))).toBe(0)
    expect(valuesOf(heard)).toEqual([21.5, 60])
    expect(await exitCodeOf(publish('-t', 'barn/climate', '-q', '2', '-m', '{"temperature":22}'))).toBe(0)
    expect(valuesOf(heard)).toEqual([21.5, 60, 22])
  })

  it('refuses a wrong password and an unknown user, counted', async () => {
    const wrong = [...login.slice(0, -1), 'guess']
    expect(await exitCodeOf(run('mosquitto_pub', [...wrong, '-t', 'barn/climate', '-m', '1']))).not.toBe(0)
    const nobody = login.map((word) => (word === 'barn' ? 'nobody' : word))
    expect(await exitCodeOf(run('mosquitto_pub', [...nobody, '-t', 'barn/climate', '-m', '1']))).not.toBe(0)
    expect(discards).toEqual(['denied', 'denied'])
    expect(heard.taken).toEqual([])
  })

  it.each(['stable/climate', 'musubi/v1/test/gateway-1/telemetry', '$SYS/x'])(
    'ends a connection that publishes to %s, counted',
    async (topic) => {
      publish('-t', topic, '-q', '1', '-m', '{"temperature":1}')
      await isDiscarded('denied')
      expect(heard.taken).toEqual([])
    },
  )

  it('ends a connection with a packet that is too large, counted, before it is read', async () => {
    await writeFile(join(folder, 'large'), Buffer.alloc(100_000, 0x20))
    publish('-t', 'barn/climate', '-q', '1', '-f', join(folder, 'large'))
    await isDiscarded('over-limit')
    expect(heard.faults).toEqual([])
    expect(await exitCodeOf(publish('-t', 'barn/climate', '-q', '1', '-m', '{"temperature":3}'))).toBe(0)
    expect(valuesOf(heard)).toEqual([3])
  })

  it('confirms garbage, which nobody will ever understand, and tells it as a fault of the device', async () => {
    await writeFile(join(folder, 'garbage'), Buffer.from('7b22ff00fe', 'hex'))
    expect(await exitCodeOf(publish('-t', 'barn/climate', '-q', '1', '-f', join(folder, 'garbage')))).toBe(0)
    expect(heard.faults.map(({ code }) => code)).toEqual(['driver.frame'])
    expect(await exitCodeOf(publish('-t', 'barn/other', '-q', '1', '-m', '1'))).toBe(0)
    expect(discards).toEqual(['foreign'])
  })

  it('slows a connection beyond its rate, and refuses what is far beyond it, counted', async () => {
    await driver.close()
    const users = [{ name: 'barn', password: await hashPassword('clover-and-hay') }]
    const onDiscard = (reason: DriverDiscard) => void discards.push(reason)
    const settings = { bind: '127.0.0.1', port, users, messagesPerS: 1 }
    driver = mqttListener.create(settings, { clock: systemClock, log: silentLog, onDiscard })
    await driver.open()
    heard = listenTo(driver, { topic: 'barn/climate' }, climate)
    await until('the listener accepts', limitMs, () => reachable(port))
    await writeFile(join(folder, 'lines'), '{"temperature":1}\n'.repeat(200))
    const beganMs = performance.now()
    const flood = spawn('sh', [
      '-c',
      `exec mosquitto_pub "$@" < ${join(folder, 'lines')}`,
      'sh',
      ...login,
      '-t',
      'barn/climate',
      '-l',
    ])
    children.push(flood)
    await isDiscarded('over-limit')
    // Two at once, ten that are slowed, and one more for each second that has passed.
    expect(heard.taken.length).toBeLessThanOrEqual(2 + 10 + (performance.now() - beganMs) / 1000)
  })

  it.skipIf(!debianPackage('openssl'))('speaks TLS where it is given a certificate', async () => {
    await driver.close()
    const [key, certificate] = ['key.pem', 'cert.pem'].map((name) => join(folder, name))
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key!,
      '-out',
      certificate!,
    ]
    expect(await exitCodeOf(run('openssl', [...request, ...subject]))).toBe(0)
    const users = [{ name: 'barn', password: await hashPassword('clover-and-hay') }]
    const settings = { bind: '127.0.0.1', port, users, key: key!, certificate: certificate! }
    driver = mqttListener.create(settings, { clock: systemClock, log: silentLog })
    await driver.open()
    heard = listenTo(driver, { topic: 'barn/climate' }, climate)
    await until('the listener accepts', limitMs, () => reachable(port))
    const message = ['-t', 'barn/climate', '-q', '1', '-m', '{"temperature":7}']
    expect(await exitCodeOf(publish('--cafile', certificate!, ...message))).toBe(0)
    expect(valuesOf(heard)).toEqual([7])
  })

  it('keeps the last will of a device that is lost from reaching anybody but its own topics', async () => {
    const will = ['--will-topic', 'stable/climate', '--will-payload', '{"temperature":9}', '--will-qos', '1']
    const lost = run('mosquitto_sub', [...login, '-t', 'barn/set', ...will])
    await until('it is connected', limitMs, async () => {
      const open = await exitCodeOf(publish('-t', 'barn/climate', '-q', '1', '-m', '{"temperature":4}'))
      return open === 0 ? true : undefined
    })
    lost.kill('SIGKILL')
    await exitCodeOf(lost)
    expect(await exitCodeOf(publish('-t', 'barn/climate', '-q', '1', '-m', '{"temperature":5}'))).toBe(0)
    expect(valuesOf(heard)).not.toContain(9)
  })
})

describe.skipIf(!debianPackage('mosquitto') || !debianPackage('mosquitto-clients'))(
  'The MQTT client, behind mosquitto',
  () => {
    let folder: string
    let port: number
    let broker: ChildProcess
    const open: Driver<MqttAddress, MqttDeviceProfile>[] = []

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'musubi-mosquitto-'))
      port = await freePort()
      await writeFile(join(folder, 'conf'), `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\n`)
      broker = spawn('mosquitto', ['-c', join(folder, 'conf')], { stdio: 'ignore' })
      await until('mosquitto listens', limitMs, () => reachable(port))
    })
    afterAll(async () => {
      broker.kill('SIGTERM')
      await exitCodeOf(broker)
      await rm(folder, { recursive: true, force: true })
    })
    afterEach(async () => {
      for (const driver of open.splice(0)) await driver.close()
    })

    async function start(session: string, discards: DriverDiscard[] = []) {
      const onDiscard = (reason: DriverDiscard) => void discards.push(reason)
      const dependencies = { clock: systemClock, log: silentLog, onDiscard, folder: join(folder, session) }
      const driver = mqttClient.create({ url: `mqtt://127.0.0.1:${port}`, session }, dependencies)
      open.push(driver)
      await driver.open()
      return driver
    }

    async function publish(topic: string, message: string): Promise<void> {
      const args = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-m', message]
      expect(await exitCodeOf(run('mosquitto_pub', args))).toBe(0)
    }

    /** Until the subscription stands: mosquitto keeps nothing of before. */
    async function hearing(heard: Heard, topic: string, message: string): Promise<void> {
      await until('the first message is heard', limitMs, async () => {
        await publish(topic, message)
        return heard.taken.length > 0 ? true : undefined
      })
    }

    it('gets what came while it was away', async () => {
      const first = await start('away')
      await hearing(listenTo(first, { topic: 'house/climate' }, climate), 'house/climate', '{"temperature":1}')
      await first.close()
      for (const value of [2, 3, 4]) await publish('house/climate', `{"temperature":${value}}`)
      const heard = listenTo(await start('away'), { topic: 'house/climate' }, climate)
      await until('all are heard', limitMs, async () => (heard.taken.length >= 3 ? true : undefined))
      expect(valuesOf(heard)).toEqual([2, 3, 4])
    })

    it('gets again what could not be kept, and nothing again that was', async () => {
      const driver = await start('again')
      const heard = listenTo(driver, { topic: 'barn/climate' }, climate)
      await hearing(heard, 'barn/climate', '{"temperature":1}')
      heard.taken.length = 0
      heard.keep = () => Promise.reject(new AppError('outbox.full', 'the disk is full'))
      await publish('barn/climate', '{"temperature":2}')
      await until('it is heard twice', limitMs, async () => (heard.taken.length >= 2 ? true : undefined))
      heard.keep = () => Promise.resolve()
      const before = heard.taken.length
      await until('it is kept', limitMs, async () => (heard.taken.length > before ? true : undefined))
      await publish('barn/climate', '{"temperature":3}')
      await until('the next is heard', limitMs, async () => (valuesOf(heard).includes(3) ? true : undefined))
      expect(valuesOf(heard).at(-1)).toBe(3)
      await driver.close()
      const later = listenTo(await start('again'), { topic: 'barn/climate' }, climate)
      await publish('barn/climate', '{"temperature":4}')
      await until('the last is heard', limitMs, async () => (later.taken.length > 0 ? true : undefined))
      expect(valuesOf(later)).toEqual([4])
    })

    it('asks a Sparkplug node for its births, understands it by its aliases, and tells its death', async () => {
      const { Payload } = proto.org.eclipse.tahu.protobuf
      type Metrics = NonNullable<NonNullable<Parameters<typeof Payload.encode>[0]>['metrics']>
      const say = async (topic: string, seq: number | undefined, metrics: Metrics) => {
        const payload = { timestamp: 1_700_000_000_000, ...(seq === undefined ? {} : { seq }), metrics }
        await writeFile(join(folder, 'payload'), Payload.encode(payload).finish())
        const args = [
          '-h',
          '127.0.0.1',
          '-p',
          String(port),
          '-t',
          `spBv1.0/works/${topic}`,
          '-f',
          join(folder, 'payload'),
        ]
        expect(await exitCodeOf(run('mosquitto_pub', args))).toBe(0)
      }
      const commands = spawn('mosquitto_sub', [
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-t',
        'spBv1.0/works/NCMD/station-3',
        '-C',
        '1',
        '-F',
        '%x',
      ])
      children.push(commands)
      let asked = ''
      commands.stdout.on('data', (bytes: Buffer) => (asked += bytes.toString()))
      const pump = (await loadProfile('sparkplug-pump')) as MqttDeviceProfile
      const discards: DriverDiscard[] = []
      const heard = listenTo(
        await start('plant', discards),
        { group: 'works', node: 'station-3', device: 'pump-1' },
        pump,
      )
      await until('the births are asked for', limitMs, async () => {
        await say('DDATA/station-3/pump-1', 5, [{ alias: 1, floatValue: 9 }])
        return asked === '' ? undefined : true
      })
      expect(Buffer.from(asked.trim(), 'hex').toString('latin1')).toContain('Node Control/Rebirth')
      expect(heard.taken).toEqual([])
      await say('NBIRTH/station-3', 0, [{ name: 'bdSeq', datatype: 4, longValue: 3 }])
      await say('DBIRTH/station-3/pump-1', 1, [{ name: 'Process/Flow', alias: 1, datatype: 9, floatValue: 0.5 }])
      await say('DDATA/station-3/pump-1', 4, [{ alias: 1, floatValue: 0.75 }])
      await until('the data is heard', limitMs, async () => (heard.taken.length >= 2 ? true : undefined))
      expect(valuesOf(heard)).toEqual([0.5, 0.75])
      expect(discards).toContain('gap')
      await say('NDEATH/station-3', undefined, [{ name: 'bdSeq', datatype: 4, longValue: 2 }])
      await say('NDEATH/station-3', undefined, [{ name: 'bdSeq', datatype: 4, longValue: 3 }])
      await until('the death is told', limitMs, async () => (heard.faults.length > 0 ? true : undefined))
      expect(heard.faults.map(({ code }) => code)).toEqual(['driver.connection'])
    })

    it('takes an uplink once, also when it comes again after a restart', async () => {
      const devEui = '0101010101010101'
      const topic = `application/app/device/${devEui}/event/up`
      const uplink = (id: string, level: string) =>
        JSON.stringify({
          deduplicationId: id,
          time: '2026-11-22T00:00:00Z',
          deviceInfo: { devEui },
          devAddr: '00189440',
          fCnt: 1,
          fPort: 2,
          data: Buffer.from(level, 'hex').toString('base64'),
          rxInfo: [{ rssi: -100, snr: 5 }],
        })
      const discards: DriverDiscard[] = []
      const first = await start('uplinks', discards)
      const heard = listenTo(first, { server: 'chirpstack', devEui }, waterLevel)
      await hearing(heard, topic, uplink('a', '007b00d70e1000'))
      await publish(topic, uplink('a', '007b00d70e1000'))
      await until('it is known', limitMs, async () => (discards.includes('duplicate') ? true : undefined))
      await first.close()
      const later = listenTo(await start('uplinks', discards), { server: 'chirpstack', devEui }, waterLevel)
      discards.length = 0
      await publish(topic, uplink('a', '007b00d70e1000'))
      await publish(topic, uplink('b', '007c00d70e1000'))
      await until('the other is heard', limitMs, async () => (later.taken.length > 0 ? true : undefined))
      expect(later.taken[0]).toMatchObject({ channel: 'water-level', value: 0.124, timeMs: Date.UTC(2026, 10, 22) })
      expect(discards).toEqual(['duplicate'])
    })
  },
)

async function reachable(port: number): Promise<true | undefined> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}
