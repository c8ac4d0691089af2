// What a driver is: one file with a factory. It turns a device's registers, lines or objects into measurements.
import type { Static, TSchema } from 'typebox'
import type { AppError } from '../broker/contract/app-error.ts'
import type { Clock, Log } from '../broker/contract/ports.ts'
import type { Quality, QualityReason, SampleValue } from '../broker/contract/sample.ts'

/**
 * One value read from a device, already in a SenML primary unit. `timeMs` (Unix ms) only where the device or recording
 * knows the time of the event; otherwise the pipeline stamps the time of the read.
 */
export interface Measurement {
  readonly channel: string
  readonly value: SampleValue
  readonly unit: string | undefined
  readonly quality: Quality
  readonly reason: QualityReason | undefined
  readonly timeMs: number | undefined
}

/** A device as its driver sees it: where it is on the connection, and what its profile says of it. */
export interface DriverDevice<Address, Profile> {
  readonly id: string
  readonly address: Address
  readonly profile: Profile
  readonly timeoutMs: number
}

/** An open connection (a bus, a socket, a session) that several devices share. Reads on one driver are serialised by it where its bus needs that. */
export interface Driver<Address, Profile> {
  /** Connects. A connection that is not there yet is no error: reads fail with `driver.connection` until it is. */
  open(): Promise<void>
  /**
   * Reads every channel of the device once. Throws AppError `driver.timeout | driver.crc | driver.frame |
   * driver.exception | driver.connection` when the device as a whole failed; a single bad channel is a measurement
   * of bad quality instead. Settles within `timeoutMs` of getting the bus, or at once when `signal` aborts.
   */
  read(device: DriverDevice<Address, Profile>, signal: AbortSignal): Promise<readonly Measurement[]>
  /**
   * Only of drivers whose devices speak by themselves (an uplink, a frame, a birth): called once for each device after
   * `open`, instead of reading it. `take` is called in the order of arrival; its promise resolves when the readings are
   * on the gateway's disk, and only then may the driver confirm them to a sender that keeps what is not confirmed. It
   * rejects with `outbox.full` when they cannot be kept. `fault` tells what was heard of this device and not understood.
   * Returns the end of listening.
   */
  listen?(device: DriverDevice<Address, Profile>, listener: DeviceListener): () => void
  /**
   * Only of drivers that can set something: sets one channel to a value in its SenML primary unit, and resolves when the device has
   * confirmed. Throws as `read` does, and `limit.exceeded` for a value that the channel cannot hold. After `driver.timeout`
   * the device may have done it all the same. Settles within `timeoutMs` of getting the bus, or at once when `signal` aborts.
   */
  write?(device: DriverDevice<Address, Profile>, setting: ChannelSetting, signal: AbortSignal): Promise<void>
  /** Closes sockets, ports and timers; pending reads reject with `driver.connection`. */
  close(): Promise<void>
}

export interface ChannelSetting {
  readonly channel: string
  readonly value: number
}

/** Where a device that speaks by itself is heard. */
export interface DeviceListener {
  take(measurements: readonly Measurement[]): Promise<void>
  fault(error: AppError): void
}

/**
 * Why a driver threw received bytes, lines or rows away. Stable names: they are the reason label of a counter. `duplicate`
 * is what was taken before; `gap` counts what a sender's own numbers show to be lost on the way. `retained` is of unknown
 * age, `denied` and `over-limit` are of a sender without the right or beyond its rate.
 */
export type DriverDiscard =
  | 'late-reply'
  | 'noise'
  | 'overflow'
  | 'check-sum'
  | 'foreign'
  | 'duplicate'
  | 'gap'
  | 'retained'
  | 'denied'
  | 'over-limit'

export interface DriverDependencies {
  readonly clock: Clock
  readonly log: Log
  /** Called for everything received and not used, with how many bytes (streams), lines or datagrams it was. */
  readonly onDiscard?: (reason: DriverDiscard, amount: number) => void
  /** A folder of this connection's own for what must outlast a restart; it need not exist. Absent: nothing outlasts one. */
  readonly folder?: string
}

/** The schemas by which a connection's settings, a device's address and its profile are checked. */
export interface DriverSchemas {
  readonly connection: TSchema
  readonly address: TSchema
  readonly profile: TSchema
  /** What is wrong with a profile at an address, each of which is right by itself; undefined: nothing. */
  readonly fits?: (address: unknown, profile: unknown) => string | undefined
  /** Why a channel of a profile cannot be set; undefined: it can. Absent: the driver sets nothing. */
  readonly unwritable?: (profile: unknown, channel: string) => string | undefined
}

/**
 * A driver by its type. The schemas stand in a file of their own, loaded only where configuration is checked: the
 * process that runs drivers for months does not keep TypeBox in memory. What `create` gets has been checked by them.
 */
export interface DriverFactory<Schemas extends DriverSchemas> {
  readonly type: string
  schemas(): Promise<Schemas>
  create(
    connection: Static<Schemas['connection']>,
    dependencies: DriverDependencies,
  ): Driver<Static<Schemas['address']>, Static<Schemas['profile']>>
}
