import { describe, expect, it } from 'vitest'
import { driverRegistry } from '../firmware-bridge/drivers/registry.ts'
import { loadProfile } from '../firmware-bridge/profile-loader.ts'
import { parseConfig } from './config.ts'

const parse = (text: string) => parseConfig(text, '/etc/musubi/gateway.yaml', { drivers: driverRegistry, loadProfile })

const right = `
tenant: kimitsu
gateway: paddy-koito
label: { ja: 小糸水田ゲートウェイ, en: Koito paddy gateway }
data: ./outbox-folder
hub: { url: mqtts://localhost:8883, ca: ca.pem, certificate: gateway.pem, key: gateway-key.pem }
sites:
  - { id: paddy-1, kind: paddy, name: { ja: 水田1, en: Paddy 1 }, position: { lat: 35.3, lon: 139.9 } }
connections:
  - { id: rs485-1, type: modbus-rtu-tcp, host: 127.0.0.1, port: 5020 }
devices:
  - { id: level-1, site: paddy-1, connection: rs485-1, profile: qdy30a-level, address: { unitId: 1 }, intervalS: 10, calibration: { water-level: { offset: -0.01 } } }
models:
  - { package: lamp-power-anomaly, inputs: ['*:lamp-*-power'] }
`

async function faultsOf(text: string): Promise<readonly string[]> {
  const error = await parse(text).then(
    () => undefined,
    (thrown: unknown) => thrown as { readonly code: string; readonly message: string },
  )
  expect(error?.code).toBe('config.invalid')
  return (
    error?.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim()) ?? []
  )
}

describe('gateway.yaml', () => {
  it('becomes a complete configuration, with paths relative to the file', async () => {
    const config = await parse(right)
    expect(config.dataFolder).toBe('/etc/musubi/outbox-folder')
    expect(config.hub.ca).toBe('/etc/musubi/ca.pem')
    expect(config.outbox).toMatchObject({ maxBytes: 268_435_456, groupCommitMs: 200 })
    expect(config.uplink.window).toBe(64)
    expect(config.devices[0]).toMatchObject({
      timeoutMs: 1000,
      retries: 2,
      priority: 'normal',
      label: { en: expect.any(String) },
    })
    expect(config.devices[0]?.channels[0]).toMatchObject({ id: 'water-level' })
  })

  it('trusts the release key alone, and further keys and unsigned packages only where it says so', async () => {
    expect((await parse(right)).modelTrust).toEqual({ keyFiles: [], allowUnsigned: false })
    const { modelTrust } = await parse(
      `${right}\nmodelTrust: { keys: [ours.pub, /srv/theirs.pub], allowUnsigned: true }\n`,
    )
    expect(modelTrust).toEqual({ keyFiles: ['/etc/musubi/ours.pub', '/srv/theirs.pub'], allowUnsigned: true })
  })

  it('names the file of a key that cannot check packages, once', async () => {
    const asked: string[] = []
    const modelKey = async (file: string) => {
      asked.push(file)
      return file.endsWith('theirs.pub') ? `${file} cannot be read` : undefined
    }
    const text = `${right}\nmodelTrust: { keys: [ours.pub, theirs.pub] }\n`
    const error = await parseConfig(text, '/etc/musubi/gateway.yaml', {
      drivers: driverRegistry,
      loadProfile,
      modelKey,
    }).catch((thrown: unknown) => thrown as Error)
    expect(asked).toEqual(['/etc/musubi/ours.pub', '/etc/musubi/theirs.pub'])
    expect('message' in error && error.message).toMatch(
      /has 1 fault:\n {2}\/modelTrust\/keys\/1 \/etc\/musubi\/theirs\.pub cannot be read$/,
    )
  })

  it('names every fault of a calibration, of its shape and of its meaning, and takes one that is right', async () => {
    const calibrated = (calibration: string) => parse(right.replace('{ offset: -0.01 }', calibration))
    const faults = await faultsOf(
      right.replace(
        '{ offset: -0.01 }',
        '{ offset: 1, table: [{ measured: 1, reference: 0 }, { measured: 0, reference: 1 }], date: 2026-13-01, validDays: 30 }',
      ),
    )
    expect(faults).toEqual([
      '/devices/0/calibration/water-level scale and offset, points and table exclude each other: keep one of them',
      '/devices/0/calibration/water-level/table/1/measured must rise: 0 comes after 1',
      '/devices/0/calibration/water-level/date "2026-13-01" is not a day, e.g. date: 2026-04-01',
    ])
    const shape = await faultsOf(right.replace('{ offset: -0.01 }', '{ points: [{ measured: 1 }], date: april }'))
    expect(shape.join('\n')).toContain('/devices/0/calibration/water-level/points')
    expect(shape.join('\n')).toContain('/devices/0/calibration/water-level/date must match pattern')
    const config = await calibrated(
      '{ points: [{ measured: 0.02, reference: 0 }, { measured: 1.52, reference: 1.5 }], date: 2026-04-01, validDays: 365 }',
    )
    expect(config.devices[0]?.calibration['water-level']).toMatchObject({ date: '2026-04-01', validDays: 365 })
  })

  it('has every fault of its shape listed at once, with path and example', async () => {
    const faults = await faultsOf(`
tenant: Kimitsu
data: ./x
hub: { url: http://hub, window: 3 }
outbox: { groupCommitMs: 5000 }
sites: [{ id: a, kind: rice, name: { ja: あ }, position: { lat: 135, lon: 35 } }]
connections: []
devices:
  - { id: one, connection: x, profile: qdy30a-level, intervalS: ten }
  - { id: two, connection: x, profile: qdy30a-level, intervalS: -1, retries: 99, interval: 3 }
uplink: { window: many }
gatway: paddy-koito
`)
    const expected = [
      '/gateway is missing, e.g. gateway: paddy-koito',
      '/gatway is not a known key; known here: tenant, gateway, label, data, hub',
      '/tenant must match pattern',
      '/hub/url must match pattern',
      '/hub/window is not a known key',
      '/outbox/groupCommitMs must be <= 250, e.g. groupCommitMs: 200',
      '/sites/0/kind must be one of paddy, weather',
      '/sites/0/name/en is missing',
      '/sites/0/position/lat must be <= 90, e.g. lat: 35.3304',
      '/devices/0/intervalS must be number, e.g. intervalS: 10',
      '/devices/1/intervalS must be >= 0.01',
      '/devices/1/retries must be <= 10',
      '/devices/1/interval is not a known key',
      '/uplink/window must be integer, e.g. window: 64',
      '/devices/0/connection "x" is not in /connections',
    ]
    for (const start of expected) expect(faults).toContainEqual(expect.stringContaining(start))
  })

  it('has what refers to nothing, or does not fit its driver, listed with it', async () => {
    const faults = await faultsOf(
      right
        .replace('site: paddy-1, connection', 'site: paddy-9, connection')
        .replace('unitId: 1', 'unitId: 999')
        .replace('port: 5020', 'port: 99999, speed: 3')
        .replace('water-level: { offset', 'depth: { offset')
        .replace(
          'models:',
          '  - { id: level-1, connection: rs485-1, profile: if-mib-unifi-ap, address: { unitId: 2 }, intervalS: 10 }\n  - { id: gateway, connection: rs485-2, profile: no-such, intervalS: 10 }\nmodels:',
        ),
    )
    const expected = [
      '/devices/0/site "paddy-9" is not in /sites, e.g. site: paddy-1',
      '/devices/0/address/unitId must be <=',
      '/connections/0/port must be <=',
      '/connections/0/speed is not a known key',
      '/devices/0/calibration/depth is not a channel of qdy30a-level',
      '/devices/1/id "level-1" is already the id of /devices/0',
      '/devices/1/profile "if-mib-unifi-ap" is not a profile for modbus-rtu-tcp connections',
      '/devices/2/id "gateway" is the gateway itself',
      '/devices/2/connection "rs485-2" is not in /connections',
      '/devices/2/profile no profile "no-such"',
    ]
    for (const start of expected) expect(faults).toContainEqual(expect.stringContaining(start))
    expect(faults).toHaveLength(expected.length)
  })

  it('wants all three files for a secured hub', async () => {
    const faults = await faultsOf(right.replace(', key: gateway-key.pem', ''))
    expect(faults).toEqual(['/hub with mqtts:// needs ca, certificate and key, e.g. ca: ca.cert.pem'])
  })

  it.each(['', '[]', '42', 'a: [', 'connections: {}', 'devices: [1, null, []]', 'sites: x\nconnections: [3]'])(
    'of the form %j is refused, not fatal',
    async (text) => {
      expect((await faultsOf(text)).length).toBeGreaterThan(0)
    },
  )
})
