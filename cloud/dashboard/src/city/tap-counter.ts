// Taps of a counter that reach the hub once each, however bad the network: they are gathered while one lot is under way.

export interface Taps {
  /** Tapped, and in no lot yet; below 0: more have left than came. */
  readonly gathered: number
  /** Sent or to be sent again as it is, under its key. */
  readonly lot?: { readonly key: string; readonly change: number }
}

export const noTaps: Taps = { gathered: 0 }

export function tapped(taps: Taps, by: 1 | -1): Taps {
  return { ...taps, gathered: taps.gathered + by }
}

/** With a lot that can be sent, if there is anything to send. */
export function withLot(taps: Taps, newKey: () => string): Taps {
  if (taps.lot !== undefined || taps.gathered === 0) return taps
  return { gathered: 0, lot: { key: newKey(), change: taps.gathered } }
}

/** The hub has the lot. */
export function settled({ gathered }: Taps): Taps {
  return { gathered }
}

/** What the hub does not know yet. */
export function unsent({ gathered, lot }: Taps): number {
  return gathered + (lot?.change ?? 0)
}

/** As it was written down; whatever is not understood is none. */
export function readTaps(text: string | null): Taps {
  try {
    const { gathered, lot } = JSON.parse(text ?? '') as Partial<Taps>
    if (!Number.isSafeInteger(gathered)) return noTaps
    const isLot = typeof lot?.key === 'string' && Number.isSafeInteger(lot.change)
    return { gathered: gathered ?? 0, ...(isLot ? { lot: { key: lot.key, change: lot.change } } : {}) }
  } catch {
    return noTaps
  }
}
