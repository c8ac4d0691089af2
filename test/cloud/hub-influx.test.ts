import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RawReadings } from '../../cloud/http/schemas.ts'
import { debianPackage } from '../debian.ts'
import { freePorts, type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'
import { type InfluxServer, startInfluxServer } from '../store/influx-server.ts'
import { temporaryFolder } from './running-cloud.ts'

describe.skipIf(!debianPackage('influxdb'))('musubi hub --store influx', () => {
  let influx: InfluxServer
  let temporary: Awaited<ReturnType<typeof temporaryFolder>>
  let hub: Program

  beforeAll(async () => {
    influx = await startInfluxServer()
    temporary = await temporaryFolder()
  })

  afterAll(async () => {
    await hub.end('SIGKILL')
    await influx.stop()
    await temporary.remove()
  })

  async function startHub(): Promise<{ readonly http: number; readonly mqtt: number }> {
    const store = ['--store', 'influx', '--influx-url', influx.url]
    hub = startProgram(['hub', '--data', temporary.folder, '--no-dashboard', ...freePorts, ...store])
    const up = await hub.logged('the hub is up')
    return { http: Number(up['http']), mqtt: Number(up['mqtt']) }
  }

  async function valuesOf(http: number, name: string): Promise<readonly (number | null)[]> {
    const id = encodeURIComponent(`kimitsu/stranger/${name}`)
    const response = await fetch(`http://127.0.0.1:${http}/api/v1/series/${id}/readings`)
    return response.ok ? ((await response.json()) as RawReadings).value : []
  }

  it('keeps what was confirmed over SIGKILL, and goes on', async () => {
    const first = await startHub()
    const before = await connectAsync(`mqtt://127.0.0.1:${first.mqtt}`)
    await before.publishAsync('musubi/v1/kimitsu/stranger/senml', '[{"n":"meter:power","u":"W","v":1.5,"t":-2}]', {
      qos: 1,
    })
    await before.endAsync(true)
    await hub.end('SIGKILL')

    const second = await startHub()
    const after = await connectAsync(`mqtt://127.0.0.1:${second.mqtt}`)
    await after.publishAsync('musubi/v1/kimitsu/stranger/senml', '[{"n":"meter:power","u":"W","v":2.5}]', { qos: 1 })
    await after.endAsync(true)
    const values = await until('both readings', 10_000, async () => {
      const stored = await valuesOf(second.http, 'meter:power')
      return stored.length === 2 ? stored : undefined
    })
    expect(values).toEqual([1.5, 2.5])
  })
})
