// The SNMP driver against Net-SNMP's own daemon (Debian's snmpd): v2c, v3 with privacy, a wrong password, real counters.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Measurement } from '../../firmware-bridge/driver.ts'
import { codeOf } from '../../firmware-bridge/drivers/driver-contract.ts'
import type { SnmpConnection } from '../../firmware-bridge/drivers/snmp-schemas.ts'
import { snmp } from '../../firmware-bridge/drivers/snmp.ts'
import type { SnmpProfile } from '../../firmware-bridge/profile-schema.ts'
import { debianPackage } from '../debian.ts'
import { freeUdpPort } from '../free-udp-port.ts'

const label = { ja: '', en: '' }
const ifName = '1.3.6.1.2.1.31.1.1.1.1'
const profile: SnmpProfile = {
  id: 'loopback',
  driver: 'snmp',
  label,
  channels: [
    { id: 'uptime', label, source: { oid: '1.3.6.1.2.1.1.3.0' }, scale: 0.01, unit: 's' },
    { id: 'name', label, source: { oid: '1.3.6.1.2.1.1.5.0', kind: 'text' } },
    {
      id: 'rx-rate',
      label,
      unit: 'B/s',
      source: {
        column: '1.3.6.1.2.1.31.1.1.1.6',
        kind: 'counter64',
        where: { column: ifName, equals: ['lo'] },
        reduce: 'sum',
      },
    },
  ],
}
const never = new AbortController().signal
const auth = { protocol: 'sha', password: 'authentication' } as const
const priv = { protocol: 'aes', password: 'privacy-password' } as const

describe.skipIf(!debianPackage('snmpd'))('Against snmpd', () => {
  let folder: string
  let daemon: ChildProcess
  let port: number

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-snmpd-'))
    port = await freeUdpPort()
    const lines = [
      `agentaddress udp:127.0.0.1:${port}`,
      'rocommunity public 127.0.0.1',
      'sysName musubi-test',
      `createUser musubi SHA ${auth.password} AES ${priv.password}`,
      'rouser musubi priv',
    ]
    await writeFile(join(folder, 'snmpd.conf'), `${lines.join('\n')}\n`)
    const env = { ...process.env, SNMP_PERSISTENT_DIR: folder, SNMPCONFPATH: folder }
    const options = [
      '-f',
      '-C',
      '-c',
      join(folder, 'snmpd.conf'),
      '-Lf',
      join(folder, 'log'),
      '-I',
      '-smux,-mteTrigger,-mteTriggerConf',
    ]
    daemon = spawn('/usr/sbin/snmpd', options, { stdio: 'ignore', env })
    const wait = AbortSignal.timeout(20_000)
    while (
      !wait.aborted &&
      (await read({ version: '2c', community: 'public' }, 200).then(
        () => false,
        () => true,
      ))
    );
  })

  afterAll(async () => {
    const ended = new Promise((resolve) => void daemon.once('exit', resolve))
    daemon.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  })

  async function read(connection: SnmpConnection, timeoutMs = 10_000, reads = 1): Promise<readonly Measurement[]> {
    const driver = snmp.create(connection, { clock: systemClock, log: silentLog })
    await driver.open()
    const device = { id: 'host', address: { host: '127.0.0.1', port }, profile, timeoutMs }
    try {
      let measurements = await driver.read(device, never)
      for (let more = 1; more < reads; more += 1) measurements = await driver.read(device, never)
      return measurements
    } finally {
      await driver.close()
    }
  }

  it.each([
    ['v2c', { version: '2c', community: 'public' }],
    ['v3 with authentication and privacy', { version: '3', user: 'musubi', auth, priv }],
  ] as const)('reads scalars and text by %s', async (_name, connection) => {
    const measurements = new Map((await read(connection)).map((entry) => [entry.channel, entry]))
    expect(measurements.get('uptime')?.value).toBeGreaterThan(0)
    expect(measurements.get('name')).toMatchObject({ value: 'musubi-test', quality: 'good' })
    expect(measurements.has('rx-rate')).toBe(false)
  })

  it('gives a rate once the agent has let time pass', async () => {
    const driver = snmp.create({ version: '2c', community: 'public' }, { clock: systemClock, log: silentLog })
    await driver.open()
    const device = { id: 'host', address: { host: '127.0.0.1', port }, profile, timeoutMs: 10_000 }
    let rate: Measurement | undefined
    for (let tries = 0; rate === undefined && tries < 500; tries += 1) {
      rate = (await driver.read(device, never)).find(({ channel }) => channel === 'rx-rate')
    }
    await driver.close()
    expect(rate).toMatchObject({ unit: 'bit/s', quality: 'good' })
    expect(rate?.value).toBeGreaterThanOrEqual(0)
  })

  it('ends with a coded error for a wrong password and a wrong community', async () => {
    const wrong = { version: '3', user: 'musubi', auth: { ...auth, password: 'not the password' }, priv } as const
    expect(await codeOf(read(wrong, 2000))).toBe('driver.exception')
    expect(await codeOf(read({ version: '2c', community: 'private' }, 300))).toBe('driver.timeout')
  })
})
