import { describe, expect, it } from 'vitest'
import type { Artefact } from '../../broker/contract/desired-state.ts'
import { joinedFile, withSetParts } from './set-config.ts'

const base = {
  tenant: 'kimitsu',
  gateway: 'paddy-1',
  data: './data',
  deployment: { keys: ['deploy.pub'] },
  hub: { url: 'mqtts://hub.example:8883', ca: 'ca.cert.pem', certificate: 'gateway.cert.pem', key: 'gateway.key.pem' },
  localPage: { port: 8090 },
  connections: [],
  devices: [],
}
const item = (kind: Artefact['kind'], id: string): Artefact => ({ kind, id, version: '1', sha256: '', bytes: 1 })

describe('the configuration of a set', () => {
  it('takes the place of the sections that it names; who the gateway is stays', () => {
    const own = { hub: { url: 'mqtts://new.example:8883' }, devices: [{ id: 'level-1' }], health: { intervalS: 60 } }
    expect(joinedFile(base, own)).toEqual({
      ...base,
      hub: { ...base.hub, url: 'mqtts://new.example:8883' },
      devices: [{ id: 'level-1' }],
      health: { intervalS: 60 },
    })
  })

  it.each([
    ['another gateway', { gateway: 'paddy-2' }, 'the config is for gateway "paddy-2", this gateway is "paddy-1"'],
    ['another tenant', { tenant: 'kisarazu' }, 'the config is for tenant'],
    ['another data folder', { data: '/tmp' }, '/data cannot be set from afar'],
    ['keys that may deploy', { deployment: { keys: ['mine.pub'] } }, '/deployment cannot be set from afar'],
    ['a key of the hub', { hub: { key: 'mine.pem', ca: 'mine.ca' } }, '/hub/ca, /hub/key cannot be set from afar'],
  ])('with %s is refused', (_, own, message) => {
    expect(() => joinedFile(base, own)).toThrow(message)
  })

  it('finds the models, profiles and flows of the set by their ids, and leaves every other name alone', () => {
    const file = {
      devices: [
        { id: 'a', profile: 'our-probe' },
        { id: 'b', profile: 'qdy30a-level' },
      ],
      models: [{ package: 'lamps' }, { package: 'other' }],
      inspections: [{ model: 'lamps' }],
      images: { canopy: { model: 'lamps', cellM: 2 } },
      flows: { file: 'pump.json', editor: false },
    }
    const items = [item('profile', 'our-probe'), item('model', 'lamps'), item('flow', 'pump')]
    expect(withSetParts(file, items, '/sets/7')).toEqual({
      devices: [
        { id: 'a', profile: '/sets/7/profiles/our-probe.yaml' },
        { id: 'b', profile: 'qdy30a-level' },
      ],
      models: [{ package: '/sets/7/models/lamps.tgz' }, { package: 'other' }],
      inspections: [{ model: '/sets/7/models/lamps.tgz' }],
      images: { canopy: { model: '/sets/7/models/lamps.tgz', cellM: 2 } },
      flows: { file: '/sets/7/flows/pump.json', editor: false },
    })
  })
})
