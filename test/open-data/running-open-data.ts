// A hub with two probes and a weather station, of which the tests publish some and keep others to themselves.
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodePack } from '../../broker/contract/pack-codec.ts'
import {
  birth,
  eventually,
  gatewayTopic,
  runCloud,
  type RunningCloud,
  sample,
  temporaryFolder,
} from '../cloud/running-cloud.ts'

export const openSeries = 'kimitsu/paddy-koito/probe-1:water-level'
export const closedSeries = 'kimitsu/paddy-koito/canary-probe:water-level'
export const weather = (channel: string) => `kimitsu/paddy-koito/station-1:${channel}`

export interface RunningOpenData {
  readonly hub: RunningCloud
  /** Readings of any series; resolves when they are stored. */
  send(samples: readonly ReturnType<typeof sample>[]): Promise<void>
  put(path: string, body: object): Promise<Response>
  stop(): Promise<void>
}

const label = (text: string) => ({ ja: text, en: text })
const described = (device: string, channels: readonly string[], site: string) => ({
  id: device,
  site,
  profile: 'test',
  label: label(device),
  series: channels.map((channel) => ({ name: `${device}:${channel}`, intervalS: 10, label: label(channel) })),
})

export async function runOpenData(options: Parameters<typeof runCloud>[1] = {}): Promise<RunningOpenData> {
  const place = await temporaryFolder()
  const hub = await runCloud(place.folder, { rules: '[]', ...options })
  const sites = [
    { id: 'paddy-1', kind: 'paddy' as const, name: label('水田1'), position: { lat: 35.290512, lon: 139.951234 } },
    {
      id: 'canary-site',
      kind: 'paddy' as const,
      name: label('CANARY-SITE'),
      position: { lat: 35.987654, lon: 139.987654 },
    },
    { id: 'weather-1', kind: 'weather' as const, name: label('気象1'), position: { lat: 35.2866, lon: 139.9572 } },
  ]
  const devices = [
    described('probe-1', ['water-level'], 'paddy-1'),
    described('canary-probe', ['water-level'], 'canary-site'),
    described('station-1', ['air-temperature', 'relative-humidity', 'wind-speed'], 'weather-1'),
  ]
  void hub.cloud.tap({ topic: gatewayTopic('status'), payload: birth({ sites, devices }) })
  let seq = 0
  return {
    hub,
    async send(samples) {
      seq += 1
      const payload = encodeEnvelope({ epoch: 'epoch-1', seq, prev: seq - 1, pack: encodePack(samples, 'cbor') })
      void hub.cloud.tap({ topic: gatewayTopic('telemetry'), payload })
      await eventually(() => {
        if (hub.acks.at(-1)?.through !== seq) throw new Error(`message ${seq} is not stored yet`)
      })
    },
    put: (path, body) =>
      fetch(`${hub.url}${path}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    async stop() {
      await hub.stop()
      await place.remove()
    },
  }
}

export { sample }
