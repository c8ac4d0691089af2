import { expect, it } from 'vitest'
import { StatusDocument } from '../broker/contract/documents.ts'
import { decodeDocument } from '../broker/contract/checked-document.ts'
import { encodeDocument } from '../broker/contract/document-codec.ts'
import { DeviceChannels } from './device-channels.ts'
import { statusDocument, type StatusSources } from './status.ts'

const label = { ja: '水位', en: 'Level' }
const device: StatusSources['config']['devices'][number] = {
  id: 'level-1',
  site: undefined,
  connection: 'rs485-1',
  profile: { id: 'probe', label, channels: [{ id: 'water-level', label, unit: 'm' }] },
  address: { unitId: 1 },
  intervalS: 10,
  timeoutMs: 1000,
  retries: 2,
  priority: 'normal',
  label,
  calibration: {
    'water-level': {
      points: [
        { measured: 0.02, reference: 0 },
        { measured: 1.52, reference: 1.5 },
      ],
      date: '2026-04-01',
      validDays: 365,
    },
  },
  channels: [],
}

it('carries the calibration of a channel to the hub, with the day on which it is due', () => {
  const channels = new DeviceChannels(() => undefined)
  channels.declare('level-1', [
    { id: 'water-level', unit: 'm', label },
    { id: 'temperature', unit: 'Cel', label },
  ])
  const document = statusDocument('online', {
    config: { label, sites: [], devices: [device], health: { intervalS: 30, port: undefined } },
    channels,
    agentVersion: '1',
    epoch: () => 'e',
    models: () => [],
    nowMs: () => 1_800_000_000_000,
  })
  const received = decodeDocument(StatusDocument, encodeDocument(document))
  const [level, temperature] = received.devices?.find(({ id }) => id === 'level-1')?.series ?? []
  expect(level?.calibration).toEqual({ method: 'two-point', date: '2026-04-01', due: '2027-04-01' })
  expect(temperature).toMatchObject({ name: 'level-1:temperature' })
  expect(temperature?.calibration).toBeUndefined()
})
