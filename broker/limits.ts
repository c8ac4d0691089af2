// What one client may take from the broker, and what happens beyond it; every bound here has a counter in metrics.ts.

export interface BrokerLimits {
  /**
   * Largest MQTT packet in bytes, header included. Beyond: the connection is closed before the packet is buffered. A status
   * document has a limit of its own (contract/status-size.ts).
   */
  readonly packetBytes: number
  /** Open connections, TLS handshakes included. Beyond: a new one is closed at once. */
  readonly connections: number
  readonly connectionsPerAddress: number
  /** Sustained PUBLISH rates of one client. Beyond: it is read more slowly (back-pressure). */
  readonly messagesPerS: number
  readonly bytesPerS: number
  /** How far ahead of its rate a client may run, in seconds of that rate. */
  readonly burstS: number
  /** A client whose debt would take longer than this to work off is disconnected. */
  readonly maxDelayMs: number
  /** A gateway's keep-alive must be 1 to this many seconds, so that a dead link is noticed. */
  readonly keepAliveS: number
  /** From TCP accept to the end of the TLS handshake, and again from there to CONNECT. */
  readonly connectTimeoutMs: number
  /**
   * Bytes waiting in memory for one subscriber. Owner: its connection. Beyond: QoS 0 messages to it are dropped,
   * QoS 1 ones hold their publishers back; beyond four times this it is disconnected.
   */
  readonly subscriberQueueBytes: number
  /** A subscriber that takes nothing for this long while its queue is full is disconnected. */
  readonly subscriberStallMs: number
  /** QoS 1 messages kept on disk for one absent session. Owner: persistence. Beyond: the newest is dropped. */
  readonly offlineMessages: number
  /** Retained topics. Owner: persistence. Beyond: a message on a new topic is delivered, but not retained. */
  readonly retainedTopics: number
  /** How long an upward message may wait for the tap (a commit). Beyond: no PUBACK, the connection is closed. */
  readonly tapTimeoutMs: number
  /** How long an absent gateway's last will waits after a broker restart for the gateway to come back. */
  readonly willGraceMs: number
}

export const defaultLimits: BrokerLimits = {
  packetBytes: 1_048_576,
  connections: 20_000,
  connectionsPerAddress: 12_000,
  messagesPerS: 20_000,
  bytesPerS: 32_000_000,
  burstS: 1,
  maxDelayMs: 10_000,
  keepAliveS: 1_200,
  connectTimeoutMs: 10_000,
  subscriberQueueBytes: 4_194_304,
  subscriberStallMs: 10_000,
  offlineMessages: 10_000,
  retainedTopics: 100_000,
  tapTimeoutMs: 30_000,
  willGraceMs: 60_000,
}
