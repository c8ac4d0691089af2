import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../firmware-bridge/simulators/free-port.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { AckDocument } from '../../broker/contract/documents.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { startSubscriber, type Subscriber } from '../../cloud/ingest/mqtt-subscriber.ts'
import type { IncomingMessage } from '../../cloud/ingest/message.ts'
import { debianPackage } from '../debian.ts'
import {
  birth,
  eventually,
  gatewayTopic,
  levelSeries,
  runCloud,
  sample,
  telemetry,
  temporaryFolder,
  type RunningCloud,
} from './running-cloud.ts'

describe.skipIf(!debianPackage('mosquitto'))('ingest beside mosquitto', () => {
  let temporary: Awaited<ReturnType<typeof temporaryFolder>>
  let mosquitto: ChildProcess
  let running: RunningCloud
  let subscriber: Subscriber
  let gateway: MqttClient
  let url: string
  let refuseNext = 0
  const acks: AckDocument[] = []

  const tap = (message: IncomingMessage) => {
    if (refuseNext === 0) return running.cloud.tap(message)
    refuseNext -= 1
    return Promise.reject(new Error('refused by the test'))
  }

  beforeAll(async () => {
    temporary = await temporaryFolder()
    const port = await freePort()
    url = `mqtt://127.0.0.1:${port}`
    const config = join(temporary.folder, 'mosquitto.conf')
    await writeFile(config, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n`)
    mosquitto = spawn('/usr/sbin/mosquitto', ['-c', config], { stdio: 'ignore' })
    gateway = await eventually(() => connectAsync(url, { reconnectPeriod: 100 }, false))
    running = await runCloud(temporary.folder)
    subscriber = startSubscriber({ url, clientId: 'hub-test', tap, log: silentLog })
    await subscriber.ready
    gateway.on('message', (_topic, payload) => void acks.push(decodeDocument(AckDocument, payload)))
    await gateway.subscribeAsync(gatewayTopic('ack'), { qos: 1 })
  })

  afterAll(async () => {
    await gateway.endAsync()
    await subscriber.stop()
    await running.stop()
    mosquitto.kill()
    await once(mosquitto, 'exit')
    await temporary.remove()
  })

  /** The subscriber of this test publishes what the cloud would: acknowledgements recorded by the rig are sent on. */
  async function forwardAcks(through: number): Promise<void> {
    await eventually(() => expect(running.acks.at(-1)?.through).toBe(through))
  }

  it('stores what a gateway publishes and sends down what the hub says', async () => {
    const refusedModels = [{ package: 'ours', reason: 'unsigned: the package has no signature.json' }]
    await gateway.publishAsync(gatewayTopic('status'), Buffer.from(birth({ refusedModels })), { qos: 1, retain: true })
    await gateway.publishAsync(
      gatewayTopic('telemetry'),
      Buffer.from(telemetry(1, [sample('probe-1:water-level', 0.05)])),
      { qos: 1 },
    )
    await forwardAcks(1)
    subscriber.publish(gatewayTopic('ack'), new Uint8Array(Buffer.from('{"epoch":"epoch-1","through":1}')))
    await eventually(() => expect(acks).toEqual([{ epoch: 'epoch-1', through: 1 }]))
    expect((await running.get('/api/v1/latest')).body).toMatchObject({ items: [{ series: levelSeries, value: 0.05 }] })
    expect((await running.get('/api/v1/gateways')).body).toMatchObject({
      items: [{ state: 'online', devices: 1, refusedModels }],
    })
  })

  it('acknowledges nothing that ingest refused, so that the broker sends it again', async () => {
    refuseNext = 2
    await gateway.publishAsync(
      gatewayTopic('telemetry'),
      Buffer.from(telemetry(2, [sample('probe-1:water-level', 0.06)])),
      { qos: 1 },
    )
    await forwardAcks(2)
    expect(subscriber.counters.refused).toBe(2)
    expect(refuseNext).toBe(0)
  })

  it('takes bare packs of devices that know only MQTT', async () => {
    const pack = JSON.stringify([{ n: 'soil:ec', u: 'S/m', v: 0.01 }])
    await gateway.publishAsync('musubi/v1/kimitsu/third-party/senml', pack, { qos: 1 })
    await eventually(async () => {
      const { body } = await running.get('/api/v1/latest?gateway=kimitsu/third-party')
      expect(body).toMatchObject({ items: [{ series: 'kimitsu/third-party/soil:ec', value: 0.01, unit: 'S/m' }] })
    })
  })
})
