// What bench/reconnects.ts and its clients say to each other.

export interface StormSetup {
  readonly caPem: string
  readonly keyPem: string
  readonly certificatePems: readonly string[]
  readonly tenant: string
  readonly gateways: readonly string[]
  /** Event time of the readings, Unix ms: the storm's first is a second after it. */
  readonly startMs: number
  /** What ends the waiting for a message: the hub's own acknowledgement of what it stored, or a broker's PUBACK. */
  readonly acknowledgedBy: 'hub' | 'puback'
  readonly retainBirth: boolean
}

export type StormOrder =
  | { readonly kind: 'setup'; readonly setup: StormSetup; readonly port: number }
  /** All connect, `atOnce` of them under way at a time, and say their next message. */
  | { readonly kind: 'connect'; readonly atOnce: number; readonly resume: boolean }
  /** Each sends its next message; `said` comes at half of the acknowledgements, in the middle of the rest. */
  | { readonly kind: 'say' }
  | { readonly kind: 'end' }

export type StormReport =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'connected'
      /** For each client, from the order to the acknowledgement of all that it had to say. */
      readonly backMs: readonly number[]
      readonly resumed: number
      /** Connections that were tried; above the number of clients where some had to try again. */
      readonly attempts: number
      /** Processor time of the clients, in µs. */
      readonly cpuUs: number
    }
  | { readonly kind: 'said' }
  /** By client, the newest message that it sent; they are numbered from 1. */
  | { readonly kind: 'sent'; readonly through: readonly number[] }
