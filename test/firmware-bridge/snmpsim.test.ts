// The profile of an access point against a recording of one, served by snmpsim (Debian): tables, several radios, one of them down.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Measurement } from '../../firmware-bridge/driver.ts'
import { snmp } from '../../firmware-bridge/drivers/snmp.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { debianPackage } from '../debian.ts'
import { freeUdpPort } from '../free-udp-port.ts'

const never = new AbortController().signal

describe.skipIf(!debianPackage('snmpsim'))('Against a recorded access point in snmpsim', () => {
  let folder: string
  let simulator: ChildProcess
  let port: number

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-snmpsim-'))
    const [data, cache] = [join(folder, 'data'), join(folder, 'cache')]
    await mkdir(data)
    await mkdir(cache)
    await copyFile(join(import.meta.dirname, 'recordings/unifi-ap.snmprec'), join(data, 'public.snmprec'))
    // It refuses to run as root and gives its rights up, so that its folders must be open to others.
    await chmod(folder, 0o755)
    await chmod(cache, 0o777)
    port = await freeUdpPort()
    simulator = spawn(
      '/usr/bin/snmpsimd',
      [
        `--data-dir=${data}`,
        `--cache-dir=${cache}`,
        `--agent-udpv4-endpoint=127.0.0.1:${port}`,
        '--logging-method=null',
        ...(process.getuid?.() === 0 ? ['--process-user=nobody', '--process-group=nogroup'] : []),
      ],
      { stdio: 'ignore' },
    )
  })

  afterAll(async () => {
    const ended = new Promise((resolve) => void simulator.once('exit', resolve))
    simulator.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  })

  it('counts the clients of the radios that are up, and tells the bands apart', async () => {
    const driver = snmp.create({ version: '2c', community: 'public' }, { clock: systemClock, log: silentLog })
    await driver.open()
    const profile = await loadProfile('if-mib-unifi-ap')
    if (profile.driver !== 'snmp') throw new Error('the profile is for SNMP')
    const device = { id: 'ap', address: { host: '127.0.0.1', port }, profile, timeoutMs: 1000 }
    let measurements: readonly Measurement[] = []
    while (simulator.exitCode === null && measurements.length === 0) {
      measurements = await driver.read(device, never).catch(() => [])
    }
    await driver.close()
    const values = Object.fromEntries(measurements.map(({ channel, value }) => [channel, value]))
    expect(values).toMatchObject({ uptime: 86_400, 'uplink-up': 1, clients: 19, 'clients-2g': 7 })
  })
})
