// A LoRaWAN uplink as every network server tells it, and what else they say of a device.

export interface RadioFacts {
  /** dBm, of the gateway that heard it best. */
  readonly rssi: number | undefined
  /** dB, of the same gateway. */
  readonly snr: number | undefined
  readonly gateways: number
  readonly spreadingFactor: number | undefined
}

export interface Uplink {
  readonly kind: 'uplink'
  /** The same for each delivery of this uplink, and for no other one. Undefined where the server gives none. */
  readonly id: string | undefined
  /** Unix ms at which the network server received it. */
  readonly timeMs: number | undefined
  /** 0 where there is no payload for the application. */
  readonly fPort: number
  readonly fCnt: number
  /** Changes when the frame counter begins anew. */
  readonly session: string
  readonly payload: Uint8Array
  /** What the network server's codec made of the payload; undefined where it has none. */
  readonly object: unknown
  readonly radio: RadioFacts
  /** Percent, where the uplink tells it. */
  readonly battery: number | undefined
}

/** The device's own answer to the network server's question (DevStatusAns). */
export interface DeviceStatus {
  readonly kind: 'status'
  readonly timeMs: number | undefined
  /** Percent; undefined on external power, or where it cannot be measured. */
  readonly battery: number | undefined
  /** dB. */
  readonly margin: number | undefined
}

/** `other`: joins, acknowledgements, logs: a sign of life without measurements. */
export type ServerMessage = Uplink | DeviceStatus | { readonly kind: 'other' }
