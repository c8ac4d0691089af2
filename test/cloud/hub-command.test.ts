import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { AckDocument } from '../../broker/contract/documents.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { authorityFolder } from '../../bin/commands/ca.ts'
import type { RawReadings } from '../../cloud/http/schemas.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { freePorts } from '../programs/program.ts'
import { eventually, gatewayTopic, levelSeries, sample, telemetry, temporaryFolder } from './running-cloud.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')

interface HubProcess {
  readonly child: ChildProcess
  /** Ports once the hub is up. */
  readonly up: Promise<{ readonly http: number; readonly mqtts: number; readonly mqtt: number }>
  errors(): string
}

describe('musubi hub', () => {
  let temporary: Awaited<ReturnType<typeof temporaryFolder>>
  const children: ChildProcess[] = []
  const clients: MqttClient[] = []

  beforeEach(async () => {
    temporary = await temporaryFolder()
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true)
    for (const child of children.splice(0)) await end(child, 'SIGKILL')
    await temporary.remove()
  })

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill(signal)
    await once(child, 'exit')
    return child.exitCode
  }

  function startHub(...more: readonly string[]): HubProcess {
    const args = [musubi, 'hub', '--data', temporary.folder, '--no-dashboard', ...freePorts, ...more]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    children.push(child)
    let errors = ''
    const up = new Promise<{ http: number; mqtts: number; mqtt: number }>((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
        errors += chunk
        const line = errors.split('\n').find((text) => text.includes('"the hub is up"'))
        if (line?.endsWith('}')) resolve(JSON.parse(line) as never)
      })
      child.once('exit', (code) => reject(new Error(`the hub ended with ${code}: ${errors}`)))
    })
    up.catch(() => undefined)
    return { child, up, errors: () => errors }
  }

  async function connectGateway(port: number, acks: AckDocument[]): Promise<MqttClient> {
    const authority = await openAuthority({
      folder: authorityFolder(temporary.folder),
      clock: systemClock,
      log: silentLog,
    })
    const issued = await authority.issueGateway({ tenant: 'kimitsu', gateway: 'paddy-koito' })
    const client = await connectAsync(`mqtts://127.0.0.1:${port}`, {
      cert: issued.certificatePem,
      key: issued.keyPem,
      ca: issued.caPem,
      clientId: 'kimitsu/paddy-koito',
      reconnectPeriod: 0,
    })
    clients.push(client)
    client.on('message', (_topic, payload) => void acks.push(decodeDocument(AckDocument, payload)))
    client.on('error', () => undefined)
    await client.subscribeAsync(gatewayTopic('ack'), { qos: 1 })
    return client
  }

  const message = (seq: number) => Buffer.from(telemetry(seq, [sample('probe-1:water-level', seq / 1000)]))

  it('asks no third party for its maps unless told to, and then lets that one through', async () => {
    const mapsOf = async (...flags: readonly string[]) => {
      const { child, up } = startHub(...flags)
      const answer = await fetch(`http://127.0.0.1:${(await up).http}/api/v1/ui`)
      const { tiles } = (await answer.json()) as { readonly tiles: { readonly attribution: string } | null }
      await end(child, 'SIGTERM')
      const policy = answer.headers.get('content-security-policy') ?? ''
      return { attribution: tiles?.attribution, strangers: policy.match(/https?:[^ ;]+/g) }
    }
    expect(await mapsOf()).toEqual({ attribution: undefined, strangers: null })
    const gsi = 'https://cyberjapandata.gsi.go.jp'
    expect(await mapsOf('--tile-url', 'gsi')).toEqual({ attribution: '地理院タイル', strangers: [gsi, gsi] })
    const refused = startHub('--tile-url', 'tiles.example.jp')
    await expect(refused.up).rejects.toThrow('tiles.example.jp is not')
  })

  it('keeps every acknowledged reading once through SIGKILL, and stops cleanly on SIGTERM', async () => {
    const first = startHub()
    const acks: AckDocument[] = []
    const client = await connectGateway((await first.up).mqtts, acks)
    for (let seq = 1; seq <= 300; seq += 1)
      client.publish(gatewayTopic('telemetry'), message(seq), { qos: 1 }, () => undefined)
    await eventually(() => expect(acks.at(-1)?.through ?? 0).toBeGreaterThan(0))
    await end(first.child, 'SIGKILL')
    const acknowledged = acks.at(-1)?.through ?? 0

    const second = startHub()
    const { http, mqtts } = await second.up
    const again: AckDocument[] = []
    const resend = await connectGateway(mqtts, again)
    for (let seq = Math.max(1, acknowledged - 5); seq <= 300; seq += 1) {
      resend.publish(gatewayTopic('telemetry'), message(seq), { qos: 1 }, () => undefined)
    }
    await eventually(() => expect(again.at(-1)?.through).toBe(300))
    const response = await fetch(`http://127.0.0.1:${http}/api/v1/series/${encodeURIComponent(levelSeries)}/readings`)
    const { value } = (await response.json()) as RawReadings
    expect(value.toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual(
      Array.from({ length: 300 }, (_, index) => (index + 1) / 1000),
    )
    expect(await end(second.child, 'SIGTERM')).toBe(0)
  })

  it('stores a bare pack before its publish is acknowledged', async () => {
    const hub = startHub()
    const { http, mqtt } = await hub.up
    const client = await connectAsync(`mqtt://127.0.0.1:${mqtt}`, { reconnectPeriod: 0 })
    clients.push(client)
    await client.publishAsync('musubi/v1/kimitsu/third-party/senml', '[{"n":"soil:ec","u":"S/m","v":0.01}]', { qos: 1 })
    const response = await fetch(`http://127.0.0.1:${http}/api/v1/latest`)
    expect(await response.json()).toMatchObject({ items: [{ series: 'kimitsu/third-party/soil:ec', value: 0.01 }] })
  })

  it('names a busy port and a data folder in use in one line', async () => {
    const hub = startHub()
    await hub.up
    const locked = startHub()
    await expect(locked.up).rejects.toThrow('ended with 1')
    expect(locked.errors()).toMatch(/^musubi hub: .*in use by another hub.*\[data\.locked\]$/m)
    await end(hub.child, 'SIGTERM')
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const address = blocker.address()
    const port = String(typeof address === 'object' && address !== null ? address.port : 0)
    const busy = startHub('--http-port', port)
    await expect(busy.up).rejects.toThrow('ended with 1')
    expect(busy.errors()).toMatch(new RegExp(`^musubi hub: .*${port}.*\\[port\\.busy\\]$`, 'm'))
    blocker.close()
  })
})
