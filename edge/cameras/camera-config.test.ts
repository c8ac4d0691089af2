import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { parseConfig } from '../config.ts'
import { inspectionModel } from '../checks/inspection-model.ts'
import { type CameraConfig, cameraFaults, type CameraSections, type ModelUse } from './camera-config.ts'
import { cameraDevices } from './camera-devices.ts'

const sources = { drivers: driverRegistry, loadProfile }
const head = `
tenant: kimitsu
gateway: factory-1
data: ./data
hub: { url: mqtts://localhost:8883, ca: ca.pem, certificate: gateway.pem, key: gateway-key.pem }
sites: [{ id: factory-1, kind: factory, name: { ja: 工場, en: Factory }, position: { lat: 35.3, lon: 139.9 } }]
devices: []
`
const fits = async (): Promise<undefined> => undefined

async function faultsOf(text: string, inspectionModel?: typeof fits): Promise<readonly string[]> {
  const given = inspectionModel === undefined ? sources : { ...sources, inspectionModel }
  const error = await parseConfig(head + text, '/etc/musubi/gateway.yaml', given).then(
    () => undefined,
    (thrown: unknown) => thrown as { readonly message: string },
  )
  const lines = error?.message.split('\n').slice(1) ?? []
  return lines.map((line) => line.trim())
}

const cameraPlan: CameraConfig = {
  id: 'camera-1',
  site: undefined,
  label: { ja: '', en: '' },
  source: { type: 'http-jpeg' },
  healthIntervalS: 10,
  staleS: 30,
  maxFrameBytes: 1_000_000,
  latencyMs: 0,
  exifOffset: undefined,
  keepEveryS: undefined,
  remoteFrames: false,
}

const line = `
connections: [{ id: io-1, type: modbus-tcp, host: 192.168.1.40, port: 502 }]
cameras:
  - { id: camera-1, site: factory-1, source: { type: mjpeg, url: 'http://192.168.1.30/video.mjpg' } }
inspections:
  - id: line-1
    camera: camera-1
    model: surface-inspection
    trigger: { type: modbus, connection: io-1, address: 0 }
    relay: { type: modbus, connection: io-1, coil: 0 }
`

describe('cameras in gateway.yaml', () => {
  it('become complete, with files relative to the configuration', async () => {
    const text = `
connections: []
cameras:
  - { id: c1, source: { type: http-jpeg, url: 'https://10.0.0.1/a.jpg', username: u, passwordFile: c1.password, ca: ca.pem } }
`
    const { cameras } = await parseConfig(head + text, '/etc/musubi/gateway.yaml', sources)
    expect(cameras[0]).toMatchObject({
      id: 'c1',
      label: { ja: 'c1', en: 'c1' },
      source: { passwordFile: '/etc/musubi/c1.password', ca: '/etc/musubi/ca.pem' },
      healthIntervalS: 10,
      staleS: 30,
      maxFrameBytes: 8_388_608,
      keepEveryS: undefined,
      remoteFrames: false,
    })
  })

  it('have every fault listed at once, with path and example', async () => {
    const faults = await faultsOf(`
connections: []
cameras:
  - { id: gateway, site: nowhere, source: { type: http-jpeg, url: 'http://user:pw@10.0.0.1/a.jpg', speed: 3 } }
  - { id: c1, source: { type: webcam }, healthIntervalS: 0 }
  - { id: c1, source: { type: rtsp, url: 'rtsp://10.0.0.1/1', password: a, passwordFile: b, quality: 99 } }
  - { id: c2, source: { type: onvif } }
  - { id: c3, source: { type: hot-folder, folder: /srv/out } }
  - { id: c4, source: { type: mjpeg, url: 'http://10.0.0.1/v' }, keep: { everyS: 60 } }
`)
    const expected = [
      '/cameras/0/id "gateway" is already the id of the gateway itself',
      '/cameras/0/site "nowhere" is not in /sites, e.g. site: factory-1',
      '/cameras/0/source/url must match pattern',
      '/cameras/0/source/speed is not a known key',
      '/cameras/1/source/type "webcam" is no source of frames; known are http-jpeg, mjpeg, rtsp, onvif, hot-folder',
      '/cameras/1/healthIntervalS must be >= 0.1, e.g. healthIntervalS: 10',
      '/cameras/2/id "c1" is already the id of /cameras/1',
      '/cameras/2/source has password and passwordFile',
      '/cameras/2/source/username is missing',
      '/cameras/2/source/quality must be <= 31, e.g. quality: 3',
      '/cameras/3/source needs host or endpoint',
      '/cameras/4 has files that nobody takes',
      '/cameras/5/keep needs the section images, e.g. images: {}',
    ]
    for (const start of expected) expect(faults).toContainEqual(expect.stringContaining(start))
    expect(faults).toHaveLength(expected.length)
  })
})

describe('inspections in gateway.yaml', () => {
  it('are refused while no model of this version judges frames', async () => {
    expect(await faultsOf(line)).toEqual([
      expect.stringContaining('/inspections/0/model "surface-inspection" is no model package'),
    ])
  })

  it('are taken with a model that fits', async () => {
    const { inspections } = await parseConfig(head + line, '/etc/musubi/gateway.yaml', {
      ...sources,
      inspectionModel: fits,
    })
    expect(inspections[0]).toMatchObject({ camera: 'camera-1', limitMs: 1000, expectEveryS: 86_400 })
  })

  it('that learn keep their examples in the data folder, or where the file says, and need a model that was taught', async () => {
    const asked: string[] = []
    const inspectionModel = async (model: string, use: string): Promise<undefined> => void asked.push(`${model} ${use}`)
    const learning = async (teach: string) =>
      (
        await parseConfig(`${head}${line}    teach: ${teach}\n`, '/etc/musubi/gateway.yaml', {
          ...sources,
          inspectionModel,
        })
      ).inspections[0]?.teach
    expect(await learning('{}')).toMatchObject({ examples: '/etc/musubi/data/teach/line-1/examples', frames: 200 })
    expect(await learning('{ examples: ./shown, frames: 9 }')).toMatchObject({
      examples: '/etc/musubi/shown',
      frames: 9,
    })
    expect(asked).toEqual(['surface-inspection taught', 'surface-inspection taught'])
    const shared = `${line}    teach: {}\nvision: [{ id: watch-1, camera: camera-1, model: surface-inspection }]\n`
    expect(await faultsOf(shared, fits)).toEqual([
      '/inspections/0/teach would change the verdicts of "watch-1", which has the same model: give it a copy of its own',
    ])
  })

  it('have what refers to nothing, or does not fit, listed', async () => {
    const faults = await faultsOf(
      line
        .replace('camera: camera-1', 'camera: camera-9')
        .replace('connection: io-1, address: 0', 'connection: io-9, address: 70000, pollMs: 0')
        .replace('{ type: modbus, connection: io-1, coil: 0 }', '{ type: relay-card, coil: 0 }'),
      fits,
    )
    const expected = [
      '/inspections/0/camera "camera-9" is not in /cameras, e.g. camera: camera-1',
      '/inspections/0/trigger/connection "io-9" is not in /connections',
      '/inspections/0/trigger/address must be <= 65535',
      '/inspections/0/trigger/pollMs must be >= 1, e.g. pollMs: 5',
      '/inspections/0/relay/type must be one of modbus, gpio',
    ]
    for (const start of expected) expect(faults).toContainEqual(expect.stringContaining(start))
    expect(faults).toHaveLength(expected.length)
  })

  it('do not share a connection with devices, nor a serial bus, nor another trigger with a hot folder', async () => {
    const sections: CameraSections = {
      cameras: [{ id: 'c1', source: { type: 'hot-folder', folder: '/srv' } as never }],
      inspections: [
        {
          id: 'line-1',
          camera: 'c1',
          model: 'm',
          trigger: { type: 'modbus', connection: 'bus', address: 0 } as never,
          relay: { type: 'modbus', connection: 'shared', coil: 0 } as never,
        },
      ],
      connections: [
        { id: 'bus', type: 'modbus-rtu' },
        { id: 'shared', type: 'modbus-tcp' },
      ],
      devices: [{ id: 'meter', connection: 'shared' }],
    }
    const paths = (await cameraFaults(sections, fits)).map(({ path }) => path)
    expect(paths).toEqual([
      '/inspections/0/trigger/type',
      '/inspections/0/trigger/connection',
      '/inspections/0/relay/connection',
    ])
  })
})

describe('vision in gateway.yaml', () => {
  const watch = line.slice(0, line.indexOf('inspections:')).concat(`
vision:
  - { id: road-watch, camera: camera-1, model: road-damage, raise: 0.1 }
`)

  it('becomes complete, a path of a model relative to the file', async () => {
    const text = watch.replace('model: road-damage', 'model: ./own/road.tgz')
    const { watches } = await parseConfig(head + text, '/etc/musubi/gateway.yaml', {
      ...sources,
      inspectionModel: fits,
    })
    expect(watches).toMatchObject([
      {
        id: 'road-watch',
        model: '/etc/musubi/own/road.tgz',
        everyS: 10,
        raise: 0.1,
        clear: undefined,
        pictures: 'over',
      },
    ])
  })

  it('has what refers to nothing, or does not fit, listed', async () => {
    const text = watch.replace(
      'camera: camera-1, model',
      'camera: camera-9, clear: 0.2, site: nowhere, medianOf: 0, model',
    )
    const faults = await faultsOf(text, fits)
    for (const start of [
      '/vision/0/camera "camera-9" is not in /cameras',
      '/vision/0/clear must not be over raise, e.g. clear: 0.05',
      '/vision/0/site "nowhere" is not in /sites',
      '/vision/0/medianOf must be >= 1',
    ]) {
      expect(faults).toContainEqual(expect.stringContaining(start))
    }
    expect(faults).toHaveLength(4)
  })
})

describe('a camera that counts people', () => {
  const cameras = (rest: string): string => `
connections: [{ id: io-1, type: modbus-tcp, host: 192.168.1.40, port: 502 }]
images: {}
cameras:
  - { id: camera-1, source: { type: http-jpeg, url: 'http://192.168.1.30/a.jpg' }${rest} }
`
  const counting = 'vision:\n  - { id: square, camera: camera-1, model: people-count, counts: people }\n'

  it('tells the series people and no picture', async () => {
    const asked: string[] = []
    const inspectionModel = async (model: string, use: string): Promise<undefined> => void asked.push(`${model} ${use}`)
    const { watches } = await parseConfig(head + cameras('') + counting, '/etc/musubi/gateway.yaml', {
      ...sources,
      inspectionModel,
    })
    expect(watches).toMatchObject([{ counts: 'people', pictures: 'none' }])
    expect(asked).toEqual(['people-count count'])
    const [, device] = cameraDevices({ watches, cameras: [{ ...cameraPlan, id: 'camera-1' }] })
    expect(device?.channels.map(({ id }) => id)).toEqual(['people', 'inference-time', 'frames-judged', 'unjudged'])
  })

  it('is refused where anything else could send its pictures', async () => {
    const why = '"square" counts the people there, of whom no picture may leave'
    const nosy = `${counting.replace('counts: people', 'counts: people, pictures: over, raise: 0.5')}
  - { id: road, camera: camera-1, model: road-damage, pictures: none }
inspections:
  - id: line-1
    camera: camera-1
    model: surface-inspection
    trigger: { type: modbus, connection: io-1, address: 0 }
    relay: { type: modbus, connection: io-1, coil: 0 }
`
    expect(await faultsOf(cameras(', keep: { everyS: 60 }, remoteFrames: true') + nosy, fits)).toEqual([
      '/vision/0/pictures must be none beside counts, e.g. pictures: none',
      '/vision/0 has raise or clear, but a count raises no alarm: a rule at the hub does',
      `/cameras/0/keep must be away: ${why}`,
      `/cameras/0/remoteFrames must be away: ${why}`,
      `/inspections/0/camera must be another camera: ${why}`,
      `/vision/1/camera must be another camera: ${why}`,
    ])
  })

  it('needs a model that counts, and a model that counts needs a camera that does', async () => {
    const told = (model: string, use: ModelUse) => inspectionModel(model, use)
    expect(await told('people-count', 'count')).toBeUndefined()
    expect(await told('people-count', 'watch')).toBe('"people-count" only counts people: add counts: people')
    expect(await told('people-count', 'inspection')).toContain('judges no parts')
    expect(await told('road-damage', 'count')).toContain('counts no people, e.g. model: people-count')
    expect(await told('road-damage', 'watch')).toBeUndefined()
    expect(await told('image-features', 'taught')).toContain('was not taught by example')
  })
})

describe('docs/cameras.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/cameras.md'), 'utf8')
  const examples = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml)

  it('has an example of each source', () => {
    for (const type of ['http-jpeg', 'mjpeg', 'rtsp', 'onvif', 'hot-folder']) {
      expect(examples.join('')).toContain(`type: ${type}`)
    }
  })

  it.each(examples.map((yaml, index) => [index + 1, yaml] as const))(
    'example %i is a right configuration',
    async (_, yaml) => {
      const whole = yaml.includes('connections:') ? yaml : `${yaml}\nconnections: []\n`
      await parseConfig(head + whole, '/etc/musubi/gateway.yaml', { ...sources, inspectionModel: fits })
    },
  )
})
