// Where a device is behind an MQTT broker, and the topics on which it is heard.
import type { LorawanProfile, MqttProfile, SparkplugProfile } from './profile-schemas.ts'

interface TopicAddress {
  /** A topic or filter, e.g. `home/+/climate`. */
  readonly topic: string
  readonly qos?: 0 | 1
}

export interface ChirpstackAddress {
  readonly server: 'chirpstack'
  readonly devEui: string
  /** The application's id; without it the device is heard in any. */
  readonly application?: string
  readonly qos?: 0 | 1
}

export interface TheThingsStackAddress {
  readonly server: 'the-things-stack'
  /** `{application}@{tenant}`, or `{application}` in the open-source edition. */
  readonly application: string
  readonly device: string
}

export interface SparkplugAddress {
  readonly group: string
  readonly node: string
  /** Without it the metrics of the node itself. */
  readonly device?: string
  /** May the gateway ask the node for its births? True by default. */
  readonly rebirth?: boolean
}

export type MqttAddress = TopicAddress | ChirpstackAddress | TheThingsStackAddress | SparkplugAddress

export type MqttDeviceProfile = MqttProfile | LorawanProfile | SparkplugProfile

export interface Subscription {
  readonly filter: string
  readonly qos: 0 | 1
}

export function subscriptionsOf(address: MqttAddress): readonly Subscription[] {
  if ('topic' in address) return [{ filter: address.topic, qos: address.qos ?? 1 }]
  if ('node' in address) {
    const root = `spBv1.0/${address.group}/+/${address.node}`
    return [root, `${root}/+`].map((filter) => ({ filter, qos: 1 }))
  }
  if (address.server === 'the-things-stack') {
    return [{ filter: `v3/${address.application}/devices/${address.device}/up`, qos: 0 }]
  }
  const root = `application/${address.application ?? '+'}/device/${address.devEui.toLowerCase()}/event`
  return ['up', 'status'].map((event) => ({ filter: `${root}/${event}`, qos: address.qos ?? 1 }))
}

/** What is wrong when a profile is used at such an address; undefined: nothing. */
export function addressFault(address: MqttAddress, { driver }: MqttDeviceProfile): string | undefined {
  const expected = 'topic' in address ? 'mqtt' : 'node' in address ? 'sparkplug' : 'lorawan'
  if (expected === driver) return undefined
  return `a ${driver} profile needs an address such as ${examples[driver]}`
}

const examples: Readonly<Record<MqttDeviceProfile['driver'], string>> = {
  mqtt: '{ topic: barn/climate }',
  lorawan: '{ server: chirpstack, devEui: "0101010101010101" }',
  sparkplug: '{ group: plant, node: press-1 }',
}
