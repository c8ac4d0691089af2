// What the gateway's own MQTT listener is given, with its limits and their defaults.
import type { ListenerUser } from './listener-users.ts'

export interface ListenerLimits {
  /** A larger packet ends its connection. */
  readonly maxPacketBytes: number
  readonly maxConnections: number
  /** Of one connection, sustained; twice of it at once. Faster ones are read more slowly. */
  readonly messagesPerS: number
}

export const listenerDefaults: ListenerLimits = { maxPacketBytes: 65_536, maxConnections: 64, messagesPerS: 100 }

export interface ListenerSettings extends ListenerLimits {
  readonly bind: string
  readonly port: number
  readonly users: readonly ListenerUser[]
  /** PEM; undefined: plain MQTT. */
  readonly tls: { readonly certificate: Buffer; readonly key: Buffer } | undefined
}
