// How much of a gateway's log may be followed from the hub: known to both sides, and free of any library.

export const logLimits = {
  /** Characters. */
  line: 2_000,
  /** Of one message. */
  lines: 50,
  /** How long a log is followed at most. */
  followS: 1_800,
} as const
