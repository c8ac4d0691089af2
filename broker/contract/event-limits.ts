// How large an event may be: known to the gateway that makes it, to its schema and to the hub, and free of any library.

/** teaching: what became of a correction; `model` is the revision that it made, and `detail` says whether that is in use. */
export const eventKinds = [
  'inspection',
  'anomaly',
  'lamp-fault',
  'canopy',
  'road-damage',
  'display',
  'teaching',
] as const
export type EventKind = (typeof eventKinds)[number]

/** raised, cleared: a condition of a stream begins, ends. pass, reject: the verdict on one piece. reading: a value that was read. */
export const eventStates = ['raised', 'cleared', 'pass', 'reject', 'reading'] as const
export type EventState = (typeof eventStates)[number]

export const eventLimits = {
  /** Bytes of `mask` in CBOR. */
  maskBytes: 8_000,
  /** Bytes of the whole event in CBOR, its thumbnail aside. */
  eventBytes: 20_000,
  /** Bytes of the JPEG that travels with an event. */
  thumbnailBytes: 30_000,
  boxes: 64,
  rings: 256,
  heatSide: 64,
  detailKeys: 32,
  /** Characters of a text in `detail`. */
  detailText: 200,
} as const
