// ONVIF by its library, in its thread, against a simulated camera that tells its addresses and misbehaves on demand.
import { createSocket, type Socket } from 'node:dgram'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { until } from '../../firmware-bridge/cameras/camera-contract.ts'
import { type Camera, createCamera } from '../../firmware-bridge/cameras/camera.ts'
import { MisbehavingCamera } from '../../firmware-bridge/cameras/misbehaving-camera.ts'
import { askOnvif } from '../../firmware-bridge/cameras/onvif-request.ts'
import { onvif } from '../../firmware-bridge/cameras/onvif.ts'
import { sampleJpegs } from '../../firmware-bridge/cameras/sample-images.ts'
import { type OnvifDevice, startOnvifDevice } from './onvif-device.ts'

const images = await sampleJpegs(4)
const login = { username: 'viewer', password: 'secret' }
const patient = () => ({ signal: AbortSignal.timeout(25_000) })

describe('An ONVIF camera', () => {
  let pictures: MisbehavingCamera
  let device: OnvifDevice
  let camera: Camera

  beforeEach(async () => {
    pictures = new MisbehavingCamera({ kind: 'snapshot', images, login: { scheme: 'digest', ...login } })
    await pictures.start()
    // Behind a router a camera tells an address that only its own network knows.
    const snapshot = pictures.url.replace('127.0.0.1', 'user:pw@192.0.2.1')
    device = await startOnvifDevice({ snapshot, rtsp: 'rtsp://192.0.2.1/live' })
    const dependencies = { clock: systemClock, log: silentLog }
    const settings = { type: 'onvif', host: '127.0.0.1', port: device.port, intervalS: 0.05, timeoutMs: 500 } as const
    camera = createCamera(
      { id: 'camera-1', maxFrameBytes: 65_536, latencyMs: 0, exifOffset: undefined },
      {
        source: onvif.create({ ...settings, ...login }, dependencies),
        ...dependencies,
        random: Math.random,
        onDrop: () => undefined,
        backoff: { baseMs: 5, capMs: 20 },
      },
    )
  })

  afterEach(async () => {
    await camera.close()
    await device.close()
    await pictures.stop()
  })

  it('is asked for the address of its snapshots, which are then read at the host that was configured', async () => {
    camera.open()
    const reader = camera.reader()
    await reader.next(patient())
    expect((await reader.next(patient())).widthPx).toBeLessThanOrEqual(11)
    expect([...device.asked.keys()]).toContain('GetSnapshotUri')
    expect([...device.users]).toEqual(['viewer'])
  })

  it.each(['no-profiles', 'no-uri', 'garbage', 'silent'] as const)(
    'that answers with %s ends only its own thread, and is read when it is right',
    async (misbehaviour) => {
      device.misbehaviour = misbehaviour
      camera.open()
      await until(() => camera.state.fault !== undefined)
      expect(camera.state.fault?.code).toMatch(/^driver\./)
      device.misbehaviour = 'none'
      await camera.reader().next(patient())
      expect(camera.state.fault).toBeUndefined()
    },
  )

  it('is no longer asked when it is closed in the middle of a question', async () => {
    device.misbehaviour = 'silent'
    camera.open()
    await until(() => device.asked.size > 0)
    await camera.close()
    const asked = [...device.asked.values()].reduce((sum, count) => sum + count, 0)
    expect(asked).toBe(1)
  })
})

describe('Discovery', () => {
  let listener: Socket
  const ports = { signal: new AbortController().signal, clock: systemClock }

  beforeEach(async () => {
    listener = createSocket({ type: 'udp4', reuseAddr: true })
    await new Promise<void>((resolve) => void listener.bind(3702, '239.255.255.250', resolve))
    listener.addMembership('239.255.255.250', '127.0.0.1')
  })
  afterEach(() => void listener.close())

  it('finds the cameras that answer, and passes over what is no answer', async () => {
    listener.on('message', (probe, { port, address }) => {
      if (!probe.toString().includes('NetworkVideoTransmitter')) return
      const say = (text: string): void => listener.send(text, port, address)
      say('no answer at all')
      say('<?xml version="1.0"?><a><b/></a>')
      say(`<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
        xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Body><d:ProbeMatches><d:ProbeMatch>
        <a:EndpointReference><a:Address>urn:uuid:4711</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types>
        <d:XAddrs>http://192.0.2.7:8000/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`)
    })
    const { cameras } = await askOnvif({ kind: 'discover', networkInterface: 'lo', timeoutMs: 500 }, ports)
    expect(cameras).toEqual([
      { endpoint: 'urn:uuid:4711', host: '192.0.2.7', port: 8000, path: '/onvif/device_service' },
    ])
  })
})
